"""Intervals that assume no normal distribution: of a median, and of a probability.

The median's interval is by interpolated order statistics, that of a probability by Wilson. Both are None
where there are too few runs (docs/model.md#replications).
"""

from collections.abc import Sequence
from math import comb, isfinite, sqrt
from statistics import NormalDist

from wavetank.results.student import CONFIDENCE


def order_statistic_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Bound the median of any distribution by its independent observations.

    The number of observations below the median is binomial(n, 1/2). So the interval from the k-th smallest to
    the k-th largest value contains the median with probability 1 - 2 P(X < k). One k covers too much, the
    next one too little; in between, each bound lies between the two values by the rule of Hettmansperger and
    Sheather, which comes to within 0.01 of the confidence for most continuous distributions. (Without it,
    "95 %" of 8 values would be 99.2 %.)

    Parameters
    ----------
    values
        Independent observations in any order and unit. They may be infinite.
    confidence
        Probability with which the interval contains the median; between 0 and 1.

    Returns
    -------
    tuple[float, float]
        The lower and the upper bound, in the unit of the values.

    Raises
    ------
    ValueError
        When even the smallest and the largest value do not reach the confidence: 95 % needs 6 values.

    References
    ----------
    H. A. David and H. N. Nagaraja, Order Statistics, 3rd ed. (2003), section 7.1. T. P. Hettmansperger and
    S. J. Sheather, Confidence intervals based on interpolated order statistics, Statistics & Probability
    Letters 4 (1986), 75-79.

    Examples
    --------
    >>> low, high = order_statistic_interval([3.0, 1.0, 4.0, 1.5, 9.0, 2.0])
    >>> f"{low:.3f} {high:.3f}"
    '1.179 7.214'
    """
    n = len(values)
    ordered = sorted(values)
    wide = 1 - 2 * 0.5**n
    if n == 0 or wide < confidence:
        raise ValueError(f"{n} values are too few for an interval of the median at {confidence:.3g}")
    rank = 1
    while (narrow := wide - 2 * comb(n, rank) * 0.5**n) >= confidence:
        wide = narrow
        rank += 1
    share = (wide - confidence) / (wide - narrow)
    inward = (n - rank) * share / (rank + (n - 2 * rank) * share)
    return (
        _between(ordered[rank - 1], ordered[rank], inward),
        _between(ordered[n - rank], ordered[n - rank - 1], inward),
    )


def _between(outer: float, inner: float, inward: float) -> float:
    """The bound that lies that share of the way from the outer to the inner value, if both are finite."""
    return outer + inward * (inner - outer) if isfinite(outer) and isfinite(inner) else outer


def wilson(successes: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Bound a probability by how often something happened in independent trials.

    The interval holds the probabilities that a score test does not reject. Unlike the estimate plus or minus
    its standard error, it stays within 0 and 1, and it has a width when all trials ended alike.

    Parameters
    ----------
    successes
        How often it happened, from 0 to `n`.
    n
        Number of trials, 1 or more.
    confidence
        Nominal probability with which the interval contains the true one; between 0 and 1.

    Returns
    -------
    tuple[float, float]
        The lower and the upper bound, between 0 and 1.

    Raises
    ------
    ValueError
        When there are no trials, or more successes than trials.

    References
    ----------
    E. B. Wilson, Probable inference, the law of succession, and statistical inference, Journal of the
    American Statistical Association 22 (1927), 209-212.

    Examples
    --------
    >>> low, high = wilson(15, 148)
    >>> f"{low:.4f} to {high:.4f}"
    '0.0624 to 0.1605'
    """
    if not 0 <= successes <= n or n < 1:
        raise ValueError(f"{successes} successes in {n} trials")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / n
    centre = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # At the ends the formula is 0 or 1 exactly, but for rounding.
    low = 0.0 if successes == 0 else (centre - half) / scale
    high = 1.0 if successes == n else (centre + half) / scale
    return low, high
