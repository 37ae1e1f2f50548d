"""Component and deployment diagrams of a scenario: what there is, and what it is told to do."""

from collections.abc import Iterator, Mapping, Sequence

from wavetank.face.uml import phrases
from wavetank.face.uml.page import RULE, Drawing, Page, shortened
from wavetank.face.uml.steps import endpoint
from wavetank.policy.codes import AuthScheme, BalancerPolicy, Channel, Stream
from wavetank.scenario.resolved import FleetClass, Resolved
from wavetank.scenario.schema.fleet import NO_NETWORK
from wavetank.studies.formatting import many

MOST_BOXES = 5
"""So many classes, networks or nodes are drawn one by one; of more, the first few, and the rest in one."""

_STYLE = (
    "skinparam componentStyle uml2",
    *(
        f"skinparam {kind}{part}"
        for kind in ("component", "node", "database", "cloud", "rectangle", "package")
        for part in ("BackgroundColor #F5F5F5", f"BorderColor {RULE}")
    ),
)


def topology(resolved: Resolved) -> list[Drawing]:
    """Both diagrams of a scenario."""
    return [components(resolved), deployment(resolved)]


# ---- components ----------------------------------------------------------------------------


def components(resolved: Resolved, title: str = "") -> Drawing:
    """Draw the parts of an agent and of a node, and the messages between them."""
    page = Page(title or f"Components: {shortened(resolved.name, 80)}", _STYLE)
    parts = list(_agent_parts(resolved))[::-1]  # Smetana puts the last one first
    page.add(f'package "{page.say(many(resolved.agents, "agent"))}" {{')
    for stream, lines in parts:
        page.element("component", stream.name, *lines)
    page.element("component", "OUT", "connections", *_connections(resolved))
    page.add("}")
    if resolved.balancer.policy != BalancerPolicy.NONE:
        page.element("component", "BALANCER", "balancer", *_balancing(resolved))
    _node_parts(page, resolved)
    page.add(*(f"{stream.name} --> OUT : {page.say(endpoint(stream))}" for stream, _ in parts))
    if resolved.balancer.policy == BalancerPolicy.NONE:
        page.add("OUT --> GATE")
    else:
        page.add("OUT --> BALANCER", "BALANCER --> GATE")
    return page.drawing("component")


def _agent_parts(resolved: Resolved) -> Iterator[tuple[Stream, list[str]]]:
    """The parts of an agent that ask something of the server, with what is said of them."""
    if resolved.auth.scheme == AuthScheme.SERVER_TOKEN:
        yield _part(resolved, Stream.LOGIN, "token", phrases.auth(resolved.auth))
    for index, stream in enumerate((Stream.STATELESS, Stream.STATEFUL)):
        sources = [(kind.stateless, kind.stateful)[index] for kind in resolved.classes]
        if any(phrases.source(source, resolved.empirical) for source in sources):
            rule = resolved.batching[index]
            most = [f"at most {rule.buffer_events:,} events"] if rule.buffer_events else []
            name = f"{stream.name.lower()} outbox"
            yield _part(resolved, stream, name, [f"sent {phrases.batching(rule)}", *most])
    if resolved.heartbeat.period_ns:
        yield _part(resolved, Stream.HEARTBEAT, "heartbeat", phrases.heartbeat(resolved.heartbeat))
    if resolved.commands.channel in (Channel.POLL, Channel.LONG_POLL):
        yield _part(resolved, Stream.COMMANDS, "commands", phrases.commands(resolved.commands))


def _part(resolved: Resolved, stream: Stream, name: str, lines: list[str]) -> tuple[Stream, list[str]]:
    return stream, [name, *lines, *phrases.retry(resolved.retry[stream])]


def _connections(resolved: Resolved) -> list[str]:
    own = phrases.auth(resolved.auth) if resolved.auth.scheme != AuthScheme.SERVER_TOKEN else []
    return phrases.connection(resolved.connection) + own


