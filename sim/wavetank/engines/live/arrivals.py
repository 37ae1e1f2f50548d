"""The events of one stream of one agent: the simulator's own arrivals, as the real client takes them.

An event is its index: when it is created, and how large it is, is computed. Nothing is kept but ranges.
"""

from wavetank.engines.live.measure import Measure
from wavetank.policy.arrivals import Source, count, phase_ns_of, time_of
from wavetank.policy.codes import DropCause, Overflow, Purpose, Stream
from wavetank.policy.keyed import draw, key_of
from wavetank.policy.laws import FIXED_LAWS, sample
from wavetank.policy.rate_map import NEVER
from wavetank.policy.steady import MOST, carried_ns
from wavetank.protocol.agent_stream import AgentStream
from wavetank.protocol.outbox import Outbox, Range
from wavetank.protocol.stationary_start import Standing, past_key, past_of, standing
from wavetank.protocol.wire import Row, event_data
from wavetank.scenario.resolved import Batching, Resolved

SIZES = (1 << 27) - 1
"""Sizes are drawn by these bits of an index, as in the simulators."""


def shown(index: int) -> int:
    """The number that the server sees: an event's index, or for one carried in one beyond all indices."""
    return index if index >= 0 else MOST + index


def shown_ranges(ranges: tuple[Range, ...]) -> list[Range]:
    """The same of ranges."""
    parts = [part for first, end in ranges for part in ((first, min(0, end)), (max(0, first), end))]
    return [(shown(first), shown(first) + end - first) for first, end in parts if first < end]


class Arrivals:
    """Events as `protocol.agent_stream.Events`. Instants are of the machine's clock; `measure` knows when the
    run began. Events before index `origin` never happen; below 0 it says how many events are carried in.
    """

    def __init__(
        self, resolved: Resolved, index: int, class_index: int, stream: Stream, source: Source,
        measure: Measure,
    ) -> None:  # fmt: skip
        batching = resolved.batching[stream - Stream.STATELESS]
        capacity = batching.buffer_events if stream == Stream.STATELESS else 0
        self.outbox = Outbox(capacity, batching.overflow == Overflow.DROP_OLDEST)
        self.stream = stream
        self.index = index
        self.class_index = class_index
        self.origin = 0
        self.acknowledged: list[Range] = []
        self.given_up: list[Range] = []
        self._measure = measure
        self._source = source
        self._key = key_of(resolved.seed, index, stream, Purpose.PAGE_COUNT)
        self._size_key = key_of(resolved.seed, index, stream, Purpose.SIZE)
        self._empirical = resolved.empirical
        self._end_ns = resolved.duration_ns
        self._cursor = (0, 0)
        self._seed = resolved.seed
        self._past = past_of(source, batching, resolved.empirical)
        self._first_ns = -1

    # ---- when -------------------------------------------------------------------------------

    def created(self, until_ns: int) -> int:
        """How many events there are up to an instant of the run."""
        *cursor, events = count(self._source, self._key, *self._cursor, min(until_ns, self._end_ns - 1))
        self._cursor = (cursor[0], cursor[1])
        return events

    def time_of(self, index: int) -> int:
        """The instant of the run in which event `index` is created; NEVER when that is not within it."""
        if index < 0:
            return self._before(index)
        *cursor, at_ns = time_of(self._source, self._key, *self._cursor, index)
        self._cursor = (cursor[0], cursor[1])
        return at_ns if at_ns < self._end_ns else NEVER

    def created_ns(self, index: int) -> int:
        """When an event was created, by the machine's clock."""
        return self._measure.origin_ns + self.time_of(index)

    def _before(self, index: int) -> int:
        """When an event that was carried in was created, below 0."""
        if index == self.origin and self._first_ns >= 0:
            return -max(1, self._first_ns)
        key = past_key(self._seed, self.index, self.stream)
        return carried_ns(self._past.source, key, phase_ns_of(self._source, self._key), -index)

    def carry_in(self, resolved: Resolved) -> Standing:
        """The agent has run for long: hold what has gathered."""
        carried = Standing(0, 0, 0, -1)
        if self._past.gap_ns:
            phase_ns = phase_ns_of(self._source, self._key)
            carried = standing(resolved, self._past, self.index, self.stream, phase_ns, self.outbox.capacity)
        if carried.waiting:
            self.origin, self._first_ns = -carried.waiting, carried.first_ns
            self.outbox.restore([(self.origin, 0)], 0)
            self._measure.carried_in(self.stream, carried.waiting)
        return carried

    def begin_at(self, at_ns: int) -> None:
        """The agent begins only now: earlier events never happen."""
        self.origin = self.outbox.seen = self.created(at_ns - 1)

    def admit(self, now_ns: int) -> None:
        """Let in what was created up to now, by the machine's clock, and count what flows over."""
        over = self.outbox.admit(self.created(now_ns - self._measure.origin_ns))
        if over:
            self.dropped(over, DropCause.OVERFLOW)
        if self.outbox.held > self._measure.tally.outbox_max:
            self._measure.tally.outbox_max = self.outbox.held

    def look_ns(self, flow: AgentStream, before_ns: int) -> int:
        """When events that are still to come may make a batch due, if that is before `before_ns`, an
        instant at which the client looks anyway; else NEVER. By the machine's clock.
        """
        batching, outbox = flow.batching, self.outbox
        if batching is None or flow.unsent is not None:
            return NEVER
        if batching.max_in_flight and len(flow.live) >= batching.max_in_flight:
            return NEVER
        waiting = len(outbox)
        needed = self._enough(batching, flow.most_events, waiting) if waiting else 1
        if before_ns < NEVER:
            # Counting up to an instant is cheap; to find an event that is far ahead is not.
            until_ns = before_ns - self._measure.origin_ns
            if waiting + self.created(until_ns) - outbox.seen < needed:
                return NEVER
        elif not needed:
            return NEVER
        at_ns = self.time_of(outbox.nth(needed - 1))
        return at_ns if at_ns >= NEVER else self._measure.origin_ns + at_ns

    def _enough(self, batching: Batching, most_events: int, waiting: int) -> int:
        """How many waiting events make a batch that is full; 0 where there is no such rule."""
        rules = [n for n in (batching.count, most_events) if n > waiting]
        if batching.bytes:
            law = self._source.size
            fixed = law.kind in FIXED_LAWS
            rules.append(max(waiting + 1, -(-batching.bytes // max(1, law.low)) if fixed else 0))
        return min(rules, default=0)

    # ---- what -------------------------------------------------------------------------------

    def rows(self, first: int, end: int) -> list[Row]:
        """The events `first` to `end - 1`, in order."""
        return [(shown(index), event_data(self._text(index))) for index in range(first, end)]

    def _text(self, index: int) -> str:
        """Begins with the index, by which a stored event is known again; never shorter than that."""
        size_bytes = sample(self._source.size, draw(self._size_key, index & SIZES, 0), self._empirical)
        return f"{shown(index)} ".ljust(size_bytes, ".")

    # ---- what became of them ----------------------------------------------------------------

    def delivered(self, ranges: tuple[Range, ...]) -> None:
        """These were acknowledged."""
        if self._measure.delivered(self, ranges):
            self.acknowledged += shown_ranges(ranges)

    def dropped(self, ranges: tuple[Range, ...], cause: DropCause) -> None:
        """These were given up."""
        if self._measure.dropped(self, ranges, cause):
            self.given_up += shown_ranges(ranges)
