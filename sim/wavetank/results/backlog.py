"""Backlog and throughput of a run as samples, one per flush period, on which a verdict stands.

A sample is the mean over its period at the resolution of the bins: a fleet that flushes in step has a
saw-tooth backlog, of which single points would show anything.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from wavetank.results.tally import Series


class Samples(NamedTuple):
    """One value per flush period: mean backlog in events, and events produced, delivered, dropped in it."""

    backlog: list[float]
    produced: list[float]
    delivered: list[int]
    dropped: list[int]


def produced_at_bins(
    produced: Sequence[int], sample_bins: int, bins: int, carried_in: int = 0
) -> list[float]:
    """Cumulative events produced at the end of each bin, linear between the ends of periods.

    The first period begins with the events that were carried in.

    `produced[j]` is the number at the end of bin (j + 1) * sample_bins - 1, or of the last bin if that comes
    first. Bins after the last known end carry its value on.
    """
    at_bins: list[float] = []
    before = carried_in
    for value in produced:
        width = min(sample_bins, bins - len(at_bins))
        at_bins.extend(before + (value - before) * (k + 1) / width for k in range(width))
        before = value
    at_bins.extend([float(before)] * (bins - len(at_bins)))
    return at_bins


def backlog_at_bins(series: Series, sample_bins: int) -> list[float]:
    """produced - delivered - dropped at the end of each bin, in events; at least 0.

    Inside a period `produced` is a straight line, which deliveries may be ahead of by a little.
    """
    bins = len(series.delivered)
    produced = produced_at_bins(series.produced, sample_bins, bins, series.carried_in)
    gone = accumulate(a + b for a, b in zip(series.delivered, series.dropped, strict=True))
    return [max(0.0, p - g) for p, g in zip(produced, gone, strict=True)]


def samples(series: Series, sample_bins: int) -> Samples:
    """The samples of all whole flush periods of the run (none if it is shorter than one)."""
    bins = len(series.delivered)
    produced = produced_at_bins(series.produced, sample_bins, bins, series.carried_in)
    backlog = backlog_at_bins(series, sample_bins)
    starts = range(0, bins - sample_bins + 1, sample_bins)
    periods = [slice(start, start + sample_bins) for start in starts]
    ends = [produced[period.stop - 1] for period in periods]
    return Samples(
        backlog=[sum(backlog[period]) / sample_bins for period in periods],
        produced=[end - before for end, before in zip(ends, [series.carried_in, *ends], strict=False)],
        delivered=[sum(series.delivered[period]) for period in periods],
        dropped=[sum(series.dropped[period]) for period in periods],
    )
