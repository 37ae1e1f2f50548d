"""The judging grid: at which instants a scenario is judged. It belongs to the scenario, not to a duration.

All lengths follow from the traffic and the time-outs of the scenario, so a longer run of the same scenario
is judged at the same instants. Rule: docs/model.md#grid.
"""

from collections.abc import Iterator
from typing import NamedTuple

from wavetank.policy.backoff import Backoff
from wavetank.policy.codes import AuthScheme, BackoffLaw, Channel, ProcessKind, Stream
from wavetank.protocol.waits import patience_of
from wavetank.scenario.resolved import Limit, RateLimit, Resolved
from wavetank.units import SECOND as SECOND_NS

SHORTEST_NS = SECOND_NS
"""No span is shorter: what lasts less than a second is no state of a fleet."""
LONGEST_STEP_NS = 60 * SECOND_NS
"""No step is longer: a span of hours would otherwise say too late and too coarsely when a fleet is back."""
NO_ANSWER_NS = 60 * SECOND_NS
"""The assumed length of an attempt that nobody ends: the usual default of HTTP clients and proxies."""
LONGEST_REACH_NS = 600 * SECOND_NS
"""A reach is cut here: with longer back-offs every verdict would wait for them."""
UNCAPPED_WAIT = 3
"""Of a back-off without a cap the wait of the fourth attempt counts (n = 3)."""
STALE_HOLDS = 20
"""A need that lasts for more than so many holds is no passing one."""


class Grid(NamedTuple):
    """The times by which a scenario is judged.

    Attributes
    ----------
    span_ns : int
        L: over so long a time every level is averaged, the longest of the fleet's regular periods, so that a
        fleet that acts in step does not look as if it were getting better and worse.
    step_ns : int
        g: from one sample to the next; a whole number of them make a span.
    steps : int
        Steps in a span.
    reach_ns : int
        R: the longest time that one failed attempt and the wait after it take.
    hold_steps : int
        H in steps, rounded up: for so long a fleet must be well to be back. H is one turn of the loop that
        keeps a storm alive: the longer of two spans and a reach.
    reach_is_cut : bool
        Whether R would be longer than 10 minutes.
    """

    span_ns: int
    step_ns: int
    steps: int
    reach_ns: int
    hold_steps: int
    reach_is_cut: bool

    @property
    def hold_ns(self) -> int:
        """H in nanoseconds."""
        return self.hold_steps * self.step_ns

    @property
    def stale_ns(self) -> int:
        """Age in nanoseconds from which on a need or a command counts as stale: 20 H."""
        return STALE_HOLDS * self.hold_ns


def grid_of(resolved: Resolved) -> Grid:
    """Return the judging grid of a scenario.

    The span is the longest of batch age + pause, the period of polls (a long poll's hold is none) and the
    heartbeat period among the traffic that there is; without any it is the reach.
    """
    reach_ns = _reach_ns(resolved)
    cut_ns = min(reach_ns, LONGEST_REACH_NS)
    wanted_ns = max(SHORTEST_NS, max(_periods_ns(resolved), default=0) or cut_ns)
    steps = -(-wanted_ns // LONGEST_STEP_NS)
    step_ns = -(-wanted_ns // steps)
    span_ns = steps * step_ns
    hold_ns = max(2 * span_ns, cut_ns)
    return Grid(span_ns, step_ns, steps, cut_ns, -(-hold_ns // step_ns), reach_ns > LONGEST_REACH_NS)


def _periods_ns(resolved: Resolved) -> Iterator[int]:
    """The regular periods of the traffic that the scenario has."""
    for rules in (resolved.batching[stream - Stream.STATELESS] for stream in _event_streams(resolved)):
        if rules.age_ns:
            yield rules.age_ns + rules.pause_after_ns
    if resolved.commands.channel == Channel.POLL:
        yield resolved.commands.period_ns + resolved.commands.pause_after_ns
    yield resolved.heartbeat.period_ns


def _event_streams(resolved: Resolved) -> list[Stream]:
    sources = [(kind.stateless, kind.stateful) for kind in resolved.classes]
    return [
        stream
        for stream in (Stream.STATELESS, Stream.STATEFUL)
        if any(pair[stream - Stream.STATELESS].kind != ProcessKind.NONE for pair in sources)
    ]


def streams_of(resolved: Resolved) -> list[Stream]:
    """Return the streams whose attempts the judge waits for; polls only where nothing else is sent."""
    streams = _event_streams(resolved)
    if resolved.heartbeat.period_ns:
        streams.append(Stream.HEARTBEAT)
    if resolved.auth.scheme == AuthScheme.SERVER_TOKEN:
        streams.append(Stream.LOGIN)
    return streams or [Stream.COMMANDS]


def _reach_ns(resolved: Resolved) -> int:
    return max(_attempt_ns(resolved, stream) + _wait_ns(resolved, stream) for stream in streams_of(resolved))


def _attempt_ns(resolved: Resolved, stream: Stream) -> int:
    """How long one attempt of a stream may take, before somebody ends it."""
    patience_ns = patience_of(resolved.retry, resolved.commands).ns[stream]
    hold_ns = resolved.commands.server_hold_ns if stream == Stream.COMMANDS else 0
    return patience_ns or resolved.server.route_timeout_ns[stream] or hold_ns or NO_ANSWER_NS


def _wait_ns(resolved: Resolved, stream: Stream) -> int:
    """The longest wait after a failed attempt of a stream, by its back-off law or an honoured Retry-After."""
    retry = resolved.retry[stream]
    after_ns = max(_retry_after_ns(resolved), default=0) if retry.honour_retry_after else 0
    return max(longest_wait_ns(retry.backoff), after_ns)


def _retry_after_ns(resolved: Resolved) -> Iterator[int]:
    for limit in resolved.server.limits:
        if isinstance(limit, Limit | RateLimit):
            yield limit.retry_after_ns


def longest_wait_ns(backoff: Backoff) -> int:
    """Return the longest wait of a back-off law in ns, its jitter included; without a cap, its fourth."""
    law, base_ns, cap_ns, jitter_ns = backoff
    if law == BackoffLaw.NONE or base_ns == 0:
        return jitter_ns
    growth = 1 if law == BackoffLaw.FIXED else 3 if law == BackoffLaw.DECORRELATED else 2
    steps = UNCAPPED_WAIT + (law == BackoffLaw.DECORRELATED)
    longest_ns = cap_ns or base_ns * growth**steps
    if law == BackoffLaw.FIXED:
        longest_ns = min(base_ns, cap_ns) if cap_ns else base_ns
    if law == BackoffLaw.SCALED_JITTER:
        longest_ns += longest_ns >> 1
    return longest_ns + jitter_ns
