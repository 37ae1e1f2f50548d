"""Student's t: the 95 % interval of a mean, without scipy.

The distribution function for whole degrees of freedom is the finite sum of Abramowitz and Stegun, Handbook
of Mathematical Functions (1964), 26.7.3 and 26.7.4; the quantile is its inverse by bisection.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import atan, cos, fsum, pi, sin, sqrt

CONFIDENCE = 0.95
"""The confidence of every interval."""


def central_probability(t: float, freedom: int) -> float:
    """P(|T| <= t) for t >= 0 and `freedom` >= 1 degrees of freedom."""
    angle = atan(t / sqrt(freedom))
    square = cos(angle) ** 2
    odd = freedom % 2
    term = cos(angle) if odd else 1.0
    terms = []
    for k in range(1 + odd, 1 + freedom, 2):
        terms.append(term)
        term *= square * k / (k + 1)
    if odd:
        return 2 / pi * (angle + sin(angle) * fsum(terms))
    return sin(angle) * fsum(terms)


@lru_cache(maxsize=256)
def t_quantile(freedom: int, confidence: float = CONFIDENCE) -> float:
    """The t with P(|T| <= t) = confidence, 0 < confidence < 1. ValueError for `freedom` < 1."""
    if freedom < 1:
        raise ValueError(f"{freedom} degrees of freedom")
    low, high = 0.0, 1.0
    while central_probability(high, freedom) < confidence:
        low, high = high, 2 * high
    for _ in range(80):
        middle = (low + high) / 2
        if central_probability(middle, freedom) < confidence:
            low = middle
        else:
            high = middle
    return high


def mean_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean and 95 % interval (mean, low, high) of independent values; ValueError for fewer than two."""
    if len(values) < 2:
        raise ValueError(f"an interval needs two values or more, not {len(values)}")
    mean = fsum(values) / len(values)
    return mean, *interval_around(mean, values)


def interval_around(centre: float, values: Sequence[float]) -> tuple[float, float]:
    """Bound what `centre` estimates from several runs together, of which each alone gave one of `values`.

    For a percentile of all observations: the mean of the runs' own percentiles is another figure, and its
    interval covers less than it says where they scatter widely and unevenly.

    Returns
    -------
    tuple[float, float]
        The 95 % interval, in the unit of the values.

    Raises
    ------
    ValueError
        For fewer than two values.

    References
    ----------
    S. Asmussen and P. W. Glynn, Stochastic Simulation (2007), section III.5 ("sectioning").

    Examples
    --------
    >>> low, high = interval_around(10.0, [9.0, 10.0, 11.0, 12.0])
    >>> f"{low:.2f} {high:.2f}"
    '7.75 12.25'
    """
    n = len(values)
    if n < 2:
        raise ValueError(f"an interval needs two values or more, not {n}")
    half = t_quantile(n - 1) * sqrt(fsum((value - centre) ** 2 for value in values) / (n - 1) / n)
    return centre - half, centre + half
