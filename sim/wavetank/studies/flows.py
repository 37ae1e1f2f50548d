"""Rates of requests in closed form: the mean rates of a fleet in steady operation.

A flush skipped because nothing waits costs nothing, so a stream of Poisson events at rate L that flushes
every T sends (1 - exp(-L T)) / T requests. Retries are not in these rates: they are what is asked for
when all goes well.
"""

from collections.abc import Iterator
from math import exp, expm1, inf
from typing import NamedTuple

from wavetank.policy.arrivals import Source
from wavetank.policy.codes import AgeFrom, AuthScheme, Channel, ProcessKind, Renewal, Stream
from wavetank.policy.laws import mean_of
from wavetank.scenario.resolved import Batching, FleetClass, Resolved

UNIT = 1 << 20
"""As `policy.rate_map.UNIT`: the fixed point of a profile's factors."""

SECOND = 1e9
"""Nanoseconds, as a float for rates."""


class Rate(NamedTuple):
    """One stream of one class: `agents` agents, each asking `rate_per_s` times a second.

    A request carries `events` and `body_bytes` in the mean. `regular`: requests come at equal distances.
    `held_s`: how long an answer is held back in the mean. `think_s`: of a closed stream (else -1) the mean
    time from an answer to the next request.
    """

    stream: Stream
    agents: int
    rate_per_s: float
    events: float = 0.0
    body_bytes: float = 0.0
    regular: bool = True
    held_s: float = 0.0
    think_s: float = -1.0

    @property
    def requests_per_s(self) -> float:
        """Of all its agents."""
        return self.agents * self.rate_per_s


def flows_at(resolved: Resolved, at_ns: int = 0) -> tuple[Rate, ...]:
    """Every flow of a fleet at an instant of its profiles; flows without requests are left out."""
    flows = [flow for kind in resolved.classes for flow in _of_class(resolved, kind, at_ns)]
    return tuple(flow for flow in flows if flow.rate_per_s > 0)


def _of_class(resolved: Resolved, kind: FleetClass, at_ns: int) -> Iterator[Rate]:
    needs_login = resolved.auth.scheme == AuthScheme.SERVER_TOKEN
    if needs_login and kind.invalid_credentials:
        return  # refused once, offline for good
    if needs_login:
        yield Rate(Stream.LOGIN, kind.agents, 1 / token_life_s(resolved))
    for index, source in enumerate((kind.stateless, kind.stateful)):
        stream = (Stream.STATELESS, Stream.STATEFUL)[index]
        yield _events(resolved, stream, source, resolved.batching[index], kind.agents, at_ns)
    yield _polls(resolved, kind.agents)
    beat = resolved.heartbeat
    if beat.period_ns:
        yield Rate(Stream.HEARTBEAT, kind.agents, SECOND / beat.period_ns, body_bytes=beat.size_bytes)


def token_life_s(resolved: Resolved) -> float:
    """Mean time from one login of an agent to its next, in s."""
    auth = resolved.auth
    early_ns = auth.margin_ns + auth.jitter_ns / 2 if auth.renewal == Renewal.BEFORE_EXPIRY else 0
    return (auth.ttl_ns - early_ns) / SECOND


def event_rate(resolved: Resolved, source: Source, at_ns: int) -> float:
    """Events per second of one agent at an instant; of a closed stream the most there can be."""
    if source.kind == ProcessKind.NONE:
        return 0.0
    if source.kind == ProcessKind.CLOSED:
        think_s = mean_of(source.think, resolved.empirical) / SECOND
        return 1 / think_s if think_s else SECOND
    pieces = zip(source.starts_ns, source.factors, strict=True)
    factor = [factor for start_ns, factor in pieces if start_ns <= at_ns][-1]
    return source.rate_per_s * factor / UNIT


