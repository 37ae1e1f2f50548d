"""Mean, coefficient of variation and distribution of every law of durations.

100,000 keyed draws each. The tolerance of a mean is four standard errors, 1.3 % of its coefficient of
variation; that of a cv is stated per law, since it grows with the tail. A Kolmogorov-Smirnov p-value
below 0.001 fails.
"""

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from wavetank.policy.codes import LawKind, Purpose, Stream
from wavetank.policy.keyed import draw, key_of
from wavetank.policy.laws import Law, mean_of, sample

DRAWS = 100_000
MEAN = 2_000_000.0
EMPIRICAL = (1_000_000, 2_000_000, 6_000_000)
KEY = key_of(6, 0, Stream.STATELESS, Purpose.SERVICE_OPERATION)

DETERMINISTIC = Law(LawKind.DETERMINISTIC, 0.0, 0.0, 2_000_000, 0)
EXPONENTIAL = Law(LawKind.EXPONENTIAL, MEAN, 0.0, 0, 0)
ERLANG = Law(LawKind.ERLANG, MEAN, 4.0, 0, 0)
LOGNORMAL = Law(LawKind.LOGNORMAL, MEAN, 0.5, 0, 0)
WIDE_LOGNORMAL = Law(LawKind.LOGNORMAL, MEAN, 1.5, 0, 0)
HYPEREXPONENTIAL = Law(LawKind.HYPEREXPONENTIAL, MEAN, 2.0, 0, 0)
BARELY_HYPER = Law(LawKind.HYPEREXPONENTIAL, MEAN, 1.0, 0, 0)
UNIFORM = Law(LawKind.UNIFORM, 0.0, 0.0, 1_000_000, 3_000_000)
TABLE = Law(LawKind.EMPIRICAL, 0.0, 0.0, 0, 3)


@cache
def samples(law: Law) -> NDArray[np.int64]:
    return np.array([sample(law, draw(KEY, i, 0), EMPIRICAL) for i in range(DRAWS)])


def hyperexponential_cdf(cv: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Two phases that carry half of the mean each, from the textbook's formulas."""
    p = 0.5 * (1 + math.sqrt((cv**2 - 1) / (cv**2 + 1)))
    rates = (2 * p / MEAN, 2 * (1 - p) / MEAN)
    return lambda x: 1 - p * np.exp(-rates[0] * x) - (1 - p) * np.exp(-rates[1] * x)


@pytest.mark.parametrize(
    ("law", "mean", "cv", "cv_tolerance"),
    [
        (DETERMINISTIC, 2e6, 0.0, 0.0),
        (EXPONENTIAL, 2e6, 1.0, 0.02),
        (ERLANG, 2e6, 0.5, 0.02),
        (LOGNORMAL, 2e6, 0.5, 0.03),
        (WIDE_LOGNORMAL, 2e6, 1.5, 0.15),
        (HYPEREXPONENTIAL, 2e6, 2.0, 0.06),
        (BARELY_HYPER, 2e6, 1.0, 0.02),
        (UNIFORM, 2e6, 1 / math.sqrt(12), 0.015),
        (TABLE, 3e6, math.sqrt(14) / 3 / math.sqrt(3), 0.015),
    ],
)
def test_mean_and_variation(law: Law, mean: float, cv: float, cv_tolerance: float) -> None:
    drawn = samples(law)
    assert mean_of(law, EMPIRICAL) == mean
    assert drawn.mean() == pytest.approx(mean, rel=4 * cv / math.sqrt(DRAWS) + 1e-12)
    assert drawn.std() / drawn.mean() == pytest.approx(cv, rel=cv_tolerance, abs=1e-12)


@pytest.mark.parametrize(
    ("law", "cdf"),
    [
        (EXPONENTIAL, stats.expon(scale=MEAN).cdf),
        (ERLANG, stats.gamma(4, scale=MEAN / 4).cdf),
        (LOGNORMAL, stats.lognorm(math.sqrt(math.log(1.25)), scale=MEAN / math.sqrt(1.25)).cdf),
        (WIDE_LOGNORMAL, stats.lognorm(math.sqrt(math.log(3.25)), scale=MEAN / math.sqrt(3.25)).cdf),
        (HYPEREXPONENTIAL, hyperexponential_cdf(2.0)),
        (UNIFORM, stats.uniform(1e6, 2e6).cdf),
    ],
)
def test_distribution(law: Law, cdf: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> None:
    assert stats.kstest(samples(law), cdf).pvalue > 0.001
