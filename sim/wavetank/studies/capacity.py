"""Checks of load against capacity: cores, nodes that are left, and what `limits` checks.

Each check is one function that returns what it finds, by closed forms from the offered load
(studies/load.py). None of them simulates.
"""

from collections.abc import Iterator
from math import ceil, inf

from wavetank.engines.features import features
from wavetank.policy.codes import AuthScheme, ProcessKind, Stream, Tls
from wavetank.policy.laws import Law, mean_of
from wavetank.scenario.resolved import Resolved
from wavetank.studies import limits
from wavetank.studies.finding import Finding, Remedy, fact, problem, warning
from wavetank.studies.flows import SECOND
from wavetank.studies.formatting import many
from wavetank.studies.limits import loses_node, rate, share
from wavetank.studies.load import Load, cores, is_closed, loads, login_capacity_per_s
from wavetank.studies.pasting import line, nodes

UNCHANGED = "server_utilisation"
"""The metric that a cost leaves as it is where nobody pays it."""
BUSY = 0.8
"""Utilisation from which queues get long and a storm finds no room."""


def findings(resolved: Resolved) -> Iterator[Finding]:
    """Check the load against the capacity of the servers."""
    mean, peak = loads(resolved)
    yield from _offered(resolved, mean, peak)
    yield from limits.findings(resolved, peak)


def _offered(resolved: Resolved, mean: Load, peak: Load) -> Iterator[Finding]:
    wanted = [f"{rate(peak.requests_per_s(stream))} {stream.name.lower()}" for stream in _asked(peak)]
    if wanted:
        yield fact("fleet", f"Requests when all goes well: {', '.join(wanted)}.")
    busiest = sorted((value, activity) for activity, value in mean.erlangs.items() if value > 0)[::-1]
    if not busiest:
        laws = (*resolved.server.service.operation, resolved.auth.sign)
        costs = any(mean_of(law, resolved.empirical) for law in laws)
        nothing = "Nothing that is asked for costs anything" if costs else "No operation costs anything"
        yield _free(f"{nothing}, so the servers are never busy.", _asked(peak))
        return
    parts = ", ".join(f"{activity.name.lower()} {value:.3g}" for value, activity in busiest)
    yield fact(
        "server",
        f"Offered load {mean.offered:.3g} erlangs ({parts}) on {many(mean.cores, 'core')}: "
        f"utilisation {share(mean.utilisation)} in the mean, {share(peak.utilisation)} at the peak.",
        offered_erlangs=mean.offered,
        cores=float(mean.cores),
        utilisation=mean.utilisation,
        utilisation_peak=peak.utilisation,
    )
    yield from _overload(resolved, mean, peak)
    yield from _idle_cores(resolved, peak)


def _free(text: str, asked: list[Stream]) -> Finding:
    stream = (asked or [Stream.STATELESS])[0].name.lower()
    remedy = Remedy(line(f"server.service.{stream}", "5ms"), "server_utilisation")
    return warning("server.service", text, remedy)


def _overload(resolved: Resolved, mean: Load, peak: Load) -> Iterator[Finding]:
    """Whether the cores are enough, and leave room where anything can go wrong."""
    figures = (("offered_erlangs", mean.offered), ("cores", float(mean.cores)))
    roomy = Remedy(nodes(resolved, peak.offered / BUSY), "server_wait_mean_s", figures=figures)
    if is_closed(resolved):
        if peak.utilisation >= 1:
            text = "The cores set the pace: closed streams ask for more than they can do."
            yield warning("server", text, roomy._replace(metric="goodput_per_s"))
    elif mean.utilisation >= 1:
        need = int(mean.offered) + 1
        yield problem(
            "server",
            f"Overloaded: {many(mean.cores, 'core')} cannot do {mean.offered:.3g} erlangs; take {need}.",
            roomy,
        )
    elif peak.utilisation >= 1:
        text = f"Overloaded at the peak ({peak.offered:.3g} erlangs), not in the mean."
        yield warning("server", text, roomy)
    elif mean.utilisation >= BUSY and can_storm(resolved):
        yield warning("server", f"At {share(mean.utilisation)} there is little room for a storm.", roomy)
    elif not is_closed(resolved):
        yield from _one_away(resolved, peak)


def can_storm(resolved: Resolved) -> bool:
    """Whether requests can fail and come again, or agents log in anew: else a busy queue is only a queue."""
    limited = any(key.startswith("server.limits.") for key in features(resolved))
    timed = any(retry.timeout_ns for retry in resolved.retry) or any(resolved.server.route_timeout_ns)
    return bool(resolved.faults or limited or timed or resolved.auth.scheme == AuthScheme.SERVER_TOKEN)


def _one_away(resolved: Resolved, peak: Load) -> Iterator[Finding]:
    """Whether the other nodes carry the load while one is away."""
    server = resolved.server
    if server.nodes == 1 or not loses_node(resolved):
        return
    left = (server.nodes - 1) * server.cores
    if peak.offered >= left:
        need = int(peak.offered / server.cores) + 2
        yield warning(
            "server.nodes",
            f"While a node is away, {peak.offered:.3g} erlangs meet {many(left, 'core')}: the "
            f"backlog grows until it is back. server.nodes = {need} carries the load with one away.",
            Remedy(
                line("server.nodes", need),
                "event_latency_p99_s",
                figures=(("offered_erlangs", peak.offered), ("cores_left", float(left))),
            ),
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
            Remedy(
                line("server.cores", max(1, ceil(requests / resolved.server.nodes))),
                "server_utilisation",
                also=("batching.stateless.max_in_flight",),
                figures=(("requests_in_flight", float(requests)), ("cores", float(peak.cores))),
            ),
        )


def unpaid(resolved: Resolved) -> Iterator[Finding]:
    """Costs of what never happens here. (A card has more costs than one scenario needs.)"""
    service, asked = resolved.server.service, set(_asked(loads(resolved)[1]))

    def costs(law: Law) -> bool:
        return mean_of(law, resolved.empirical) > 0

    idle = {
        "auth": costs(service.auth) and resolved.auth.scheme == AuthScheme.NONE,
        "handshake": costs(service.handshake) and resolved.connection.tls == Tls.NONE,
        **{
            stream.name.lower(): costs(service.operation[stream]) and stream not in asked
            for stream in Stream
            if stream != Stream.REGISTER
        },
    }
    for name in (name for name, never in idle.items() if never):
        text = "This cost is never paid: nothing of the kind is asked for."
        yield warning(f"server.service.{name}", text, Remedy(line(f"server.service.{name}", 0), UNCHANGED))


def _asked(load: Load) -> list[Stream]:
    return [stream for stream in Stream if load.requests_per_s(stream)]


def figures(resolved: Resolved) -> dict[str, float]:
    """Return how much the servers can do: cores, logins and connections by name (inf: no bound)."""
    allowed, count = resolved.server.limits, resolved.server.nodes
    rate_ns = allowed.request_rate.interval_ns

    def each(value: float) -> float:
        return count * value if value else inf

    return {
        "cores": float(cores(resolved)),
        "workers": float(count * resolved.server.workers),
        "logins_per_s": login_capacity_per_s(resolved),
        "connections": each(allowed.connections.value),
        "in_flight": each(allowed.in_flight.value),
        "requests_per_s": each(SECOND / rate_ns if rate_ns else 0),
    }


def has_events(resolved: Resolved) -> bool:
    """Whether any class makes events."""
    sources = [source for kind in resolved.classes for source in (kind.stateless, kind.stateful)]
    return any(source.kind != ProcessKind.NONE for source in sources)