def _events(
    resolved: Resolved, stream: Stream, source: Source, batching: Batching, agents: int, at_ns: int
) -> Rate:
    rate_per_s = event_rate(resolved, source, at_ns)
    if not 0 < rate_per_s < inf:
        return Rate(stream, agents, 0.0)
    size_bytes = mean_of(source.size, resolved.empirical)
    closed = source.kind == ProcessKind.CLOSED
    poisson = source.kind == ProcessKind.POISSON
    requests = rate_per_s if closed else request_rate(batching, rate_per_s, size_bytes, poisson)
    events = rate_per_s / requests
    regular = bool(batching.age_ns) or not poisson
    think_s = mean_of(source.think, resolved.empirical) / SECOND if closed else -1.0
    return Rate(stream, agents, requests, events, events * size_bytes, regular, think_s=think_s)


def request_rate(batching: Batching, events_per_s: float, size_bytes: float, poisson: bool = True) -> float:
    """Requests per second of one stream of one agent that makes events at a positive rate.

    Age and fullness are taken for themselves and the more frequent of the two counts.
    """
    full = float(batching.count or inf)
    if batching.bytes and size_bytes:
        full = min(full, max(1.0, batching.bytes / size_bytes))
    by_fullness = events_per_s / full
    if not batching.age_ns:
        return by_fullness
    age_s, pause_s = batching.age_ns / SECOND, batching.pause_after_ns / SECOND

    def nothing_in(time_s: float) -> float:
        mean = events_per_s * time_s
        return exp(-mean) if poisson else max(0.0, 1 - mean)

    if batching.age_from == AgeFrom.FIRST_EVENT:
        # the next first event comes a whole gap after the one that came last, or a mean gap after the flush
        regular_s = (batching.age_ns * events_per_s // SECOND + 1) / events_per_s
        cycle_s = max(pause_s, 1 / events_per_s) + age_s if poisson else max(pause_s, regular_s)
    elif batching.age_from == AgeFrom.FLUSH:
        cycle_s = max(pause_s, age_s / (1 - nothing_in(age_s)))
    else:
        cycle_s = pause_s + age_s * (1 + nothing_in(age_s + pause_s) / (1 - nothing_in(age_s)))
    return max(by_fullness, 1 / cycle_s)


def hold_s(resolved: Resolved) -> float:
    """How long a long poll may be held, in s, by the shorter of both sides' holds (inf: for ever)."""
    commands = resolved.commands
    holds = [hold_ns for hold_ns in (commands.hold_ns, commands.server_hold_ns) if hold_ns]
    return min(holds) / SECOND if holds else inf


def _polls(resolved: Resolved, agents: int) -> Rate:
    commands = resolved.commands
    if commands.channel == Channel.POLL:
        return Rate(Stream.COMMANDS, agents, SECOND / (commands.period_ns + commands.pause_after_ns))
    if commands.channel != Channel.LONG_POLL:
        return Rate(Stream.COMMANDS, agents, 0.0)
    rate_per_s = event_rate(resolved, commands.source, 0)
    most_s = hold_s(resolved)
    # E[min(hold, time to the next command)]
    held_s = most_s if rate_per_s == 0 else -expm1(-rate_per_s * most_s) / rate_per_s
    if held_s == inf:
        return Rate(Stream.COMMANDS, agents, 0.0, held_s=inf)
    rate = 1 / (held_s + commands.pause_after_ns / SECOND)
    return Rate(Stream.COMMANDS, agents, rate, held_s=held_s)


def polling_agents(resolved: Resolved) -> float:
    """Mean number of long polls that are held at one time."""
    if resolved.commands.channel != Channel.LONG_POLL:
        return 0.0
    flows = [flow for kind in resolved.classes for flow in _of_class(resolved, kind, 0)]
    polls = [flow for flow in flows if flow.stream == Stream.COMMANDS]
    return sum(flow.agents * (flow.rate_per_s * flow.held_s if flow.rate_per_s else 1.0) for flow in polls)
