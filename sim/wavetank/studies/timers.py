"""Checks of timers against one another: which must be the longer one, and what happens if it is not.

Each check is a pair of durations of which one must be the longer, with the sentence that says what goes
wrong if it is not.
"""

from collections.abc import Iterator
from math import ceil, inf

from wavetank.engines.features import features
from wavetank.policy.codes import BackoffLaw, Channel, FaultKind, Renewal, Strategy, Stream, Tls
from wavetank.policy.laws import mean_of
from wavetank.scenario.resolved import Resolved
from wavetank.studies.finding import Finding, problem, warning
from wavetank.studies.flows import SECOND, Rate, flows_at, hold_s, token_life_s
from wavetank.studies.formatting import duration
from wavetank.studies.load import connections_per_request, handshake_s, request_costs


def findings(resolved: Resolved) -> Iterator[Finding]:
    """Timers that do not nest."""
    streams = {flow.stream: flow for flow in flows_at(resolved)}
    for stream, flow in streams.items():
        yield from _timeouts(resolved, stream, flow)
    yield from _retries(resolved, list(streams))
    if Stream.COMMANDS in streams:
        yield from _holds(resolved)
    if resolved.connection.strategy == Strategy.KEEP_ALIVE:
        yield from _idle(resolved, list(streams.values()))
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
        )
    least_s = least_latency_s(resolved, flow)
    if least_s * SECOND >= timeout_ns:
        yield problem(
            key,
            f"A request takes {duration(least_s)} at an idle server, more than its {_s(timeout_ns)}. "
            f'{key} = "{_longer(least_s)}" lets it end.',
        )
        return
    full_s = least_latency_s(resolved, _full(resolved, flow))
    if full_s * SECOND >= timeout_ns:
        yield warning(
            key,
            f"A full batch, such as comes after an outage, takes {duration(full_s)} at an idle server, more "
            f'than its {_s(timeout_ns)}: it never gets through. {key} = "{_longer(full_s)}" lets it end.',
        )


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
            yield warning(f"retry.{_word(stream)}.backoff", text)


def _can_fail(resolved: Resolved, stream: Stream) -> bool:
    """Whether a request can end in another way than with an answer."""
    limited = any(key.startswith("server.limits.") for key in features(resolved))
    timed = resolved.retry[stream].timeout_ns or resolved.server.route_timeout_ns[stream]
    return bool(resolved.faults or limited or timed)


def _holds(resolved: Resolved) -> Iterator[Finding]:
    commands = resolved.commands
    if commands.channel != Channel.LONG_POLL:
        return
    held_s = hold_s(resolved)
    timeout_ns = resolved.retry[Stream.COMMANDS].timeout_ns
    if timeout_ns and timeout_ns <= held_s * SECOND:
        yield problem(
            "retry.commands.timeout",
            f"A poll times out after {_s(timeout_ns)}, before its hold of {duration(held_s)} ends.",
        )
    route_ns = resolved.server.route_timeout_ns[Stream.COMMANDS]
    if route_ns and route_ns <= held_s * SECOND:
        yield problem(
            "server.route_timeout.commands",
            f"Held polls are answered 408 after {_s(route_ns)}, before the hold of {duration(held_s)} ends.",
        )
    if commands.hold_ns and (not commands.server_hold_ns or commands.server_hold_ns >= commands.hold_ns):
        yield warning(
            "commands.server_hold",
            f"The agent ends its poll after {_s(commands.hold_ns)}, before the server does, and has to close "
            "the connection for that; a shorter hold of the server would keep it.",
        )


def _idle(resolved: Resolved, flows: list[Rate]) -> Iterator[Finding]:
    agent_ns, server_ns = resolved.connection.idle_ns, resolved.server.idle_ns
    if server_ns and (not agent_ns or agent_ns >= server_ns):
        mine = f"after {_s(agent_ns)}" if agent_ns else "never"
        yield problem(
            "connection.idle_timeout",
            f"The server closes idle connections after {_s(server_ns)}, the agent {mine}: requests meet a "
            "connection that is being closed and are lost. Make the agent's the shorter one.",
        )
    # A login is rare, and nobody keeps a connection for it.
    asking = [flow for flow in flows if flow.regular and flow.stream != Stream.LOGIN]
    useless = [flow for flow in asking if connections_per_request(resolved, flow) == 1.0]
    if useless:
        names = ", ".join(dict.fromkeys(_word(flow.stream) for flow in useless))
        yield warning(
            "connection.strategy",
            f"Connections are kept, but never long enough to be used again: {names}.",
        )


def _heartbeat(resolved: Resolved) -> Iterator[Finding]:
    beat = resolved.heartbeat
    if not beat.period_ns or not beat.offline_after_ns:
        return
    longest_ns = beat.period_ns + beat.jitter_ns
    text = f"Heartbeats come up to {_s(longest_ns)} apart, an agent counts as offline after "
    if beat.offline_after_ns <= longest_ns:
        yield problem(
            "heartbeat.offline_after", f"{text}{_s(beat.offline_after_ns)}: there are false alarms."
        )
    elif beat.offline_after_ns < 2 * beat.period_ns:
        yield warning(
            "heartbeat.offline_after",
            f"{text}{_s(beat.offline_after_ns)}: a single lost one raises an alarm.",
        )


def _tokens(resolved: Resolved, flows: list[Rate]) -> Iterator[Finding]:
    life_s = token_life_s(resolved)
    slow = [flow for flow in flows if flow.events and 1 / flow.rate_per_s >= life_s]
    if slow:
        names = ", ".join(dict.fromkeys(_word(flow.stream) for flow in slow))
        yield warning(
            "auth.ttl", f"A token lives {duration(life_s)}, less than there is between requests: {names}."
        )
    login = resolved.retry[Stream.LOGIN].timeout_ns
    if resolved.auth.renewal == Renewal.BEFORE_EXPIRY and login > resolved.auth.margin_ns:
        yield warning(
            "auth.margin",
            f"A token is renewed {_s(resolved.auth.margin_ns)} before it expires, but a login may take up to "
            f"{_s(login)} (retry.login.timeout): then the streams stand still.",
        )


def _faults(resolved: Resolved, streams: list[Stream]) -> Iterator[Finding]:
    kinds = {fault.kind for fault in resolved.faults}
    waiting = [_word(stream) for stream in streams if not resolved.retry[stream].timeout_ns]
    if FaultKind.NODE_LOSS in kinds and waiting:
        names = ", ".join(waiting)
        text = f"A lost node is silent, and without a time-out requests to it wait for ever: {names}."
        yield problem(f"retry.{waiting[0]}.timeout", text)
    away = kinds & {FaultKind.NODE_LOSS, FaultKind.NODE_RESTART}
    if away and resolved.server.nodes > 1 and not resolved.balancer.health_check_ns:
        text = "Nothing notices that a node is away: agents keep being sent to it."
        yield warning("balancer.health_check", text)
