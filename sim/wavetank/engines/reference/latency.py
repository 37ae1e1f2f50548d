"""The latency of the events in a batch, from creation to acknowledgement (model.md, rules 8 and 25)."""

from typing import TYPE_CHECKING

from wavetank.engines.reference.parts import Flow
from wavetank.policy.codes import ProcessKind, Stream
from wavetank.protocol.session import Exchange
from wavetank.results.tally import EventLatency

if TYPE_CHECKING:
    from wavetank.engines.reference.world import World


class Latency:
    """Deposits batches into the histograms: as a ramp where that is exact in distribution."""

    def __init__(self, w: "World") -> None:
        self._w = w
        self._from_ns = w.resolved.warmup_ns
        self._until_ns = w.resolved.duration_ns - w.resolved.tail_ns
        self._closed = False

    def window(self, flow: Flow) -> None:
        """Note which of a stream's events lie in [warm-up, duration - tail)."""
        if flow.source.kind == ProcessKind.CLOSED:
            return
        look_up = flow.arrivals.look_up
        flow.latency_first = max(flow.origin, look_up(self._from_ns - 1))
        flow.latency_end = max(flow.latency_first, look_up(self._until_ns - 1))
        look_up(0)
        self._of(flow).created += flow.latency_end - flow.latency_first

    def _of(self, flow: Flow) -> EventLatency:
        return self._w.measure.tally.event_latency[flow.agent.class_index][flow.stream - Stream.STATELESS]

    def deposit(self, flow: Flow, exchange: Exchange) -> None:
        """A batch was acknowledged now."""
        now, time_of = self._w.clock.ns, self._w.streams.time_of
        tally = self._w.measure.tally
        oldest_ns = now - time_of(flow, exchange.ranges[0][0])
        if oldest_ns > tally.backlog_age_max_ns:
            tally.backlog_age_max_ns = oldest_ns
        if flow.source.kind == ProcessKind.CLOSED:
            if self._from_ns <= now - oldest_ns < self._until_ns:
                entry = self._of(flow)
                entry.created += not self._closed
                entry.delivered += 1
                entry.sum_ns += oldest_ns
                entry.histogram.add(oldest_ns)
            return
        whole = len(exchange.ranges) == 1 and flow.source.kind == ProcessKind.POISSON
        for first, end in exchange.ranges:
            self._range(flow, max(first, flow.latency_first), min(end, flow.latency_end), now, whole)

    def _range(self, flow: Flow, first: int, end: int, now: int, whole: bool) -> None:
        n = end - first
        if n <= 0:
            return
        entry, time_of = self._of(flow), self._w.streams.time_of
        histogram = entry.histogram
        before_ns = histogram.sum_ns
        first_ns = time_of(flow, first)
        histogram.add(now - first_ns)
        if n > 1:
            last_ns = time_of(flow, end - 1)
            histogram.add(now - last_ns)
            if n > 2 and whole and self._one_piece(flow, first_ns, last_ns):
                histogram.ramp(now - last_ns, now - first_ns, n - 2)
            else:
                for index in range(first + 1, end - 1):
                    histogram.add(now - time_of(flow, index))
        entry.delivered += n
        entry.sum_ns += histogram.sum_ns - before_ns

    @staticmethod
    def _one_piece(flow: Flow, first_ns: int, last_ns: int) -> bool:
        starts = flow.source.starts_ns
        return len(starts) == 1 or not any(first_ns < start <= last_ns for start in starts)

    def begin_at(self, flow: Flow) -> None:
        """The agent begins only now: earlier events never happen."""
        if self._closed:
            return
        first = max(flow.origin, flow.latency_first)
        end = max(first, flow.latency_end)
        self._of(flow).created += (end - first) - (flow.latency_end - flow.latency_first)
        flow.latency_first, flow.latency_end = first, end

    def unfinished(self, flow: Flow) -> None:
        """A closed stream ends with its event outstanding."""
        if self._from_ns <= flow.created_ns < self._until_ns:
            self._of(flow).created += 1

    def close(self) -> None:
        """The books are closed: whose latency counts is known, and only deliveries are added."""
        self._closed = True

    def censor(self, flow: Flow) -> None:
        """The run ends: note the age of the stream's youngest event that is open and whose latency counts."""
        created_ns = self._youngest_open_ns(flow)
        if created_ns is None:
            return
        entry = self._of(flow)
        age_ns = self._w.clock.ns - created_ns
        entry.censor_ns = min(entry.censor_ns, age_ns) if entry.censor_ns else age_ns

    def command_censor_ns(self) -> int:
        """The age of the youngest command that is not delivered and whose latency counts; 0 without one."""
        pending = self._w.board.pending.values()
        open_ns = [
            at_ns for waiting in pending for at_ns in waiting if self._from_ns <= at_ns < self._until_ns
        ]
        return self._w.clock.ns - max(open_ns) if open_ns else 0

    def _youngest_open_ns(self, flow: Flow) -> int | None:
        if not (flow.agent.started and flow.outbox.held):
            return None
        if flow.source.kind == ProcessKind.CLOSED:
            return flow.created_ns if self._from_ns <= flow.created_ns < self._until_ns else None
        ranges = [*flow.outbox.waiting, *(part for exchange in flow.live for part in exchange.ranges)]
        low, high = flow.latency_first, flow.latency_end
        last = max([min(end, high) - 1 for first, end in ranges if first < high and end > low], default=-1)
        return None if last < 0 else self._w.streams.time_of(flow, last)
