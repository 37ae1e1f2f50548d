"""Bounded memory of a path: means and maxima over the last steps, blocks that grow coarser.

Means are exact over a step, and blocks of older steps are merged in pairs. So a run of any length needs
the same memory (docs/model.md#signals and #statements).
"""

from collections import deque
from typing import NamedTuple


class RollingMean:
    """The mean of the last `size` values."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: deque[float] = deque()

    def add(self, value: float) -> float:
        """Take the next value and return the mean of the last ones."""
        self._values.append(value)
        if len(self._values) > self._size:
            self._values.popleft()
        # summed anew each time: a running sum would carry rounding errors of values long gone
        return sum(self._values) / len(self._values)


class RollingMax:
    """The greatest of the last `size` values, in O(1) on average (a queue of falling values)."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._falling: deque[tuple[int, float]] = deque()
        self._count = 0

    def add(self, value: float) -> float:
        """Take the next value and return the greatest of the last ones."""
        while self._falling and self._falling[-1][1] <= value:
            self._falling.pop()
        self._falling.append((self._count, value))
        self._count += 1
        if self._falling[0][0] < self._count - self._size:
            self._falling.popleft()
        return self._falling[0][1]


MOST_BLOCKS = 64
"""So many blocks are kept; then they are merged in pairs. Half of them still tell a trend from noise."""


class Blocks:
    """Means of a vector over blocks of `size` steps: at most 64, then merged in pairs to twice the size."""

    def __init__(self, size: int, width: int) -> None:
        self.size = size
        self.means: list[tuple[float, ...]] = []
        self._width = width
        self._sums = [0.0] * width
        self._count = 0

    def add(self, values: tuple[float, ...]) -> None:
        """Take the vector of one step."""
        for index, value in enumerate(values):
            self._sums[index] += value
        self._count += 1
        if self._count == self.size:
            self.means.append(tuple(total / self.size for total in self._sums))
            self._sums, self._count = [0.0] * self._width, 0
            if len(self.means) > MOST_BLOCKS:
                self._merge()

    def _merge(self) -> None:
        *pairs, odd = self.means
        self.means = [
            tuple((a + b) / 2 for a, b in zip(first, other, strict=True))
            for first, other in zip(pairs[::2], pairs[1::2], strict=True)
        ]
        # the odd one is the first half of the next block
        self._sums, self._count = [value * self.size for value in odd], self.size
        self.size *= 2

    def second_half(self) -> list[tuple[float, ...]]:
        """Return the later half of the blocks."""
        return self.means[len(self.means) // 2 :]


class Trend(NamedTuple):
    """How a series of block means goes: its first and last third's mean, and the Mann-Kendall z of all.

    Mann, "Nonparametric tests against trend", Econometrica 13 (1945): z counts the pairs that rise less those
    that fall, in standard deviations of the same count for values in random order.
    """

    first: float
    last: float
    z: float


def trend(values: list[float]) -> Trend:
    """Return how a series goes; at least one value."""
    third = max(1, len(values) // 3)
    n = len(values)
    rises = sum((values[j] > values[i]) - (values[j] < values[i]) for i in range(n) for j in range(i + 1, n))
    variance = n * (n - 1) * (2 * n + 5) / 18
    z = (rises - (rises > 0) + (rises < 0)) / variance**0.5 if variance else 0.0
    return Trend(sum(values[:third]) / third, sum(values[-third:]) / third, z)
