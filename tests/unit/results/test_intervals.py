import doctest
import math
import random

import pytest
from scipy import stats

from wavetank.results import intervals
from wavetank.results.intervals import order_statistic_interval, wilson


def test_examples_hold() -> None:
    assert doctest.testmod(intervals).failed == 0


@pytest.mark.parametrize(
    ("n", "rank"),
    # the wider ranks of the 95 % interval, as in the tables of the sign test
    [(6, 1), (7, 1), (8, 1), (9, 2), (10, 2), (12, 3), (15, 4), (20, 6), (25, 8)],
)
def test_bounds_lie_between_the_ranks_of_the_sign_test(n: int, rank: int) -> None:
    values = list(range(1, n + 1))
    random.Random(n).shuffle(values)
    low, high = order_statistic_interval(values)
    assert rank <= low < rank + 1
    assert low + high == pytest.approx(n + 1)


@pytest.mark.parametrize("n", range(6, 120))
def test_confidence_of_the_ranks_themselves_is_not_moved(n: int) -> None:
    """Where an interval of two observations has exactly the confidence, it is that interval."""
    rank = n // 3
    confidence = 1 - 2 * stats.binom(n, 0.5).cdf(rank - 1)
    assert order_statistic_interval(range(1, n + 1), confidence) == pytest.approx((rank, n + 1 - rank))


@pytest.mark.parametrize("n", [6, 8, 9, 12, 20])
def test_coverage_is_close_to_what_is_said(n: int) -> None:
    """Of an exponential distribution: without interpolation 8 values would cover 99.2 %."""
    chance, median, tries, covered = random.Random(n), math.log(2), 4_000, 0
    for _ in range(tries):
        low, high = order_statistic_interval([chance.expovariate(1.0) for _ in range(n)])
        covered += low <= median <= high
    assert 0.935 < covered / tries < 0.965


@pytest.mark.parametrize("n", range(6))
def test_too_few_values(n: int) -> None:
    with pytest.raises(ValueError, match=f"{n} values are too few"):
        order_statistic_interval([1.0] * n)


def test_values_may_be_infinite() -> None:
    values = [1.0, 2.0, 3.0, 4.0, math.inf, math.inf, math.inf, math.inf]
    low, high = order_statistic_interval(values)
    assert 1.0 <= low < 2.0
    assert high == math.inf


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    # R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17
    # (1998), 857-872, table I, method 3
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_published_values(successes: int, n: int, low: float, high: float) -> None:
    interval = wilson(successes, n)
    assert interval == pytest.approx((low, high), abs=5.1e-5)
    mirrored = wilson(n - successes, n)
    assert mirrored == pytest.approx((1 - interval[1], 1 - interval[0]))


@pytest.mark.parametrize(("successes", "n"), [(0, 1), (3, 3), (5, 9), (40, 41)])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.999])
def test_bounds_are_what_the_score_test_accepts_at_most(successes: int, n: int, confidence: float) -> None:
    z = stats.norm.ppf((1 + confidence) / 2)
    for bound in wilson(successes, n, confidence):
        if 0 < bound < 1:
            score = (successes / n - bound) / math.sqrt(bound * (1 - bound) / n)
            assert abs(score) == pytest.approx(z)
        else:
            assert bound == successes / n


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (2, 1), (-1, 3)])
def test_no_such_trials(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="trials"):
        wilson(successes, n)
