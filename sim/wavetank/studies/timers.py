"""Checks of timers against one another: which must be the longer one, and what happens if it is not.

Each check is a pair of durations of which one must be the longer, with the sentence that says what goes
wrong if it is not.
"""

from collections.abc import Iterator
from math import ceil, inf

from wavetank.engines.features import features
from wavetank.policy.codes import BackoffLaw, Channel, FaultKind, Renewal, Stream, Tls
from wavetank.policy.laws import mean_of
from wavetank.scenario.resolved import Resolved
from wavetank.studies import keeping
from wavetank.studies.finding import Finding, Remedy, problem, warning
from wavetank.studies.flows import SECOND, Rate, flows_at, hold_s, token_life_s
from wavetank.studies.formatting import duration
from wavetank.studies.keeping import SHORTER
from wavetank.studies.load import connections_per_request, handshake_s, request_costs
from wavetank.studies.pasting import at_least, at_most, fault, lasting, line, restart


def findings(resolved: Resolved) -> Iterator[Finding]:
    """Timers that do not nest."""
    streams = {flow.stream: flow for flow in flows_at(resolved)}
    for stream, flow in streams.items():
        yield from _timeouts(resolved, stream, flow)
    yield from _retries(resolved, list(streams))
    yield from keeping.findings(resolved, list(streams.values()))
    yield from _heartbeat(resolved)
    if Stream.LOGIN in streams:
        yield from _tokens(resolved, list(streams.values()))
    yield from _faults(resolved, list(streams))


def _word(stream: Stream) -> str:
    return stream.name.lower()


def _s(ns: int) -> str:
    return duration(ns / SECOND)


def _timeouts(resolved: Resolved, stream: Stream, flow: Rate) -> Iterator[Finding]:
    timeout_ns, route_ns = resolved.retry[stream].timeout_ns, resolved.server.route_timeout_ns[stream]
    key = f"retry.{_word(stream)}.timeout"
    if not timeout_ns:
        return
    if route_ns >= timeout_ns:
        yield problem(
            f"server.route_timeout.{_word(stream)}",
            f"The server works on a request for up to {_s(route_ns)}, but the agent gives up after "
            f"{_s(timeout_ns)} ({key}); make the route's the shorter one.",
            Remedy(
                line(f"server.route_timeout.{_word(stream)}", at_most(SHORTER * timeout_ns / SECOND)),
                "timeouts_total",
                _slow(resolved, stream, timeout_ns),
                (key,),
                (("route_timeout_s", route_ns / SECOND), ("timeout_s", timeout_ns / SECOND)),
            ),
        )
    least_s = least_latency_s(resolved, flow)
    if least_s * SECOND >= timeout_ns:
        yield problem(
            key,
            f"A request takes {duration(least_s)} at an idle server, more than its {_s(timeout_ns)}. "
            f'{key} = "{_longer(least_s)}" lets it end.',
            _longer_timeout(key, least_s, timeout_ns),
        )
        return
    full_s = least_latency_s(resolved, _full(resolved, flow))
    if full_s * SECOND >= timeout_ns:
        yield warning(
            key,
            f"A full batch, such as comes after an outage, takes {duration(full_s)} at an idle server, more "
            f'than its {_s(timeout_ns)}: it never gets through. {key} = "{_longer(full_s)}" lets it end.',
            _longer_timeout(key, full_s, timeout_ns)._replace(
                under=restart(resolved, 2 * _filling_s(resolved, flow)),
                also=(f"batching.{_word(stream)}.bytes",),
            ),
        )


def _longer_timeout(key: str, takes_s: float, timeout_ns: int) -> Remedy:
    figures = (("takes_s", takes_s), ("timeout_s", timeout_ns / SECOND))
    return Remedy(line(key, _longer(takes_s)), "timeouts_total", figures=figures)


def _filling_s(resolved: Resolved, flow: Rate) -> float:
    """Return how long a stream of one agent takes to fill a batch to its bound of bytes, in s."""
    most_bytes = resolved.batching[flow.stream == Stream.STATEFUL].bytes
    return most_bytes / (flow.rate_per_s * flow.body_bytes)


def _slow(resolved: Resolved, stream: Stream, timeout_ns: int) -> tuple[str, ...]:
    """The override of a fault that makes the server too slow for this stream.

    A store or a core that is a thousand times slower is what a time-out is for.
    """
    lasts = at_least(2 * timeout_ns / SECOND)
    return fault(resolved, "brown-out", f', factor=1000, lasts="{lasts}"')


