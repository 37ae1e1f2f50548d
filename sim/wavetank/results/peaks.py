"""The busiest second of a run: what is counted in whole seconds [k, k + 1) s, and the most of each.

Seconds count from the one in which the warm-up ends. Peaks of sums are counted by themselves: the busiest
second of all requests need not be the busiest of any endpoint.
"""

from collections.abc import Sequence

from wavetank.policy.codes import Stream
from wavetank.units import SECOND as SECOND_NS

REQUESTS = 0
"""Attempts begun: the first of one place per `Stream`."""
FULL, RESUMED, CONNECTS, EVENTS = range(len(Stream), len(Stream) + 4)
"""Places after those: handshakes of both kinds, connections begun, events acknowledged."""
PLACES = EVENTS + 1
"""Counters of one second."""
ALL_REQUESTS, ALL_HANDSHAKES = PLACES, PLACES + 1
"""Peaks of sums: the busiest second of all requests need not be that of any endpoint."""
PEAKS = ALL_HANDSHAKES + 1
"""How many peaks there are: one per place, then the sums."""


def with_sums(second: Sequence[int]) -> list[int]:
    """Return the counts of one second, followed by the sums that have a peak of their own."""
    return [*second, sum(second[: len(Stream)]), second[FULL] + second[RESUMED]]


class Peaks:
    """Counts events in the order of time, and keeps the greatest count of any whole second.

    `most` holds the peaks from the second of `warmup_ns` on. The second under way is not among them until
    `close` is called.
    """

    def __init__(self, warmup_ns: int) -> None:
        self.most = [0] * PEAKS
        self._first = warmup_ns // SECOND_NS
        self._second = 0
        self._counts = [0] * PLACES

    def count(self, at_ns: int, place: int, n: int) -> None:
        """Count `n` more in the second of `at_ns`, which is not before any that was counted."""
        second = at_ns // SECOND_NS
        if second != self._second:
            self.close()
            self._second = second
        self._counts[place] += n

    def close(self) -> None:
        """Take in the second under way, and begin another one."""
        if self._second >= self._first:
            self.most = list(map(max, self.most, with_sums(self._counts)))
        self._counts = [0] * PLACES


__all__ = [
    "ALL_HANDSHAKES",
    "ALL_REQUESTS",
    "CONNECTS",
    "EVENTS",
    "FULL",
    "PEAKS",
    "PLACES",
    "REQUESTS",
    "RESUMED",
    "Peaks",
    "with_sums",
]