def _node_parts(page: Page, resolved: Resolved) -> None:
    server, commands = resolved.server, resolved.commands
    limits = list(phrases.limits(server.limits)) or ["no limits"]
    page.add(f'package "{page.say(many(server.nodes, "node"))}" {{')
    page.element("component", "GATE", "admission", *limits)
    page.element("component", "WORK", "work", *phrases.machine(server), *phrases.costs(resolved))
    if commands.channel != Channel.NONE:
        created = phrases.source(commands.source, resolved.empirical)
        page.element("component", "BOARD", "command board", f"{created} per agent" if created else "empty")
    page.add("}", "GATE --> WORK")
    if commands.channel != Channel.NONE:
        page.add("WORK --> BOARD")
    if committed := phrases.store(resolved.store, resolved.empirical):
        page.element("database", "STORE", "store", *committed)
        page.add("WORK --> STORE")


def _balancing(resolved: Resolved) -> list[str]:
    check_ns = resolved.balancer.health_check_ns
    checked = f"health check every {phrases.time(check_ns)}" if check_ns else "no health check"
    return [phrases.choice(BalancerPolicy(resolved.balancer.policy)), checked]


# ---- deployment ----------------------------------------------------------------------------


def deployment(resolved: Resolved, title: str = "") -> Drawing:
    """Which machines there are, on which networks, and how many of each."""
    page = Page(title or f"Deployment: {shortened(resolved.name, 80)}", _STYLE)
    networks = sorted({kind.network for kind in resolved.classes})
    links = {network: f"NETWORK{min(at, MOST_BOXES - 1)}" for at, network in enumerate(networks)}
    uses = _classes(page, resolved, links)
    for at, network in enumerate(networks[:MOST_BOXES]):
        rest = len(networks) - at
        if at == MOST_BOXES - 1 and rest > 1:
            page.element("cloud", f"NETWORK{at}", many(rest, "more network"))
            continue
        link = resolved.networks[network]
        name = "network" if link.name == NO_NETWORK else shortened(link.name, 40)
        page.element("cloud", f"NETWORK{at}", name, *phrases.network(link, resolved.empirical))
    page.add(*uses)
    _machines(page, resolved, sorted(set(links.values())))
    return page.drawing("deployment")


def _classes(page: Page, resolved: Resolved, links: Mapping[int, str]) -> list[str]:
    """The agents of each class, the rest of many classes in one box; returns arrows to their networks."""
    arrows = []
    for at, kind in enumerate(resolved.classes[:MOST_BOXES]):
        rest = resolved.classes[at:]
        if at == MOST_BOXES - 1 and len(rest) > 1:
            agents = many(sum(other.agents for other in rest), "agent")
            page.element("node", f"CLASS{at}", many(len(rest), "more class", "more classes"), agents)
        else:
            rest = (kind,)
            told = (many(kind.agents, "agent"), *_talk(resolved, kind))
            page.element("node", f"CLASS{at}", shortened(kind.name, 40), *told)
        arrows += [f"CLASS{at} --> {link}" for link in sorted({links[other.network] for other in rest})]
    return arrows


def _talk(resolved: Resolved, kind: FleetClass) -> list[str]:
    lines = []
    for name, source in (("stateless", kind.stateless), ("stateful", kind.stateful)):
        if told := phrases.source(source, resolved.empirical):
            lines.append(f"{name}: {told}")
    return [*lines, "invalid credentials"] if kind.invalid_credentials else lines


def _machines(page: Page, resolved: Resolved, links: Sequence[str]) -> None:
    """Balancer, nodes and store, below the networks `links`."""
    server = resolved.server
    names = [f"NODE{index}" for index in range(server.nodes)][:MOST_BOXES]
    inside = [*phrases.machine(server), *phrases.limits(server.limits)]
    entries = ["ENTRY"]
    if resolved.balancer.policy != BalancerPolicy.NONE:
        page.element("node", "ENTRY", "balancer", *_balancing(resolved))
    elif server.nodes > 1:
        page.element("rectangle", "ENTRY", "no balancer", f"agent i uses node i modulo {server.nodes}")
    else:
        entries = names
    for index, name in enumerate(names):
        rest = server.nodes - index
        if index == MOST_BOXES - 1 and rest > 1:
            page.element("node", name, many(rest, "more node"), "the same")
        else:
            page.element("node", name, f"node {index}", *inside)
    if entries is not names:
        page.add(*(f"ENTRY --> {name}" for name in names))
    page.add(*(f"{link} --> {entry}" for link in links for entry in entries))
    if committed := phrases.store(resolved.store, resolved.empirical):
        page.element("database", "STORE", "store", *committed)
        page.add(*(f"{name} --> STORE" for name in names))
