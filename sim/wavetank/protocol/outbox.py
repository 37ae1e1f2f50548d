"""The outbox of one stream: which of its events wait, which are in flight, which were given up.

Events are the indices 0, 1, 2, ... of the stream; the outbox holds ranges of them, never the events. What
is in flight keeps its place until it is acknowledged or given up, so a slow server fills the buffer. Rules:
docs/model.md#buffer, #overflow and #flush.
"""

from collections.abc import Iterable

Range = tuple[int, int]
Mark = tuple[int, int, tuple[Range, ...]]


class Outbox:
    """A bounded queue of event indices; what is in flight still takes its place (until acknowledged).

    `seen` is the number of events looked at so far; `waiting` the ranges [first, end) not in flight, in
    order; `held` how many events are kept in all, in flight included.
    """

    __slots__ = ("capacity", "drop_oldest", "held", "seen", "waiting")

    def __init__(self, capacity: int, drop_oldest: bool, seen: int = 0) -> None:
        """`capacity` in events, 0 for no limit; events before index `seen` never enter."""
        self.capacity = capacity
        self.drop_oldest = drop_oldest
        self.seen = seen
        self.held = 0
        self.waiting: list[Range] = []

    def restore(self, ranges: Iterable[Range], seen: int) -> None:
        """Hold what was kept from before: `ranges` wait, and `seen` events had been looked at."""
        self.seen = seen
        self.waiting = list(ranges)
        self.held = len(self)

    def mark(self) -> Mark:
        """Return a mark, with which `undo` takes back everything from here on."""
        return self.seen, self.held, tuple(self.waiting)

    def undo(self, mark: Mark) -> None:
        """Back to the mark: what was admitted since could not be kept."""
        self.seen, self.held, waiting = mark
        self.waiting = list(waiting)

    def admit(self, created: int) -> tuple[Range, ...]:
        """Let in what was created up to index `created`; returns the ranges that overflowed."""
        first = self.seen
        if created <= first:
            return ()
        self.seen = created
        room = created - first
        if self.capacity and self.held + room > self.capacity:
            return self._overflow(first, created)
        self._append(first, created)
        self.held += room
        return ()

    def _append(self, first: int, end: int) -> None:
        if first == end:
            return
        waiting = self.waiting
        if waiting and waiting[-1][1] == first:
            waiting[-1] = (waiting[-1][0], end)
        else:
            waiting.append((first, end))

    def _overflow(self, first: int, created: int) -> tuple[Range, ...]:
        excess = self.held + created - first - self.capacity
        self.held = self.capacity
        if not self.drop_oldest:
            self._append(first, created - excess)
            return ((created - excess, created),)
        self._append(first, created)
        return self._remove(excess)

    def _remove(self, events: int) -> tuple[Range, ...]:
        taken: list[Range] = []
        while events > 0:
            first, end = self.waiting[0]
            if end - first <= events:
                taken.append(self.waiting.pop(0))
            else:
                taken.append((first, first + events))
                self.waiting[0] = (first + events, end)
            events -= taken[-1][1] - taken[-1][0]
        return tuple(taken)

    def __len__(self) -> int:
        """How many events wait, those in flight not counted."""
        return sum(end - first for first, end in self.waiting)

    def oldest(self) -> int:
        """Index of the oldest waiting event, or the one that will be created next."""
        return self.waiting[0][0] if self.waiting else self.seen

    def nth(self, n: int) -> int:
        """Index of the n-th waiting event from 0, counting on into those not yet created."""
        for first, end in self.waiting:
            if n < end - first:
                return first + n
            n -= end - first
        return self.seen + n

    def take(self, events: int) -> tuple[Range, ...]:
        """Take at most `events` of the oldest into flight."""
        if len(self.waiting) == 1:
            first, end = self.waiting[0]
            if end - first <= events:
                self.waiting.clear()
                return ((first, end),)
        return self._remove(min(events, len(self)))

    def release(self, events: int) -> None:
        """`events` in flight were acknowledged or given up: their places are free."""
        self.held -= events

    def give_back(self, ranges: tuple[Range, ...]) -> None:
        """Let ranges that were in flight wait again, in front."""
        self.waiting[:0] = list(ranges)


def ranges_of(indices: Iterable[int]) -> list[Range]:
    """Ascending indices as ranges."""
    ranges: list[Range] = []
    for index in indices:
        if ranges and ranges[-1][1] == index:
            ranges[-1] = (ranges[-1][0], index + 1)
        else:
            ranges.append((index, index + 1))
    return ranges
