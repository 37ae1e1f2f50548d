"""Whether arrivals are a Poisson process: the dispersion of their counts over scales, tested."""

from typing import NamedTuple

import numpy as np

from wavetank.imports.changes import Profile
from wavetank.imports.counts import Counts, merged
from wavetank.imports.records import Floats
from wavetank.imports.special import chi2_sf

LEVEL = 0.01  # the chance that a Poisson process is called something else
FEWEST_BINS = 20  # a variance of fewer counts says little
FEWEST_PER_BIN = 2.0  # below this the statistic is far from chi-square
TOLERATED = 0.1
"""A dispersion within 10 % of Poisson's 1 is called Poisson, however sure the test is that it is not 1."""


class Scale(NamedTuple):
    """At bins of `width_s`: variance of the counts over their mean, and its probability under Poisson."""

    width_s: float
    dispersion: float
    p: float


class Judgement(NamedTuple):
    """The process ("poisson", "bursty", "regular", or "unknown": too few arrivals) and its scales."""

    process: str
    scales: tuple[Scale, ...]


def judge(arrivals: Counts, profile: Profile, finest_s: float) -> Judgement:
    """Judge the arrivals against a Poisson process with this profile.

    Counts in bins of doubling width are held against what the profile expects; Pearson's statistic over the
    bins is chi-square under Poisson, and Bonferroni's bound covers the scales. `finest_s`: the narrowest bin
    that the clock of the log can tell.
    """
    scales = tuple(_scales(arrivals, profile, finest_s))
    if not scales:
        return Judgement("unknown", ())
    level = LEVEL / len(scales)
    strange = [s for s in scales if s.p < level and abs(s.dispersion - 1) > TOLERATED]
    if not strange:
        return Judgement("poisson", scales)
    extreme = max(strange, key=lambda scale: abs(np.log(max(scale.dispersion, 1e-9))))
    return Judgement("bursty" if extreme.dispersion > 1 else "regular", scales)


def _scales(arrivals: Counts, profile: Profile, finest_s: float) -> list[Scale]:
    cells = arrivals.cells()
    expected = _expected(arrivals, profile, len(cells))
    by = max(1, int(np.ceil(finest_s / arrivals.width_s - 1e-9)))
    scales = []
    while len(cells) // by >= FEWEST_BINS:
        counts = merged(cells, by).astype(np.float64)
        whole = len(cells) // by * by
        wanted = expected[:whole].reshape(-1, by).sum(axis=1)
        if wanted.mean() >= FEWEST_PER_BIN:
            scales.append(_scale(counts, wanted, by * arrivals.width_s, len(profile.pieces)))
        by *= 2
    return scales


def _scale(counts: Floats, wanted: Floats, width_s: float, pieces: int) -> Scale:
    some = wanted > 0
    df = max(1, int(some.sum()) - pieces)
    chi2 = float(np.sum((counts[some] - wanted[some]) ** 2 / wanted[some]))
    # of a Poisson count with mean m, (count - m)**2 / m has the variance 2 + 1/m, where chi-square has 2
    even = df + (chi2 - df) / np.sqrt(1 + 0.5 * float(np.mean(1 / wanted[some])))
    upper = chi2_sf(even, df)
    return Scale(width_s, chi2 / df, float(min(1.0, 2 * min(upper, 1 - upper))))


def _expected(arrivals: Counts, profile: Profile, bins: int) -> Floats:
    """Return the arrivals that the profile expects in each of the finest bins, scaled to the actual total."""
    middle = (np.arange(bins) + 0.5) * arrivals.width_s
    if profile.daily:
        middle = (arrivals.origin_s + middle) % profile.length_s
    starts = np.array([piece.start_s for piece in profile.pieces])
    rates = np.array([piece.rate_per_s for piece in profile.pieces])
    expected = rates[np.maximum(np.searchsorted(starts, middle, side="right") - 1, 0)] * arrivals.width_s
    return np.asarray(expected * (arrivals.total / max(expected.sum(), 1e-300)))
