"""Histograms of nanoseconds: log-linear bins, exact integer weights, mergeable in any order.

Values below 2,048 have a bin each. Above, an octave has 1,024 bins, so a bin is at most 0.1 % wide. The
layout is that of HdrHistogram (G. Tene, hdrhistogram.org) at 10 sub-bin bits.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from operator import add
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

    Array = NDArray[int64]

SUB_BITS = 10
"""An octave has 2**SUB_BITS bins: 1/1,024 is the widest bin, relative to its values."""

EXACT = 2 << SUB_BITS
"""Values below this have a bin each."""

UNIT = 1 << 24
"""Weight of one observation: a ramp spreads this over many bins.

Each bin of a ramp is rounded down by less than 1, and at most 55 x 1,024 bins make up less than 0.4 % of one
observation. A bin of 63 bits still holds 5 x 10^11 observations.
"""

MOST_IN_ARRAY = 1 << 38
"""Up to so many observations the weights add up to less than 2**63, so an array of 64 bits can hold them."""

BINS = (63 - SUB_BITS - 1 << SUB_BITS) + EXACT
"""Number of bins: values up to 2**63 - 1 ns, about 292 years."""


def bin_of(value_ns: int) -> int:
    """Index of the bin that holds `value_ns` (0 <= value_ns < 2**63)."""
    if value_ns < EXACT:
        return value_ns
    octave = value_ns.bit_length() - SUB_BITS - 1
    return (octave << SUB_BITS) + (value_ns >> octave)


def bin_bounds(index: int) -> tuple[int, int]:
    """First and last integer value of a bin, in ns."""
    if index < EXACT:
        return index, index
    octave = (index >> SUB_BITS) - 1
    low = (index - (octave << SUB_BITS)) << octave
    return low, low + (1 << octave) - 1


def _grow(bins: list[int], index: int) -> None:
    """Make room for all bins up to `index`. IndexError if there is no such bin."""
    if index >= BINS:
        raise IndexError(f"no bin {index}")
    bins += [0] * (index + 1 - len(bins))


def _add_up(bins: list[int], others: Sequence[int]) -> None:
    """Add to the first bins, in place."""
    if not bins:
        bins += others
        return
    _grow(bins, len(others) - 1)
    bins[: len(others)] = map(add, bins, others)


def _sum_of(first: "Array | None", other: "Array | None") -> "Array | None":
    """Two arrays of weights added; a new array where both are there."""
    if first is None or other is None:
        return other if first is None else first
    longer, shorter = (first, other) if len(first) >= len(other) else (other, first)
    total = longer.copy()
    total[: len(shorter)] += shorter
    return total


class Histogram:
    """Counts of durations in ns. `count`, `sum_ns` and `max_ns` are exact, quantiles within 0.1 %.

    Two histograms with the same observations in any order are equal. A value
    below 0 or of 2**63 and more raises IndexError or ValueError.
    """

    __slots__ = ("_array", "_counts", "_steps", "_weights", "count", "max_ns", "sum_ns")

    def __init__(self) -> None:
        # lists reach up to the greatest bin in use: all bins take 0.4 MB
        # single observations, apart from the weights because small integers are the fastest
        self._counts: list[int] = []
        # of ramps, in UNITs of an observation
        self._weights: list[int] = []
        # of ramps: what the weight per bin rises or falls by from this bin on
        self._steps: list[int] = []
        # weights that came from elsewhere, never changed in place: merging them is much faster than of lists
        self._array: Array | None = None
        self.count = 0
        self.sum_ns = 0
        self.max_ns = 0

    @classmethod
    def from_parts(cls, weights: "Array", count: int, sum_ns: int, max_ns: int) -> "Histogram":
        """Take over a histogram that was filled elsewhere.

        Parameters
        ----------
        weights
            The weight of each bin in UNITs of an observation, from the first up to any bin that holds
            `max_ns` or more: int64, which nobody changes any more.
        count, sum_ns, max_ns
            The exact figures.
        """
        made = cls()
        made._array = weights
        made.count, made.sum_ns, made.max_ns = count, sum_ns, max_ns
        return made

    def add(self, value_ns: int) -> None:
        """Count one observation."""
        # the formula of `bin_of` with its constants written out: no other line runs as often
        if value_ns < 2048:
            if value_ns < 0:
                raise ValueError(f"a duration of {value_ns} ns")
            index = value_ns
        else:
            octave = value_ns.bit_length() - 11
            index = (octave << 10) + (value_ns >> octave)
        try:
            self._counts[index] += 1
        except IndexError:
            _grow(self._counts, index)
            self._counts[index] += 1
        self.count += 1
        self.sum_ns += value_ns
        if value_ns > self.max_ns:
            self.max_ns = value_ns

    def add_many(self, value_ns: int, n: int) -> None:
        """Count `n` observations of the same value."""
        if n <= 0:
            return
        if value_ns < 0:
            raise ValueError(f"a duration of {value_ns} ns")
        index = bin_of(value_ns)
        _grow(self._counts, index)
        self._counts[index] += n
        self.count += n
        self.sum_ns += n * value_ns
        if value_ns > self.max_ns:
            self.max_ns = value_ns

    def ramp(self, low_ns: int, high_ns: int, n: int) -> None:
        """`n` observations spread evenly over the integers low_ns..high_ns (low_ns <= high_ns).

        Every whole bin of an octave gets the same integer weight, rounded down; the last bin gets what is
        left, so the total is exactly n * UNIT. The sum grows by n * (low + high) // 2. O(octaves).
        """
        if n <= 0:
            return
        first, last = bin_of(low_ns), bin_of(high_ns)
        if first == last:
            _grow(self._counts, last)
            self._counts[last] += n
        else:
            self._spread(low_ns, high_ns, n * UNIT, first, last)
        self.count += n
        self.sum_ns += n * (low_ns + high_ns) // 2
        if high_ns > self.max_ns:
            self.max_ns = high_ns

    def _spread(self, low_ns: int, high_ns: int, total: int, first: int, last: int) -> None:
        if low_ns < 0 or high_ns < low_ns:
            raise ValueError(f"a ramp from {low_ns} to {high_ns} ns")
        _grow(self._weights, last)
        steps = self._steps
        _grow(steps, last)
        width = high_ns - low_ns + 1
        octave = (first >> SUB_BITS) - 1 if first >= EXACT else 0
        part = total * (((low_ns >> octave) + 1 << octave) - low_ns) // width
        self._weights[first] += part
        left = total - part
        at, level = first + 1, 0
        while at < last:
            start = (octave << SUB_BITS) + EXACT
            if at == start:
                octave += 1
                start += 1 << SUB_BITS
            weight = (total << octave) // width
            steps[at] += weight - level
            level = weight
            until = start if start < last else last
            left -= weight * (until - at)
            at = until
        steps[last] -= level
        self._weights[last] += left

    def merge(self, other: "Histogram") -> None:
        """Add all observations of `other` to this one."""
        _add_up(self._counts, other._counts)
        _add_up(self._weights, other._weights)
        _add_up(self._steps, other._steps)
        if self.count + other.count < MOST_IN_ARRAY:
            self._array = _sum_of(self._array, other._array)
        else:
            self._weights = list(self._levels_of_weights())
            _add_up(self._weights, other._levels_of_array())
            self._array = None
        self.count += other.count
        self.sum_ns += other.sum_ns
        self.max_ns = max(self.max_ns, other.max_ns)

    def _levels(self) -> Sequence[int]:
        """The weight of each bin in UNITs of an observation."""
        levels = [UNIT * count for count in self._counts]
        _add_up(levels, self._levels_of_weights())
        _add_up(levels, list(accumulate(self._steps)))
        return levels

    def _levels_of_weights(self) -> Sequence[int]:
        levels = list(self._weights)
        _add_up(levels, self._levels_of_array())
        return levels

    def _levels_of_array(self) -> Sequence[int]:
        return [] if self._array is None else self._array.tolist()

    @property
    def _only_array(self) -> "Array | None":
        """The array of weights, where it is all there is."""
        return None if self._counts or self._weights or self._steps else self._array

    def filled(self) -> Iterator[tuple[int, int]]:
        """The bins that hold something, in order: (bin, weight in UNITs of an observation)."""
        array = self._only_array
        if array is not None:
            (bins,) = array.nonzero()
            return zip(bins.tolist(), array[bins].tolist(), strict=True)
        return ((index, weight) for index, weight in enumerate(self._levels()) if weight)

    def quantile(self, q: float, extra_infinite: int = 0) -> float | None:
        """The q-quantile (0 <= q <= 1) in ns, as if `extra_infinite` more observations were infinite.

        Where the cumulated weight reaches q of all: the observations of a bin are taken to lie evenly in it.
        Never above the maximum. None where that is infinite, or where there is no observation at all.
        """
        return self.quantiles((q,), extra_infinite)[0]

    def quantiles(self, several: Sequence[float], extra_infinite: int = 0) -> list[float | None]:
        """As `quantile`, for several at once: the bins are read a single time."""
        array = self._only_array
        reached = list(accumulate(self._levels())) if array is None else array.cumsum()
        count = self.count + extra_infinite
        return [self._quantile(max(1, round(q * count * UNIT)), reached) for q in several]

    def _quantile(self, target: int, reached: "Sequence[int] | Array") -> float | None:
        """Find where the weight comes to `target`; `reached` is the weight up to the end of each bin."""
        if target > self.count * UNIT:
            return None
        index = bisect_left(reached, target)
        before = int(reached[index - 1]) if index else 0
        weight = int(reached[index]) - before
        # the k-th of n in a bin is in the middle of the k-th of n parts; a ramp has no such parts
        inside = max(0, target - before - UNIT // 2) if weight >= UNIT else target - before
        low, high = bin_bounds(index)
        return min(low + (high - low) * inside / weight, float(self.max_ns))

    def mean(self) -> float | None:
        """The mean in ns; None without observations."""
        return self.sum_ns / self.count if self.count else None

    def to_plain(self) -> dict[str, Any]:
        """Plain ints and lists: count, sum_ns, max_ns, the filled bins and their weights."""
        filled = list(self.filled())
        return {
            "count": self.count,
            "sum_ns": self.sum_ns,
            "max_ns": self.max_ns,
            "bins": [index for index, _ in filled],
            "weights": [weight for _, weight in filled],
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Histogram":
        """The histogram that `to_plain` wrote. KeyError, IndexError or ValueError where it did not."""
        made = cls()
        bins: Sequence[int] = plain["bins"]
        _grow(made._weights, max(bins, default=-1))
        for index, weight in zip(bins, plain["weights"], strict=True):
            made._weights[index] += int(weight)
        made.count = int(plain["count"])
        made.sum_ns = int(plain["sum_ns"])
        made.max_ns = int(plain["max_ns"])
        if sum(made._weights) != made.count * UNIT:
            raise ValueError("the weights do not add up to the count")
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self.to_plain() == other.to_plain()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Histogram(count={self.count}, sum_ns={self.sum_ns}, max_ns={self.max_ns})"