def _longer(seconds: float) -> str:
    """Twice as long, in whole seconds: a request also waits for its turn."""
    return f"{ceil(2 * seconds)}s"


def _full(resolved: Resolved, flow: Rate) -> Rate:
    """The flow with its batches as large as their bound of bytes lets them be; others as they are."""
    if flow.stream not in (Stream.STATELESS, Stream.STATEFUL) or not flow.body_bytes:
        return flow
    most_bytes = resolved.batching[flow.stream == Stream.STATEFUL].bytes
    if most_bytes <= flow.body_bytes:
        return flow
    return flow._replace(body_bytes=float(most_bytes), events=flow.events * most_bytes / flow.body_bytes)


def least_latency_s(resolved: Resolved, flow: Rate) -> float:
    """Mean time of a request on a new connection to an idle server, without a hold, in s.

    The network is the slowest of those that classes use.
    """
    used = {kind.network for kind in resolved.classes}
    delays = [mean_of(net.delay, resolved.empirical) for i, net in enumerate(resolved.networks) if i in used]
    trips, cpu_s = 1, sum(cost_s for _, cost_s in request_costs(resolved, flow))
    if connections_per_request(resolved, flow) > 0:
        trips += 1
        if resolved.connection.tls != Tls.NONE:
            twice = resolved.connection.tls == Tls.V1_2 and not resolved.connection.resume
            trips += 2 if twice else 1
            cpu_s += handshake_s(resolved)
    trips_s = 2 * trips * max(delays, default=0.0) / SECOND
    return trips_s + cpu_s + _transfer_s(resolved, flow, used) + _commit_s(resolved, flow)


def _transfer_s(resolved: Resolved, flow: Rate, used: set[int]) -> float:
    """Return how long the bytes of a request and its answer are on the slowest of the networks used."""
    wire = resolved.connection.wire
    total_bytes = flow.body_bytes + wire.request_bytes + wire.response_bytes
    speeds = [net.bandwidth_bytes_per_s for i, net in enumerate(resolved.networks) if i in used]
    return total_bytes / min((speed for speed in speeds if speed), default=inf)


def _commit_s(resolved: Resolved, flow: Rate) -> float:
    """Return how long the store takes to commit the events of a request, without its window."""
    if not (resolved.store.parallelism and flow.events):
        return 0.0
    return mean_of(resolved.store.latency, resolved.empirical) / SECOND


def _retries(resolved: Resolved, streams: list[Stream]) -> Iterator[Finding]:
    for stream in streams:
        retry = resolved.retry[stream]
        if not _can_fail(resolved, stream):
            continue
        idle = retry.backoff.law == BackoffLaw.NONE or not (retry.backoff.base_ns or retry.backoff.jitter_ns)
        if idle and retry.attempts != 1:
            often = f"{retry.attempts} times" if retry.attempts else "for ever"
            text = f"A failed request is repeated at once, {often}; give it a backoff."
            fix = line(f"retry.{_word(stream)}.backoff", '{ law = "full-jitter", base = "1s", cap = "60s" }')
            under = () if _away(resolved) else restart(resolved, 2.0)
            yield warning(f"retry.{_word(stream)}.backoff", text, Remedy(fix, "retries_total", under))


def _can_fail(resolved: Resolved, stream: Stream) -> bool:
    """Whether a request can end in another way than with an answer."""
    limited = any(key.startswith("server.limits.") for key in features(resolved))
    timed = resolved.retry[stream].timeout_ns or resolved.server.route_timeout_ns[stream]
    return bool(resolved.faults or limited or timed)


def _heartbeat(resolved: Resolved) -> Iterator[Finding]:
    beat = resolved.heartbeat
    if not beat.period_ns or not beat.offline_after_ns:
        return
    longest_ns = beat.period_ns + beat.jitter_ns
    text = f"Heartbeats come up to {_s(longest_ns)} apart, an agent counts as offline after "
    remedy = Remedy(
        line("heartbeat.offline_after", at_least(3 * longest_ns / SECOND)),
        "offline_alarms_total",
        also=("heartbeat.period", "heartbeat.jitter"),
        figures=(("apart_s", longest_ns / SECOND), ("offline_after_s", beat.offline_after_ns / SECOND)),
    )
    if beat.offline_after_ns <= longest_ns:
        said = f"{text}{_s(beat.offline_after_ns)}: there are false alarms."
        yield problem("heartbeat.offline_after", said, remedy)
    elif beat.offline_after_ns < 2 * beat.period_ns:
        said = f"{text}{_s(beat.offline_after_ns)}: a single lost one raises an alarm."
        under = restart(resolved, beat.period_ns / SECOND)
        yield warning("heartbeat.offline_after", said, remedy._replace(under=under))


