"""Intervals that assume no normal distribution: of a median, and of a probability."""

from collections.abc import Sequence
from math import comb, sqrt
from statistics import NormalDist

from wavetank.results.student import CONFIDENCE


def order_statistic_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Bound the median of a distribution by two of its independent observations.

    The number of observations below the median is binomial(n, 1/2), whatever the distribution. So the
    interval from the k-th smallest to the k-th largest value contains the median with probability
    1 - 2 P(X < k). The largest k that keeps the confidence is taken.

    Parameters
    ----------
    values
        Independent observations in any order and unit. They may be infinite.
    confidence
        Probability, at least, with which the interval contains the median; between 0 and 1.

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
    H. A. David and H. N. Nagaraja, Order Statistics, 3rd ed. (2003), section 7.1.

    Examples
    --------
    >>> order_statistic_interval([3.0, 1.0, 4.0, 1.5, 9.0, 2.0])
    (1.0, 9.0)
    """
    n = len(values)
    ordered = sorted(values)
    outside = 0
    rank = 0
    # Whole numbers: for k ranks cut off on either side, `outside` / 2**n is the probability of a miss.
    while 2 * rank < n and outside + 2 * comb(n, rank) <= (1 - confidence) * 2**n:
        outside += 2 * comb(n, rank)
        rank += 1
    if rank == 0:
        raise ValueError(f"{n} values are too few for an interval of the median at {confidence:.3g}")
    return ordered[rank - 1], ordered[n - rank]


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
