"""The median of a few runs, some of which have no value because it had not happened when they ended."""

from collections.abc import Sequence
from math import comb, inf
from typing import NamedTuple

CONFIDENCE = 0.95


class Median(NamedTuple):
    """The median of all runs and what goes with it, in the unit of the values; None: beyond what was seen.

    Attributes
    ----------
    value : float or None
        The median; None where half of the runs or more have no value.
    low, high : float or None
        Its 95 % interval by order statistics; both None below 6 runs, `high` alone where it has no end.
    least, most : float or None
        Range of the values that there are.
    """

    value: float | None
    low: float | None
    high: float | None
    least: float | None
    most: float | None


def interval_ranks(n: int, confidence: float = CONFIDENCE) -> tuple[int, int] | None:
    """Return the ranks (from 1) of the order statistics of `n` values that enclose the median.

    The interval from the k-th least to the k-th greatest covers the median with probability
    P(k <= Bin(n, 1/2) <= n - k) (David and Nagaraja, Order Statistics, 3rd edition, 7.1); k is the greatest
    for which that is at least `confidence`. None where not even the whole range covers it: below 6 values.

    Examples
    --------
    >>> interval_ranks(8), interval_ranks(5)
    ((1, 8), None)
    """
    best = None
    for k in range(1, n // 2 + 1):
        if sum(comb(n, j) for j in range(k, n - k + 1)) / 2**n < confidence:
            break
        best = k, n + 1 - k
    return best


def median_of(values: Sequence[float | None]) -> Median:
    """Return the median of values of which None is greater than any other; at least one value."""
    ordered = sorted(inf if value is None else value for value in values)
    n = len(ordered)
    middle = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    ranks = interval_ranks(n)
    low, high = (ordered[ranks[0] - 1], ordered[ranks[1] - 1]) if ranks else (None, None)
    known = [value for value in ordered if value != inf]
    return Median(
        _finite(middle),
        _finite(low),
        _finite(high),
        known[0] if known else None,
        known[-1] if known else None,
    )


def _finite(value: float | None) -> float | None:
    return None if value is None or value == inf else value
