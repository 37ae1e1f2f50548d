"""Checks of load against capacity: cores, logins, workers, connections, rate limits, store.

Each check is one function that returns what it finds, by closed forms from the offered load
(studies/load.py). None of them simulates.
"""

from collections.abc import Iterator
from math import inf

from wavetank.policy.codes import AuthScheme, Channel, FaultKind, ProcessKind, Stream, Tls
from wavetank.policy.laws import mean_of
from wavetank.scenario.resolved import Resolved
from wavetank.studies.finding import Finding, fact, problem, warning
from wavetank.studies.flows import SECOND, hold_s, polling_agents, token_life_s
from wavetank.studies.formatting import duration, figure, many
from wavetank.studies.load import Load, is_closed, loads, login_capacity_per_s, login_cost_s

BUSY = 0.8
"""Utilisation from which queues get long and a storm finds no room."""


def findings(resolved: Resolved) -> Iterator[Finding]:
    """Check the load against the capacity of the servers."""
    mean, peak = loads(resolved)
    yield from _offered(resolved, mean, peak)
    if resolved.auth.scheme == AuthScheme.SERVER_TOKEN:
        yield from _logins(resolved, peak)
    yield from _workers(resolved)
    yield from _connections(resolved)
    yield from _rates(resolved, peak)
    yield from _store(resolved, peak)


def _rate(per_s: float) -> str:
    return figure("request_rate_per_s", per_s)


def _share(value: float) -> str:
    return figure("server_utilisation", value)


def _offered(resolved: Resolved, mean: Load, peak: Load) -> Iterator[Finding]:
    wanted = [f"{_rate(peak.requests_per_s(stream))} {stream.name.lower()}" for stream in _asked(peak)]
    if wanted:
        yield fact("fleet", f"Requests when all goes well: {', '.join(wanted)}.")
    busiest = sorted((value, activity) for activity, value in mean.erlangs.items() if value > 0)[::-1]
    if not busiest:
        laws = (*resolved.server.service.operation, resolved.auth.sign)
        costs = any(mean_of(law, resolved.empirical) for law in laws)
        nothing = "Nothing that is asked for costs anything" if costs else "No operation costs anything"
        yield warning("server.service", f"{nothing}, so the servers are never busy.")
        return
    parts = ", ".join(f"{activity.name.lower()} {value:.3g}" for value, activity in busiest)
    yield fact(
        "server",
        f"Offered load {mean.offered:.3g} erlangs ({parts}) on {many(mean.cores, 'core')}: "
        f"utilisation {_share(mean.utilisation)} in the mean, {_share(peak.utilisation)} at the peak.",
    )
    if is_closed(resolved):
        if peak.utilisation >= 1:
            yield warning("server", "The cores set the pace: closed streams ask for more than they can do.")
    elif mean.utilisation >= 1:
        need = int(mean.offered) + 1
        yield problem(
            "server",
            f"Overloaded: {many(mean.cores, 'core')} cannot do {mean.offered:.3g} erlangs; take {need}.",
        )
    elif peak.utilisation >= 1:
        yield warning("server", f"Overloaded at the peak ({peak.offered:.3g} erlangs), not in the mean.")
    elif mean.utilisation >= BUSY:
        yield warning("server", f"At {_share(mean.utilisation)} there is little room for a storm.")
    elif not is_closed(resolved):
        yield from _one_away(resolved, peak)
    yield from _idle_cores(resolved, peak)


def _one_away(resolved: Resolved, peak: Load) -> Iterator[Finding]:
    """Whether the other nodes carry the load while one is away."""
    server = resolved.server
    if server.nodes == 1 or not _loses_node(resolved):
        return
    left = (server.nodes - 1) * server.cores
    if peak.offered >= left:
        need = int(peak.offered / server.cores) + 2
        yield warning(
            "server.nodes",
            f"While a node is away, {peak.offered:.3g} erlangs meet {many(left, 'core')}: the "
            f"backlog grows until it is back. server.nodes = {need} carries the load with one away.",
        )


def _idle_cores(resolved: Resolved, peak: Load) -> Iterator[Finding]:
    """Cores that the agents cannot use, since each waits for its answers."""
    limits = [resolved.batching[0].max_in_flight, resolved.batching[1].max_in_flight]
    streams = {flow.stream for flow in peak.flows}
    unlimited = any(
        not limit and stream in streams
        for limit, stream in zip(limits, (Stream.STATELESS, Stream.STATEFUL), strict=True)
    )
    if unlimited:
        return
    most = {Stream.STATELESS: limits[0], Stream.STATEFUL: limits[1]}
    requests = sum(flow.agents * most.get(flow.stream, 1) for flow in peak.flows)
    if requests < peak.cores:
        yield warning(
            "server.cores",
            f"{many(peak.cores, 'core')}, but all agents together have at most {requests:,} requests in "
            "flight: the rest of the cores is never used.",
        )


def unpaid(resolved: Resolved) -> Iterator[Finding]:
    """Costs of what never happens here. (A card has more costs than one scenario needs.)"""
    service, asked = resolved.server.service, set(_asked(loads(resolved)[1]))
    idle = {
        "auth": service.auth.kind and resolved.auth.scheme == AuthScheme.NONE,
        "handshake": service.handshake.kind and resolved.connection.tls == Tls.NONE,
        **{
            stream.name.lower(): service.operation[stream].kind and stream not in asked
            for stream in Stream
            if stream != Stream.REGISTER
        },
    }
    for name in (name for name, never in idle.items() if never):
        yield warning(f"server.service.{name}", "This cost is never paid: nothing of the kind is asked for.")


