"""The series of a result as the points of a chart: one per flush period, so that nothing aliases.

Where a fault begins, a point begins, too: no effect is drawn before its cause.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from wavetank.results.result import FLOWS, Result

LEVELS = ("queue_length", "connections", "backlog")
PER_POINT = 10
"""Bins of the series that make a point: those of one backlog sample."""
MOST_POINTS = 400
"""A chart of the report is some 700 px wide: more points than every other pixel show nothing."""


class Points(NamedTuple):
    """Times in s (where a point's bins begin, and last where they end) and values."""

    times_s: list[float]
    values: list[float]


def end_s(result: Result) -> float:
    """When the run ended, to a bin."""
    starts = result.columns["t_s"]
    return starts[-1] + bin_s(result) if starts else 1.0


def points(result: Result, series: str) -> Points:
    """Flows and events produced per second, the utilisation in percent, levels at their highest."""
    columns, width_s = result.columns, bin_s(result)
    values = _per_bin(columns["produced"]) if series == "produced" else columns[series]
    many = max(PER_POINT, -(-len(values) // MOST_POINTS))
    faults = {int(span.begin_s / width_s + 1e-6) for span in result.faults}
    spans = list(_spans(len(values), many, faults))
    level = series in LEVELS
    if not level and len(spans) > 1 and len(spans[-1]) < many:
        spans.pop()  # too short a time to tell a rate from
    if not spans:
        return Points([], [])
    told = [_told(series, values[span.start : span.stop], width_s) for span in spans]
    times = [columns["t_s"][span.start] for span in spans]
    last = values[-1] if level else told[-1]
    return Points([*times, min(spans[-1].stop * width_s, end_s(result))], [*told, last])


def at(curve: Points, instant_s: float) -> float:
    """Return the value at an instant: that of the last point that begins before it."""
    return until(curve, instant_s)[-1]


def until(curve: Points, end_s: float) -> list[float]:
    """Return the values of the points that begin before an instant; of the first one at least."""
    return curve.values[: max(1, bisect_left(curve.times_s, end_s))]


def _spans(bins: int, many: int, faults: Iterable[int]) -> Iterator[range]:
    """The bins of each point: `many`, but anew from each fault on; a short rest goes to the one before."""
    starts = [0, *sorted(bin_ for bin_ in set(faults) if 0 < bin_ < bins), bins]
    for begin, end in pairwise(starts):
        cuts = list(range(begin, end, many))
        if end < bins and len(cuts) > 1 and 2 * (end - cuts[-1]) < many:
            cuts.pop()
        yield from (range(*pair) for pair in pairwise([*cuts, end]))


def _per_bin(so_far: Sequence[float]) -> list[float]:
    return [now - before for before, now in zip([0, *so_far], so_far, strict=False)]


def _told(series: str, group: Sequence[float], width_s: float) -> float:
    if series in LEVELS:
        return max(group)
    if series in FLOWS or series == "produced":
        return sum(group) / (len(group) * width_s)
    return 100 * sum(group) / len(group)


def bin_s(result: Result) -> float:
    """Width of a bin of the series in s."""
    starts = result.columns["t_s"]
    return starts[1] - starts[0] if len(starts) > 1 else 1.0
