"""Read histograms of results that were saved by an earlier wavetank.

An older format is read and never written. A reader belongs here as long as results of that format may be
around.
"""

from collections.abc import Mapping
from typing import Any

from wavetank.results.histogram import UNIT, Histogram, bin_of

COARSE = 3
"""The last format whose octaves have 64 bins each."""

_SUB_BITS, _EXACT, _UNIT = 6, 128, 1 << 20
"""The layout of that format: values below 128 ns have a bin each; the weight of one observation is 2**20."""


def coarse_histogram(plain: Mapping[str, Any]) -> Histogram:
    """Convert a histogram of format 3: the weight of a coarse bin is spread evenly over the bins in it.

    Parameters
    ----------
    plain
        The object of the file: count, sum_ns, max_ns, bins and weights.

    Returns
    -------
    Histogram
        The same count, sum and maximum. A quantile is as exact as it was: within 1.6 %.

    Raises
    ------
    KeyError, ValueError
        The object is not such a histogram.
    """
    bins: list[int] = []
    weights: list[int] = []
    for coarse, weight in zip(plain["bins"], plain["weights"], strict=True):
        octave = max(0, (coarse >> _SUB_BITS) - 1)
        low = coarse if coarse < _EXACT else (coarse - (octave << _SUB_BITS)) << octave
        first, last = bin_of(low), bin_of(low + (1 << octave) - 1)
        # 1, 2, 4, 8 or 16 bins: the division has no remainder
        share = int(weight) * (UNIT // _UNIT) // (last - first + 1)
        bins += range(first, last + 1)
        weights += [share] * (last - first + 1)
    return Histogram.from_plain({**plain, "bins": bins, "weights": weights})
