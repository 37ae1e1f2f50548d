"""The median of a few runs, some of which have no value because it had not happened when they ended.

A run that never got there counts as later than all others, so the median exists once more than half got
there (docs/model.md#replications).
"""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from wavetank.results.intervals import order_statistic_interval

LEAST_VALUES = 6
"""Of fewer values not even the whole range covers the median with 95 %."""


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


def median_of(values: Sequence[float | None]) -> Median:
    """Return the median of values of which None is greater than any other; at least one value."""
    ordered = sorted(inf if value is None else value for value in values)
    n = len(ordered)
    middle = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    low, high = order_statistic_interval(ordered) if n >= LEAST_VALUES else (None, None)
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
