"""Events kept in memory: for clients that may lose them, and for tests.

It keeps the same promises as the outbox on disk but for one: what it holds ends with the process. Sequences
count from 0 in the order of acceptance; a full buffer gives up what the outbox says.
"""

from wavetank.policy.codes import DropCause
from wavetank.protocol.outbox import Outbox, Range
from wavetank.protocol.wire import Row, event_data


class MemoryEvents:
    """The events of one stream; `capacity` 0 means no limit."""

    def __init__(self, capacity: int = 0, drop_oldest: bool = False) -> None:
        self.outbox = Outbox(capacity, drop_oldest)
        self.drops = dict.fromkeys(DropCause, 0)
        self.acknowledged = 0
        self._kept: dict[int, tuple[int, str]] = {}

    def put(self, text: str, now_ns: int) -> int:
        """Accept an event; returns its sequence."""
        sequence = self.outbox.seen
        self._kept[sequence] = (now_ns, event_data(text))
        self._forget(self.outbox.admit(sequence + 1), DropCause.OVERFLOW)
        return sequence

    def created_ns(self, index: int) -> int:
        """When an event was accepted."""
        return self._kept[index][0]

    def rows(self, first: int, end: int) -> list[Row]:
        """The events `first` to `end - 1`, in order."""
        return [(index, self._kept[index][1]) for index in range(first, end)]

    def delivered(self, ranges: tuple[Range, ...]) -> None:
        """These were acknowledged."""
        self.acknowledged += self._forget(ranges, None)

    def dropped(self, ranges: tuple[Range, ...], cause: DropCause) -> None:
        """These were given up."""
        self._forget(ranges, cause)

    def _forget(self, ranges: tuple[Range, ...], cause: DropCause | None) -> int:
        gone = [self._kept.pop(index) for first, end in ranges for index in range(first, end)]
        if cause is not None:
            self.drops[cause] += len(gone)
        return len(gone)
