"""Counts of arrivals over time, in bins that widen as the log grows longer."""

import numpy as np

from wavetank.imports.records import Floats, Ints

MOST_BINS = 1 << 20  # 8 MiB of counts
FIRST_WIDTH_NS = 1_000_000  # 1 ms, as fine as logs write their times


class Counts:
    """Arrivals in bins of equal width: 1 ms at first, doubled whenever more than 2**20 bins were needed."""

    def __init__(self) -> None:
        self.total = 0
        self._width_ns = FIRST_WIDTH_NS
        self._first = 0
        self._cells: Ints = np.zeros(0, dtype=np.int64)
        self._least_s, self._most_s = np.inf, -np.inf

    def add(self, times_s: Floats, weights: Ints | None = None) -> None:
        """Count arrivals at these times, in any order."""
        self._least_s = min(self._least_s, float(times_s.min()))
        self._most_s = max(self._most_s, float(times_s.max()))
        # bins count from 1970, so they do not depend on the first event
        index = np.floor(times_s / self.width_s).astype(np.int64)
        low, high = int(index.min()), int(index.max())
        if len(self._cells):
            first, end = self._trim()
            self._cells, self._first = self._cells[first:end], self._first + first
            low, high = min(low, self._first), max(high, self._first + len(self._cells) - 1)
        while high - low >= MOST_BINS:
            self._halve()
            index, low, high = index >> 1, low >> 1, high >> 1
        self._reach(low, high)
        np.add.at(self._cells, index - self._first, 1 if weights is None else weights)
        self.total += len(times_s) if weights is None else int(weights.sum())

    def _halve(self) -> None:
        self._width_ns *= 2
        if len(self._cells):
            index = (np.arange(len(self._cells)) + self._first) >> 1
            self._first >>= 1
            self._cells = np.bincount(index - self._first, self._cells).astype(np.int64)

    def _reach(self, low: int, high: int) -> None:
        if not len(self._cells):
            self._first = low
        before, after = self._first - low, high + 1 - self._first - len(self._cells)
        if before > 0 or after > 0:
            self._cells = np.pad(self._cells, (max(before, 0), max(after, 0)))
            self._first = min(low, self._first)

    @property
    def width_s(self) -> float:
        """How wide a bin is."""
        return self._width_ns / 1e9

    @property
    def first_s(self) -> float:
        """When the first arrival was, in seconds since 1970."""
        return self._least_s

    @property
    def span_s(self) -> float:
        """From the first arrival to the last."""
        return max(0.0, self._most_s - self._least_s)

    @property
    def origin_s(self) -> float:
        """When the first bin of `cells` begins."""
        return (self._first + self._trim()[0]) * self.width_s

    def cells(self) -> Ints:
        """Return the counts from the first bin with an arrival to the last."""
        first, last = self._trim()
        return self._cells[first:last]

    def _trim(self) -> tuple[int, int]:
        some = np.flatnonzero(self._cells)
        return (int(some[0]), int(some[-1]) + 1) if len(some) else (0, 0)


def merged(cells: Ints, by: int) -> Ints:
    """Sum groups of `by` bins; what is left at the end is dropped."""
    whole = len(cells) // by * by
    sums: Ints = cells[:whole].reshape(-1, by).sum(axis=1)
    return sums
