"""Counting in the fleet while it happens: the agents' side of the `Tally`.

Instants come in by the machine's clock and are counted from the run's beginning. What happens after `close`
is not counted any more; the last of it goes into the bin and the second in which the run ends.
"""

from collections import Counter
from typing import Protocol

from wavetank.policy.codes import Cause, DropCause, Stream
from wavetank.protocol.client import Attempt
from wavetank.protocol.outbox import Range
from wavetank.results.tally import EventLatency, Tally, empty_tally, with_window
from wavetank.results.windows import windows_of
from wavetank.scenario.resolved import Resolved
from wavetank.units import SECOND as SECOND_NS

_CAUSES = {401: Cause.TOKEN, 408: Cause.ROUTE_TIMEOUT, 413: Cause.BODY, 429: Cause.REQUEST_RATE}
_OK = range(200, 300)


class EventStream(Protocol):
    """The events of one stream of one agent, as far as they are counted: `arrivals.Arrivals`."""

    stream: Stream
    class_index: int
    origin: int

    def created(self, until_ns: int) -> int:
        """How many events there are up to an instant of the run."""
        ...

    def time_of(self, index: int) -> int:
        """The instant of the run in which event `index` is created; NEVER when that is not within it."""
        ...


def cause_of(stream: int, status: int) -> Cause:
    """Why the real server did not serve a request; what it says beside the known is that it is overrun."""
    if stream == Stream.LOGIN:
        return {400: Cause.CREDENTIALS, 401: Cause.CREDENTIALS, 429: Cause.LOGIN_RATE}.get(
            status, _CAUSES.get(status, Cause.IN_FLIGHT)
        )
    return _CAUSES.get(status, Cause.IN_FLIGHT)


