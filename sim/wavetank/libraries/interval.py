"""A figure with the uncertainty of what it was made from: low, middle, high."""

from typing import NamedTuple


class Interval(NamedTuple):
    """`low` <= `mid` <= `high`, none of them negative."""

    low: float
    mid: float
    high: float

    def plus(self, other: "Interval") -> "Interval":
        """The sum; the ends of both fall together, which is the widest that it can be."""
        return Interval(self.low + other.low, self.mid + other.mid, self.high + other.high)

    def less(self, other: "Interval") -> "Interval":
        """The difference, not below nought, as wide as it can be."""
        low, mid, high = self.low - other.high, self.mid - other.mid, self.high - other.low
        return Interval(max(0.0, low), max(0.0, mid), max(0.0, high))

    def times(self, factor: float) -> "Interval":
        """The multiple by a factor that is not negative."""
        return Interval(self.low * factor, self.mid * factor, self.high * factor)

    def overlaps(self, other: "Interval") -> bool:
        """Whether the two could be equal."""
        return self.low <= other.high and other.low <= self.high


NOTHING = Interval(0.0, 0.0, 0.0)


def exactly(value: float) -> Interval:
    """A figure without uncertainty."""
    return Interval(value, value, value)


def total(parts: "list[Interval]") -> Interval:
    """The sum of several."""
    summed = NOTHING
    for part in parts:
        summed = summed.plus(part)
    return summed
