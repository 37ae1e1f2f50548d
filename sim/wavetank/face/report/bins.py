"""The series of a result as the points of a chart: one per flush period, so that nothing aliases."""

from collections.abc import Sequence
from typing import NamedTuple

from wavetank.results.result import FLOWS, Result

LEVELS = ("queue_length", "connections", "backlog")
PER_POINT = 10
"""Bins of the series that make a point: those of one backlog sample."""
MOST_POINTS = 400


class Points(NamedTuple):
    """Times in s (where a point's bins begin, and last where they end) and values."""

    times_s: list[float]
    values: list[float]


def end_s(result: Result) -> float:
    """When the run ended, to a bin."""
    starts = result.columns["t_s"]
    return starts[-1] + _bin_s(result) if starts else 1.0


def points(result: Result, series: str) -> Points:
    """Flows and events produced per second, the utilisation in percent, levels at their highest."""
    columns, bin_s = result.columns, _bin_s(result)
    values = _per_bin(columns["produced"]) if series == "produced" else columns[series]
    many = max(PER_POINT, -(-len(values) // MOST_POINTS))
    groups = [values[start : start + many] for start in range(0, len(values), many)]
    level = series in LEVELS
    if not level and len(groups) > 1 and len(groups[-1]) < many:
        groups.pop()  # too short a time to tell a rate from
    told = [_told(series, group, bin_s) for group in groups]
    times = [columns["t_s"][index * many] for index in range(len(groups))]
    if not told:
        return Points([], [])
    last = values[-1] if level else told[-1]
    return Points([*times, min(times[-1] + many * bin_s, end_s(result))], [*told, last])


def _per_bin(so_far: Sequence[float]) -> list[float]:
    return [now - before for before, now in zip([0, *so_far], so_far, strict=False)]


def _told(series: str, group: Sequence[float], bin_s: float) -> float:
    if series in LEVELS:
        return max(group)
    if series in FLOWS or series == "produced":
        return sum(group) / (len(group) * bin_s)
    return 100 * sum(group) / len(group)


def _bin_s(result: Result) -> float:
    starts = result.columns["t_s"]
    return starts[1] - starts[0] if len(starts) > 1 else 1.0
