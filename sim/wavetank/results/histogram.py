"""Histograms of nanoseconds: log-linear bins, exact integer weights, mergeable in any order.

Values below 128 have a bin each; above, an octave has 64 bins, so a bin's middle is within 1/128 of every
value in it. The layout is that of HdrHistogram (G. Tene, hdrhistogram.org) at 6 sub-bin bits.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

UNIT = 1 << 20
"""Weight of one observation: a ramp spreads this over many bins."""

BINS = (56 << 6) + 128
"""Number of bins: values up to 2**63 - 1 ns, about 292 years."""


def bin_of(value_ns: int) -> int:
    """Index of the bin that holds `value_ns` (0 <= value_ns < 2**63)."""
    if value_ns < 128:
        return value_ns
    octave = value_ns.bit_length() - 7
    return (octave << 6) + (value_ns >> octave)


def bin_bounds(index: int) -> tuple[int, int]:
    """First and last integer value of a bin, in ns."""
    if index < 128:
        return index, index
    octave = (index >> 6) - 1
    low = (index - (octave << 6)) << octave
    return low, low + (1 << octave) - 1


class Histogram:
    """Counts of durations in ns. `count`, `sum_ns` and `max_ns` are exact, quantiles within 1 %.

    Two histograms with the same observations are equal, whatever the order in which they came. A value
    below 0 or of 2**63 and more raises IndexError or ValueError.
    """

    __slots__ = ("_steps", "_weights", "count", "max_ns", "sum_ns")

    def __init__(self) -> None:
        self._weights = [0] * BINS
        # ramps: what the weight per bin rises or falls by from this bin on
        self._steps: list[int] | None = None
        self.count = 0
        self.sum_ns = 0
        self.max_ns = 0

    @classmethod
    def from_parts(
        cls, weights: list[int], steps: list[int], count: int, sum_ns: int, max_ns: int
    ) -> "Histogram":
        """A histogram that was filled elsewhere: BINS weights, BINS steps of ramps, and the exact figures."""
        made = cls()
        made._weights = weights
        made._steps = steps if any(steps) else None
        made.count, made.sum_ns, made.max_ns = count, sum_ns, max_ns
        return made

    def add(self, value_ns: int) -> None:
        """One observation."""
        if value_ns < 128:
            if value_ns < 0:
                raise ValueError(f"a duration of {value_ns} ns")
            self._weights[value_ns] += UNIT
        else:
            octave = value_ns.bit_length() - 7
            self._weights[(octave << 6) + (value_ns >> octave)] += UNIT
        self.count += 1
        self.sum_ns += value_ns
        if value_ns > self.max_ns:
            self.max_ns = value_ns

    def add_many(self, value_ns: int, n: int) -> None:
        """`n` observations of the same value."""
        if n <= 0:
            return
        if value_ns < 0:
            raise ValueError(f"a duration of {value_ns} ns")
        self._weights[bin_of(value_ns)] += n * UNIT
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
            self._weights[last] += n * UNIT
        else:
            self._spread(low_ns, high_ns, n * UNIT, first, last)
        self.count += n
        self.sum_ns += n * (low_ns + high_ns) // 2
        if high_ns > self.max_ns:
            self.max_ns = high_ns

    def _spread(self, low_ns: int, high_ns: int, total: int, first: int, last: int) -> None:
        if low_ns < 0 or high_ns < low_ns:
            raise ValueError(f"a ramp from {low_ns} to {high_ns} ns")
        steps = self._steps
        if steps is None:
            steps = self._steps = [0] * BINS
        width = high_ns - low_ns + 1
        octave = (first >> 6) - 1 if first >= 128 else 0
        part = total * (((low_ns >> octave) + 1 << octave) - low_ns) // width
        self._weights[first] += part
        left = total - part
        at, level = first + 1, 0
        while at < last:
            start = (octave << 6) + 128
            if at == start:
                octave += 1
                start += 64
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
        self._weights = [a + b for a, b in zip(self._weights, other._weights, strict=True)]
        if other._steps is not None:
            mine = self._steps or [0] * BINS
            self._steps = [a + b for a, b in zip(mine, other._steps, strict=True)]
        self.count += other.count
        self.sum_ns += other.sum_ns
        self.max_ns = max(self.max_ns, other.max_ns)

    def filled(self) -> Iterator[tuple[int, int]]:
        """The bins that hold something, in order: (bin, weight in UNITs of an observation)."""
        level = 0
        steps = self._steps or [0] * BINS
        for index, (weight, step) in enumerate(zip(self._weights, steps, strict=True)):
            level += step
            if weight + level:
                yield index, weight + level

    def quantile(self, q: float, extra_infinite: int = 0) -> float | None:
        """The q-quantile (0 <= q <= 1) in ns, as if `extra_infinite` more observations were infinite.

        The middle of the bin in which the cumulated weight reaches q of all, never above the maximum;
        None where that is infinite, or where there is no observation at all.
        """
        target = max(1, round(q * (self.count + extra_infinite) * UNIT))
        if target > self.count * UNIT:
            return None
        reached = 0
        for index, weight in self.filled():
            reached += weight
            if reached >= target:
                low, high = bin_bounds(index)
                return min((low + high) / 2, float(self.max_ns))
        return float(self.max_ns)

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
