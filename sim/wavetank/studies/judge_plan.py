"""The judge's plan of a scenario: its grid, its faults, and by closed form what its resources can do.

It knows scenarios and the judge does not, so the plan is plain numbers. Rules: docs/model.md#grid and
#signals.
"""

from collections.abc import Iterable, Iterator

from wavetank.policy.codes import AuthScheme, Channel, FaultKind, ProcessKind, StartKind, Stream
from wavetank.policy.laws import mean_of
from wavetank.results.judge.grid import grid_of
from wavetank.results.judge.plan import FOREVER_NS, Bound, JudgePlan, Resource, Span, span_of
from wavetank.results.judge.trap import PATIENCE
from wavetank.scenario.resolved import Fault, RateLimit, Resolved
from wavetank.studies.flows import SECOND, Rate, token_life_s
from wavetank.studies.load import (
    Load,
    connections_per_request,
    cores,
    load_at,
    login_cost_s,
    request_costs,
)

EVENTS = (Stream.STATELESS, Stream.STATEFUL)
STARTUP_SPARE = 0.1
"""Part of a resource that counts as free for the first logins, even where the load leaves less."""


def plan_of(resolved: Resolved) -> JudgePlan:
    """Return what the judge needs to know of a scenario."""
    load = load_at(resolved)
    resources = tuple(_resources(resolved, load))
    kinds = {source.kind for kind in resolved.classes for source in (kind.stateless, kind.stateful)}
    kinds.discard(ProcessKind.NONE)
    tokens = resolved.auth.scheme == AuthScheme.SERVER_TOKEN
    commands = resolved.commands.source.kind != ProcessKind.NONE
    polls = resolved.commands.channel in (Channel.POLL, Channel.LONG_POLL)
    return JudgePlan(
        grid=grid_of(resolved),
        agents=resolved.agents,
        batch_events=_batch_events(load),
        faults=tuple(_span_of(fault, tokens) for fault in resolved.faults),
        revivals_ns=tuple(f.at_ns for f in resolved.faults if f.kind == FaultKind.COLD_START),
        warmup_ns=resolved.warmup_ns,
        has_events=bool(kinds),
        all_closed=kinds == {ProcessKind.CLOSED},
        has_commands=commands,
        only_heartbeats=bool(resolved.heartbeat.period_ns) and not (kinds or polls or tokens),
        token_life_ns=round(token_life_s(resolved) * SECOND) if tokens else 0,
        periods_ns=tuple(sorted(set(_periods_ns(resolved)))),
        resources=resources,
        bounds=tuple(_bounds(resolved, load)),
        filling_events=sum(_filling_events(resolved)),
        startup_ns=_startup_ns(resolved, load, resources) if resolved.start != StartKind.STEADY else 0,
        refused=_refused(resolved),
        has_signals=bool(kinds or polls or tokens or commands or resolved.heartbeat.period_ns),
    )


def _span_of(fault: Fault, tokens: bool) -> Span:
    """From when to when a fault lasts: invalid credentials, where there are no logins, for ever."""
    if fault.kind == FaultKind.INVALID_CREDENTIALS and not tokens:
        return Span(fault.at_ns, FOREVER_NS)
    return span_of(fault)


def _refused(resolved: Resolved) -> int:
    """Agents whose own tokens or MACs nobody accepts. One whose login is refused goes offline by itself."""
    if resolved.auth.scheme not in (AuthScheme.SELF_TOKEN, AuthScheme.PER_REQUEST_MAC):
        return 0
    return sum(kind.agents for kind in resolved.classes if kind.invalid_credentials)


def _event_flows(load: Load) -> list[Rate]:
    return [flow for flow in load.flows if flow.stream in EVENTS]


def _batch_events(load: Load) -> float:
    flows = _event_flows(load)
    requests = sum(flow.requests_per_s for flow in flows)
    return max(1.0, sum(flow.requests_per_s * flow.events for flow in flows) / requests) if requests else 1.0


def _filling_events(resolved: Resolved) -> Iterator[float]:
    """Events of full batches, of each class and stream whose batches wait for their size alone."""
    for kind in resolved.classes:
        for source, rules in zip((kind.stateless, kind.stateful), resolved.batching, strict=True):
            if source.kind not in (ProcessKind.POISSON, ProcessKind.CONSTANT) or rules.age_ns:
                continue
            size_bytes = mean_of(source.size, resolved.empirical)
            full = [float(rules.count)] if rules.count > 1 else []
            if rules.bytes and size_bytes and rules.count != 1:
                full.append(rules.bytes / size_bytes)
            yield kind.agents * min(full, default=0.0)