class Measure:
    """The counts of one run.

    `origin_ns` is the begin of the run by the machine's clock, once it is known. `now_ns` is the time at
    which the current agent is examined. `unsure` holds the events of each stream whose attempt ended without
    an answer: the server may have stored them.
    """

    def __init__(self, resolved: Resolved) -> None:
        self.tally: Tally = empty_tally(resolved)
        self.origin_ns = self.now_ns = 0
        self.closed = False
        self.open: set[Attempt] = set()
        self.unsure = dict.fromkeys((Stream.STATELESS, Stream.STATEFUL), 0)
        self._series = self.tally.series
        self._warmup_ns = resolved.warmup_ns
        self._bin_ns = resolved.bin_ns
        self._last_bin = len(self._series.requests) - 1
        self._latency_end_ns = resolved.duration_ns - resolved.tail_ns
        self._windows = windows_of(resolved)
        self._offline = 0
        self._logins_per_s: Counter[int] = Counter()
        self._last_second = max(0, -(-resolved.duration_ns // SECOND_NS) - 1)

    def at_ns(self, now_ns: int) -> int:
        """An instant of the machine's clock as one of the run; what comes before it happens at its start."""
        return max(0, now_ns - self.origin_ns)

    def _bin(self, at_ns: int) -> int:
        return min(at_ns // self._bin_ns, self._last_bin)

    # ---- requests ---------------------------------------------------------------------------

    def issued(self, attempt: Attempt) -> None:
        """An agent begins an attempt."""
        if self.closed:
            return
        at_ns, stream = self.at_ns(attempt.started_ns), attempt.flow.stream
        self.open.add(attempt)
        self.tally.issued[stream] += 1
        self._series.requests[self._bin(at_ns)] += 1
        if attempt.number:
            self.tally.retries += 1
            self._series.retries[self._bin(at_ns)] += 1
        if at_ns >= self._warmup_ns:
            self.tally.window_requests[stream] += 1

    def held(self, attempt: Attempt) -> None:
        """A poll is under way that was begun before the run."""
        if not self.closed:
            self.open.add(attempt)
            self.tally.carried_in[attempt.flow.stream] += 1

    def carried_in(self, stream: int, events: int) -> None:
        """Events that were created before the run wait."""
        self.tally.events[stream - Stream.STATELESS].carried_in += events
        self._series.carried_in += events

    def _ended(self, attempt: Attempt) -> bool:
        """Whether the end of this attempt counts: once, and while the run is on."""
        if self.closed or attempt not in self.open:
            return False
        self.open.remove(attempt)
        return True

    def answered(self, attempt: Attempt, status: int, now_ns: int) -> None:
        """An attempt was answered; a poll that its agent ended counts as answered with 200."""
        if not self._ended(attempt):
            return
        stream, at_ns = attempt.flow.stream, self.at_ns(now_ns)
        if status in _OK:
            self.tally.ok[stream] += 1
            if at_ns >= self._warmup_ns:
                self.tally.request_latency[stream].add(now_ns - attempt.started_ns)
            return
        self.tally.rejected[stream] += 1
        self.tally.causes[cause_of(stream, status)] += 1
        self._series.rejected[self._bin(at_ns)] += 1

    def lost(self, attempt: Attempt, now_ns: int) -> None:
        """An attempt ended without an answer: refused, reset, cut."""
        if self._ended(attempt):
            self.tally.lost[attempt.flow.stream] += 1
            self._series.lost[self._bin(self.at_ns(now_ns))] += 1
            self._not_known(attempt)

    def timed_out(self, attempt: Attempt, now_ns: int) -> None:
        """An agent's deadline passed."""
        if self._ended(attempt):
            self.tally.timed_out[attempt.flow.stream] += 1
            self._series.timed_out[self._bin(self.at_ns(now_ns))] += 1
            self._not_known(attempt)

    def _not_known(self, attempt: Attempt) -> None:
        if attempt.flow.stream in self.unsure:
            self.unsure[Stream(attempt.flow.stream)] += attempt.exchange.events

    def logged_in(self, began_ns: int, now_ns: int) -> None:
        """A token was given to an agent; `began_ns` is when it began without one (-1: it had one)."""
        if self.closed:
            return
        at_ns = self.at_ns(now_ns)
        self._series.logins[self._bin(at_ns)] += 1
        second = min(at_ns // SECOND_NS, self._last_second)
        self._logins_per_s[second] += 1
        if second >= self._warmup_ns // SECOND_NS:
            self.tally.login_peak = max(self.tally.login_peak, self._logins_per_s[second])
        if at_ns >= self._warmup_ns:
            self.tally.window_logins += 1
        if began_ns >= 0:
            self.tally.logged_in.add(max(0, now_ns - began_ns))

    def went_offline(self, change: int) -> None:
        """An agent goes offline (+1) or begins anew (-1)."""
        self._offline += change
        self.tally.offline_max = max(self.tally.offline_max, self._offline)

    def began_cold(self) -> None:
        """An agent begins without a token."""
        self.tally.cold_begins += 1

    # ---- events -----------------------------------------------------------------------------

    def latency_of(self, events: EventStream) -> EventLatency:
        """Where the latency of a stream's events is kept."""
        return self.tally.event_latency[events.class_index][events.stream - Stream.STATELESS]

    def window(self, events: EventStream) -> None:
        """Note how many of a stream's events lie in [warm-up, duration - tail)."""
        first = max(events.origin, events.created(self._warmup_ns - 1))
        end = max(first, events.created(self._latency_end_ns - 1))
        self.latency_of(events).created += end - first
        for window, edge_ns in zip(self._windows.of_piece, (*self._windows.edges_ns, None), strict=True):
            bound = end if edge_ns is None else min(end, max(first, events.created(edge_ns - 1)))
            for entry in self._in_window(events, window):
                entry.created += bound - first
            first = bound

    def _in_window(self, events: EventStream, window: int) -> list[EventLatency]:
        """Where the latency of a stream's events of one window is kept: nowhere without faults."""
        kept = self.tally.windows[window : window + 1]
        return [tally.event_latency[events.class_index][events.stream - Stream.STATELESS] for tally in kept]

    def delivered(self, events: EventStream, ranges: tuple[Range, ...]) -> bool:
        """Events were acknowledged; whether that still counts."""
        if self.closed:
            return False
        at_ns, total = self.at_ns(self.now_ns), sum(end - first for first, end in ranges)
        self.tally.events[events.stream - Stream.STATELESS].delivered += total
        self._series.delivered[self._bin(at_ns)] += total
        if at_ns >= self._warmup_ns:
            self.tally.window_delivered += total
        entry = self.latency_of(events)
        for first, end in ranges:
            for index in range(first, end):
                created_ns = events.time_of(index)
                age_ns = max(0, at_ns - created_ns)
                self.tally.backlog_age_max_ns = max(self.tally.backlog_age_max_ns, age_ns)
                if self._warmup_ns <= created_ns < self._latency_end_ns:
                    for counts in (entry, *self._in_window(events, self._windows.window(created_ns))):
                        counts.histogram.add(age_ns)
                        counts.sum_ns += age_ns
                        counts.delivered += 1
        return True

    def dropped(self, events: EventStream, ranges: tuple[Range, ...], cause: DropCause) -> bool:
        """Events were given up; whether that still counts."""
        if self.closed:
            return False
        total = sum(end - first for first, end in ranges)
        self.tally.events[events.stream - Stream.STATELESS].dropped[cause] += total
        self._series.dropped[self._bin(self.at_ns(self.now_ns))] += total
        return True

    # ---- commands ---------------------------------------------------------------------------

    def command_delivered(self, created_at_ns: int, now_ns: int) -> None:
        """The agent has a command that was created at this instant of the run."""
        if self.closed:
            return
        self.tally.commands_delivered += 1
        if self._warmup_ns <= created_at_ns < self._latency_end_ns:
            age_ns = max(0, self.at_ns(now_ns) - created_at_ns)
            window = self._windows.window(created_at_ns)
            for counts in with_window(self.tally, window):
                counts.command_latency.add(age_ns)

    # ---- the end ----------------------------------------------------------------------------

    def close(self) -> None:
        """The run is over: what is under way is open."""
        self.closed = True
        for attempt in self.open:
            self.tally.open[attempt.flow.stream] += 1
            self._not_known(attempt)


__all__ = ["Measure", "cause_of"]