def _asked(load: Load) -> list[Stream]:
    return [stream for stream in Stream if load.requests_per_s(stream)]


def _logins(resolved: Resolved, peak: Load) -> Iterator[Finding]:
    agents = sum(flow.agents for flow in peak.flows if flow.stream == Stream.LOGIN)
    needed = peak.requests_per_s(Stream.LOGIN)
    possible = login_capacity_per_s(resolved)
    life = duration(token_life_s(resolved))
    wanted = f"{_rate(needed)} logins are needed ({agents:,} agents, each {life})"
    if possible == inf:
        yield fact("auth", f"{wanted}; they cost nothing.")
        return
    cost = duration(login_cost_s(resolved))
    text = f"{wanted}, {_rate(possible)} are possible at most ({cost} of CPU each)"
    yield fact("auth", f"{text}: {_share(needed / possible)}.")
    if needed > possible:
        yield problem("auth.ttl", "Tokens expire faster than they can be renewed; make them live longer.")
    again_s = agents / possible
    yield fact("auth", f"A login of all agents takes {duration(again_s)} at best, with nothing else to do.")
    timeout_ns = resolved.retry[Stream.LOGIN].timeout_ns
    if timeout_ns and again_s > timeout_ns / SECOND:
        yield warning(
            "retry.login.timeout",
            f"After a restart or a key rotation logins queue for up to {duration(again_s)}, but agents give "
            f"up after {duration(timeout_ns / SECOND)} and ask again: work is done that nobody waits for.",
        )


def _workers(resolved: Resolved) -> Iterator[Finding]:
    server = resolved.server
    if server.workers < server.cores:
        yield warning("server.workers", f"{server.workers} workers cannot use {server.cores} cores.")
    if not server.blocking or resolved.commands.channel != Channel.LONG_POLL:
        return
    held, workers = polling_agents(resolved), server.nodes * server.workers
    text = f"The server blocks: a held poll keeps a worker. {held:,.0f} polls are held by {workers:,} workers"
    if held >= workers:
        yield problem("server.blocking", f"{text}: none is left for anything else.")
    else:
        yield warning("server.blocking", f"{text}; {workers - held:,.0f} are left.")


def _connections(resolved: Resolved) -> Iterator[Finding]:
    held, limits, nodes = polling_agents(resolved), resolved.server.limits, resolved.server.nodes
    if not held:
        return
    for limit, name in ((limits.connections, "connections"), (limits.in_flight, "in_flight")):
        if not limit.value:
            continue
        text = f"Held polls need {held / nodes:,.0f} of the {limit.value:,} that a node allows"
        if held / nodes > limit.value:
            yield problem(f"server.limits.{name}", f"{text}.")
        elif nodes > 1 and _loses_node(resolved) and held / (nodes - 1) > limit.value:
            yield warning(f"server.limits.{name}", f"{text}; while a node is away they do not fit.")
        elif held / nodes > 0.9 * limit.value:
            yield warning(f"server.limits.{name}", f"{text}: little is left for requests.")


def _loses_node(resolved: Resolved) -> bool:
    return any(fault.kind in (FaultKind.NODE_LOSS, FaultKind.NODE_RESTART) for fault in resolved.faults)


def _rates(resolved: Resolved, peak: Load) -> Iterator[Finding]:
    limits = resolved.server.limits
    pairs = (
        ("request_rate", limits.request_rate, peak.requests_per_s()),
        ("login_rate", limits.login_rate, peak.requests_per_s(Stream.LOGIN)),
        ("connect_rate", limits.connect_rate, peak.connections_per_s),
    )
    for name, limit, asked in pairs:
        if not limit.interval_ns:
            continue
        allowed = resolved.server.nodes * SECOND / limit.interval_ns
        if asked > allowed:
            yield problem(f"server.limits.{name}", f"{_rate(asked)} are asked for, {_rate(allowed)} allowed.")


def _store(resolved: Resolved, peak: Load) -> Iterator[Finding]:
    store, events = resolved.store, peak.events_per_s
    latency_s = mean_of(store.latency, resolved.empirical) / SECOND
    posts = [flow for flow in peak.flows if flow.events]
    if not store.parallelism or not latency_s or not store.size or not posts or not events:
        return
    # A batch is full at `size` events, or with the request that goes beyond.
    largest = max(flow.events for flow in posts)
    possible = store.parallelism * max(store.size, largest) / latency_s
    text = f"The store takes {_rate(possible)} events at most, {_rate(events)} come."
    yield problem("store", text) if events > possible else fact("store", text)


def has_events(resolved: Resolved) -> bool:
    """Whether any class makes events."""
    sources = [source for kind in resolved.classes for source in (kind.stateless, kind.stateful)]
    return any(source.kind != ProcessKind.NONE for source in sources)


def polls_for_ever(resolved: Resolved) -> bool:
    """Whether a long poll ends only with a command."""
    return resolved.commands.channel == Channel.LONG_POLL and hold_s(resolved) == inf
