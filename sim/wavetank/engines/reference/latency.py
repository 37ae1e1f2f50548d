"""The latency of the events in a batch, from creation to acknowledgement (docs/model.md#batch-latency).

Events of a batch that were created at an even rate are added as one ramp, not one by one. An event counts
in the window in which it was created; what is neither delivered nor dropped at the end counts with its age,
as a lower bound.
"""

from collections.abc import Iterator
from typing import Protocol

from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.measure import Measure
from wavetank.engines.reference.parts import AgentStream
from wavetank.engines.reference.ports import Times
from wavetank.policy.choices import names_all
from wavetank.policy.codes import ProcessKind, Stream
from wavetank.protocol.server import CommandBoard
from wavetank.protocol.session import Exchange
from wavetank.results.tally import EventLatency, least_age, with_window
from wavetank.results.windows import windows_of
from wavetank.scenario.resolved import Resolved

names_all(__name__, ProcessKind, "NONE POISSON CONSTANT CLOSED")


class Context(Protocol):
    """The parts of the run that latencies are counted from."""

    resolved: Resolved
    clock: Clock
    measure: Measure
    board: CommandBoard

    @property
    def streams(self) -> Times:
        """Knows when events are created."""
        ...


class Latency:
    """Deposits batches into the histograms: as a ramp where that is exact in distribution."""

    def __init__(self, w: Context) -> None:
        self._w = w
        self._from_ns = w.resolved.warmup_ns
        self._until_ns = w.resolved.duration_ns - w.resolved.tail_ns
        self._closed = False
        self._windows = windows_of(w.resolved)

    def window(self, flow: AgentStream) -> None:
        """Note which of a stream's events lie in [warm-up, duration - tail)."""
        if flow.source.kind == ProcessKind.CLOSED:
            return
        look_up = flow.arrivals.look_up
        flow.latency_first = max(flow.origin, look_up(self._from_ns - 1))
        flow.latency_end = max(flow.latency_first, look_up(self._until_ns - 1))
        self._count_created(flow, flow.latency_first, flow.latency_end, 1)
        look_up(0)

    def _count_created(self, flow: AgentStream, first: int, end: int, sign: int) -> None:
        """Count the events `first` to `end - 1` as created, or (sign -1) take them back."""
        for piece, low, high in self._pieces(flow, first, end):
            for entry in self._entries(flow, piece):
                entry.created += sign * (high - low)

    def _pieces(self, flow: AgentStream, first: int, end: int) -> Iterator[tuple[int, int, int]]:
        """The events `first` to `end - 1` of an open stream by piece of time: (piece, first, end)."""
        last = len(self._windows.edges_ns)
        for piece, edge_ns in enumerate(self._windows.edges_ns):
            if first >= end:
                return
            # a fault may end years later: events are drawn up to the last one that counts, no further
            inside_ns = min(edge_ns, self._until_ns) - 1
            bound = min(end, max(first, flow.arrivals.look_up(inside_ns)))
            yield piece, first, bound
            first = bound
        yield last, first, end

    def _entries(self, flow: AgentStream, piece: int) -> list[EventLatency]:
        """Where the latencies of a piece of time count: in the whole run, and in its window."""
        tally, place = self._w.measure.tally, flow.stream - Stream.STATELESS
        entries = [tally.event_latency[flow.agent.class_index][place]]
        if tally.windows:
            window = tally.windows[self._windows.of_piece[piece]]
            entries.append(window.event_latency[flow.agent.class_index][place])
        return entries

    def _entries_at(self, flow: AgentStream, created_ns: int) -> list[EventLatency]:
        return self._entries(flow, self._windows.piece(created_ns))

    def deposit(self, flow: AgentStream, exchange: Exchange) -> None:
        """A batch was acknowledged now."""
        now, time_of = self._w.clock.ns, self._w.streams.time_of
        tally = self._w.measure.tally
        oldest_ns = now - time_of(flow, exchange.ranges[0][0])
        if oldest_ns > tally.backlog_age_max_ns:
            tally.backlog_age_max_ns = oldest_ns
        if flow.source.kind == ProcessKind.CLOSED:
            if self._from_ns <= now - oldest_ns < self._until_ns:
                for entry in self._entries_at(flow, now - oldest_ns):
                    entry.created += not self._closed
                    _add(entry, oldest_ns)
            return
        whole = len(exchange.ranges) == 1 and flow.source.kind == ProcessKind.POISSON
        for first, end in exchange.ranges:
            self._range(flow, max(first, flow.latency_first), min(end, flow.latency_end), now, whole)

    def _range(self, flow: AgentStream, first: int, end: int, now: int, whole: bool) -> None:
        n = end - first
        if n <= 0:
            return
        time_of = self._w.streams.time_of
        first_ns = time_of(flow, first)
        last_ns = time_of(flow, end - 1) if n > 1 else first_ns
        piece = self._windows.piece(first_ns)
        if n > 2 and whole and piece == self._windows.piece(last_ns) and self._even(flow, first_ns, last_ns):
            for entry in self._entries(flow, piece):
                _add(entry, now - first_ns)
                _add(entry, now - last_ns)
                _add_ramp(entry, now - last_ns, now - first_ns, n - 2)
            return
        for index in range(first, end):
            created_ns = time_of(flow, index)
            for entry in self._entries_at(flow, created_ns):
                _add(entry, now - created_ns)

    @staticmethod
    def _even(flow: AgentStream, first_ns: int, last_ns: int) -> bool:
        """Whether the rate did not change in between."""
        starts = flow.source.starts_ns
        return len(starts) == 1 or not any(first_ns < start <= last_ns for start in starts)

    def begin_at(self, flow: AgentStream) -> None:
        """The agent begins only now: earlier events never happen."""
        if self._closed:
            return
        first = max(flow.origin, flow.latency_first)
        end = max(first, flow.latency_end)
        self._count_created(flow, flow.latency_first, min(first, flow.latency_end), -1)
        flow.latency_first, flow.latency_end = first, end

    def unfinished(self, flow: AgentStream) -> None:
        """A closed stream ends with its event outstanding."""
        if self._from_ns <= flow.created_ns < self._until_ns:
            for entry in self._entries_at(flow, flow.created_ns):
                entry.created += 1

    def close(self) -> None:
        """The books are closed: whose latency counts is known, and only deliveries are added."""
        self._closed = True

    def censor(self, flow: AgentStream) -> None:
        """Note the age of the stream's youngest open events, as the run ends: of the run and by window."""
        for created_ns in self._youngest_open_ns(flow):
            age_ns = self._w.clock.ns - created_ns
            for entry in self._entries_at(flow, created_ns):
                entry.censor_ns = least_age(entry.censor_ns, age_ns)

    def censor_commands(self) -> None:
        """Note the age of the youngest commands that are not delivered, as the run ends."""
        books = self._w.measure.books
        pending = self._w.board.pending.values()
        for at_ns in [at_ns for waiting in pending for at_ns in waiting]:
            if self._from_ns <= at_ns < self._until_ns:
                age_ns, window = self._w.clock.ns - at_ns, self._windows.window(at_ns)
                for counts in with_window(books, window):
                    counts.command_censor_ns = least_age(counts.command_censor_ns, age_ns)

    def _youngest_open_ns(self, flow: AgentStream) -> Iterator[int]:
        """Yield when the youngest event that is open and counts was created, by piece of time."""
        if not (flow.agent.started and flow.outbox.held):
            return
        if flow.source.kind == ProcessKind.CLOSED:
            if self._from_ns <= flow.created_ns < self._until_ns:
                yield flow.created_ns
            return
        ranges = [*flow.outbox.waiting, *(part for exchange in flow.live for part in exchange.ranges)]
        for _, low, high in self._pieces(flow, flow.latency_first, flow.latency_end):
            inside = [min(end, high) - 1 for first, end in ranges if first < high and end > low]
            if inside:
                yield self._w.streams.time_of(flow, max(inside))


def _add(entry: EventLatency, age_ns: int) -> None:
    entry.histogram.add(age_ns)
    entry.delivered += 1
    entry.sum_ns += age_ns


def _add_ramp(entry: EventLatency, low_ns: int, high_ns: int, n: int) -> None:
    before_ns = entry.histogram.sum_ns
    entry.histogram.ramp(low_ns, high_ns, n)
    entry.delivered += n
    entry.sum_ns += entry.histogram.sum_ns - before_ns