def _startup_ns(resolved: Resolved, load: Load, resources: Iterable[Resource]) -> int:
    """The ramp, and five times what the logins of the whole fleet need of the spare capacity."""
    tokens = resolved.auth.scheme == AuthScheme.SERVER_TOKEN
    used = {"busy": load.offered, "logins": load.requests_per_s(Stream.LOGIN)}
    needed_s = 0.0
    for resource in resources if tokens else ():
        capacity = resource.capacity_per_s
        spare = max(STARTUP_SPARE * capacity, capacity - used.get(resource.used, 0.0))
        needed_s = max(needed_s, resolved.agents * resource.per_login / spare)
    return resolved.ramp_ns + round(PATIENCE * needed_s * SECOND)


def _periods_ns(resolved: Resolved) -> Iterator[int]:
    for rules in resolved.batching:
        if rules.age_ns:
            yield rules.age_ns + rules.pause_after_ns
    if resolved.commands.channel == Channel.POLL:
        yield resolved.commands.period_ns + resolved.commands.pause_after_ns
    if resolved.heartbeat.period_ns:
        yield resolved.heartbeat.period_ns


# ---- resources ---------------------------------------------------------------------------------


def _resources(resolved: Resolved, load: Load) -> Iterator[Resource]:
    """The cores first, then every rate that the scenario limits."""
    asked = load.requests_per_s()
    request_s = load.offered / asked if asked else 0.0
    flows = _event_flows(load)
    per_event_s = max((_event_cost_s(resolved, flow) for flow in flows), default=0.0)
    yield Resource("cores", float(cores(resolved)), login_cost_s(resolved), request_s, per_event_s, "busy")
    per_event = 1 / _batch_events(load)
    limits, nodes = resolved.server.limits, resolved.server.nodes
    opened = max((connections_per_request(resolved, flow) for flow in load.flows), default=1.0)
    rates: tuple[tuple[str, RateLimit, float, float, str], ...] = (
        ("login_rate", limits.login_rate, 0.0, 0.0, "logins"),
        ("request_rate", limits.request_rate, 1.0, per_event, "requests"),
        ("connect_rate", limits.connect_rate, opened, opened * per_event, "connects"),
    )
    for name, limit, request, event, used in rates:
        if limit.interval_ns:
            yield Resource(name, nodes * SECOND / limit.interval_ns, 1.0, request, event, used)
    for bound in _event_bounds(resolved, load):
        yield Resource(bound.name, bound.events_per_s, 0.0, 0.0, 1.0, "acknowledged")


def _event_cost_s(resolved: Resolved, flow: Rate) -> float:
    cost_s = sum(part_s for _, part_s in request_costs(resolved, flow))
    return cost_s / flow.events if flow.events else 0.0


def _event_bounds(resolved: Resolved, load: Load) -> Iterator[Bound]:
    """The store's and the nodes' lines' limits, in events per second."""
    store, limits = resolved.store, resolved.server.limits
    latency_s = mean_of(store.latency, resolved.empirical) / SECOND if store.parallelism else 0.0
    if latency_s:
        events = store.size if store.window_ns and store.size else _batch_events(load)
        yield Bound("store", store.parallelism * events / latency_s)
    if limits.bandwidth_bytes_per_s:
        events_per_s = load.events_per_s
        wire = resolved.connection.wire.request_bytes
        bytes_per_s = sum(flow.requests_per_s * (flow.body_bytes + wire) for flow in _event_flows(load))
        if bytes_per_s:
            share = resolved.server.nodes * limits.bandwidth_bytes_per_s / bytes_per_s
            yield Bound("server.limits.bandwidth", share * events_per_s)


def _bounds(resolved: Resolved, load: Load) -> Iterator[Bound]:
    if load.offered:
        yield Bound("server cores", load.events_per_s / load.utilisation)
    yield from _event_bounds(resolved, load)
    yield from _agent_bounds(resolved)


def _agent_bounds(resolved: Resolved) -> Iterator[Bound]:
    """Bound what the agents can send, by the size of a request, requests in flight and the pause."""
    for index, name in enumerate(("stateless", "stateful")):
        rules = resolved.batching[index]
        cycle_s = 0.0
        total = 0.0
        for kind in resolved.classes:
            if (kind.stateless, kind.stateful)[index].kind not in (ProcessKind.POISSON, ProcessKind.CONSTANT):
                continue
            delay_s = mean_of(resolved.networks[kind.network].delay, resolved.empirical) / SECOND
            cycle_s = rules.pause_after_ns / SECOND + 2 * delay_s
            if rules.count and rules.max_in_flight and cycle_s:
                total += kind.agents * rules.count * rules.max_in_flight / cycle_s
        if total:
            yield Bound(f"the agents (batching.{name}: count, requests in flight and pause)", total)