def _tokens(resolved: Resolved, flows: list[Rate]) -> Iterator[Finding]:
    # The shortest life counts: a token that is renewed early was of use for so long.
    life_s = _shortest_life_s(resolved)
    slow = [flow for flow in flows if flow.events and 1 / flow.rate_per_s >= life_s]
    if slow:
        names = ", ".join(dict.fromkeys(_word(flow.stream) for flow in slow))
        yield warning(
            "auth.ttl",
            f"A token lives {duration(life_s)}, less than there is between requests: {names}.",
            Remedy(
                line("auth.ttl", at_least(_ttl_s(resolved, 10 * max(1 / flow.rate_per_s for flow in slow)))),
                "login_rate_per_s",
                also=tuple(f"batching.{_word(flow.stream)}.age" for flow in slow[:1]),
                figures=(("life_s", life_s),),
            ),
        )
    login = resolved.retry[Stream.LOGIN].timeout_ns
    if resolved.auth.renewal == Renewal.BEFORE_EXPIRY and login > resolved.auth.margin_ns:
        yield warning(
            "auth.margin",
            f"A token is renewed {_s(resolved.auth.margin_ns)} before it expires, but a login may take up to "
            f"{_s(login)} (retry.login.timeout): then the streams stand still.",
            Remedy(
                _earlier(resolved, login / SECOND),
                "event_latency_p99_s",
                () if _away(resolved) else restart(resolved, login / SECOND / 2),
                ("retry.login.timeout",),
                (("margin_s", resolved.auth.margin_ns / SECOND), ("login_timeout_s", login / SECOND)),
            ),
        )


def _shortest_life_s(resolved: Resolved) -> float:
    """How long an agent uses a token at least: its time to live without the margin and all of the jitter."""
    auth = resolved.auth
    early_ns = auth.margin_ns + auth.jitter_ns if auth.renewal == Renewal.BEFORE_EXPIRY else 0
    return (auth.ttl_ns - early_ns) / SECOND


def _earlier(resolved: Resolved, login_s: float) -> str:
    """A margin as long as a login may take, if a token lives longer than that; else a shorter login."""
    free_s = (resolved.auth.ttl_ns - resolved.auth.jitter_ns) / SECOND
    if login_s < free_s / 2:
        return line("auth.margin", at_least(login_s))
    return line("retry.login.timeout", at_most(resolved.auth.margin_ns / SECOND))


def _ttl_s(resolved: Resolved, life_s: float) -> float:
    """The time to live of a token that is renewed after that long."""
    return life_s + resolved.auth.ttl_ns / SECOND - token_life_s(resolved)


def _away(resolved: Resolved) -> bool:
    return any(each.kind in (FaultKind.NODE_RESTART, FaultKind.NODE_LOSS) for each in resolved.faults)


def _faults(resolved: Resolved, streams: list[Stream]) -> Iterator[Finding]:
    kinds = {fault.kind for fault in resolved.faults}
    waiting = [_word(stream) for stream in streams if not resolved.retry[stream].timeout_ns]
    if FaultKind.NODE_LOSS in kinds and waiting:
        names = ", ".join(waiting)
        text = f"A lost node is silent, and without a time-out requests to it wait for ever: {names}."
        yield problem(
            f"retry.{waiting[0]}.timeout",
            text,
            Remedy(
                line(f"retry.{waiting[0]}.timeout", _patient(resolved, waiting[0])),
                "backlog_age_max_s",
                lasting(resolved, max(each.at_ns + each.lasts_ns for each in resolved.faults) / SECOND + 90),
            ),
        )
    away = kinds & {FaultKind.NODE_LOSS, FaultKind.NODE_RESTART}
    if away and resolved.server.nodes > 1 and not resolved.balancer.health_check_ns:
        text = "Nothing notices that a node is away: agents keep being sent to it."
        remedy = Remedy(line("balancer.health_check", "2s"), "retries_total")
        yield warning("balancer.health_check", text, remedy)


def _patient(resolved: Resolved, word: str) -> str:
    """A time-out that a request needs: 30 s, and for a poll longer than its hold."""
    held_s = (
        hold_s(resolved) if word == "commands" and resolved.commands.channel == Channel.LONG_POLL else 0.0
    )
    return at_least(30 + (held_s if held_s < inf else 0.0))
