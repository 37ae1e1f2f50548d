"""Where the rate of arrivals changes: a profile of constant pieces."""

from typing import NamedTuple

import numpy as np

from wavetank.imports.counts import Counts, merged
from wavetank.imports.records import Floats
from wavetank.units import DAY, SECOND

MOST_PIECES = 48  # more than a person reads in a profile is no help
MOST_BINS = 600  # optimal partitioning takes the square of it: a fifth of a second
FEWEST_PER_BIN = 10.0  # below this a Poisson count is far from normal, and the dispersion is noise
DAY_S = DAY // SECOND
DAY_BINS = 96  # quarter-hours: finer than shifts and office hours


class Piece(NamedTuple):
    """From `start_s` on (of the log or of the day), `rate_per_s` arrivals a second."""

    start_s: float
    rate_per_s: float


class Profile(NamedTuple):
    """The rate over time. `daily`: over one average day, in UTC, of a log of several days."""

    pieces: tuple[Piece, ...]
    length_s: float
    mean_per_s: float
    daily: bool


def profile_of(arrivals: Counts) -> Profile:
    """Find the pieces in which the rate is constant, of the log or, from two days on, of a day."""
    cells, width_s = arrivals.cells(), arrivals.width_s
    # the last arrival ends the log; of n arrivals the span holds n - 1 gaps
    span_s = arrivals.span_s * (1 + 1 / max(1, arrivals.total - 1)) if arrivals.span_s else 1.0
    mean = arrivals.total / span_s
    if span_s >= 2 * DAY_S:
        return _daily(arrivals, mean)
    bins = max(1, min(MOST_BINS, int(arrivals.total / FEWEST_PER_BIN)))
    by = max(1, len(cells) // bins)
    counts = merged(cells, by).astype(np.float64)
    if len(counts) < 8:
        return Profile((Piece(0.0, mean),), span_s, mean, False)
    starts = cut(counts, np.full(len(counts), by * width_s))
    return Profile(_pieces(counts, np.full(len(counts), by * width_s), starts), span_s, mean, False)


def _daily(arrivals: Counts, mean: float) -> Profile:
    """Fold all days into one of 96 quarter-hours, each with the time that the log covers of it."""
    cells, width_s = arrivals.cells(), arrivals.width_s
    when = (arrivals.origin_s + (np.arange(len(cells)) + 0.5) * width_s) % DAY_S
    index = (when / (DAY_S / DAY_BINS)).astype(np.int64)
    counts = np.bincount(index, cells, minlength=DAY_BINS).astype(np.float64)
    time_s = np.maximum(np.bincount(index, minlength=DAY_BINS) * width_s, width_s)
    # all quarter-hours as long as one, so that boundaries are times of day
    pieces = _pieces(counts, time_s, cut(counts, time_s), DAY_S / DAY_BINS)
    lengths = np.diff([piece.start_s for piece in pieces] + [DAY_S])
    mean = float(np.dot(lengths, [piece.rate_per_s for piece in pieces]) / DAY_S)
    return Profile(pieces, float(DAY_S), mean, True)


def _pieces(counts: Floats, time_s: Floats, starts: list[int], bin_s: float = 0.0) -> tuple[Piece, ...]:
    ends = [*starts[1:], len(counts)]
    return tuple(
        Piece(
            first * bin_s if bin_s else float(time_s[:first].sum()),
            float(counts[first:end].sum() / time_s[first:end].sum()),
        )
        for first, end in zip(starts, ends, strict=True)
    )


def cut(counts: Floats, time_s: Floats) -> list[int]:
    """Return the first bins of the pieces, by optimal partitioning (Jackson and others 2005).

    The cost is the Poisson likelihood; a piece costs 3 ln(bins) times the dispersion between neighbouring
    bins, so that bursts are not taken for changes of the rate.
    """
    steps = np.diff(counts)
    busy = counts[1:] + counts[:-1] > 0
    dispersion = max(
        1.0, float(np.sum(steps[busy] ** 2) / max(1.0, np.sum((counts[1:] + counts[:-1])[busy])))
    )
    penalty = 3.0 * np.log(len(counts)) * dispersion
    while True:
        starts = _partition(counts, time_s, penalty)
        if len(starts) <= MOST_PIECES:
            return starts
        penalty *= 2


def _partition(counts: Floats, time_s: Floats, penalty: float) -> list[int]:
    total = np.concatenate(([0.0], np.cumsum(counts)))
    clock = np.concatenate(([0.0], np.cumsum(time_s)))
    best = np.zeros(len(counts) + 1)
    best[0] = -penalty
    last = np.zeros(len(counts) + 1, dtype=np.int64)
    for end in range(1, len(counts) + 1):
        n, t = total[end] - total[:end], clock[end] - clock[:end]
        cost = -2.0 * n * np.log(np.maximum(n, 1e-12) / t)
        value = best[:end] + cost + penalty
        last[end] = int(np.argmin(value))
        best[end] = value[last[end]]
    starts, end = [], len(counts)
    while end:
        end = int(last[end])
        starts.append(end)
    return starts[::-1]
