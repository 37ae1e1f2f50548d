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
    ("n", "low", "high"),
    # ranks of the 95 % interval, as in the tables of the sign test
    [
        (6, 1, 6),
        (7, 1, 7),
        (8, 1, 8),
        (9, 2, 8),
        (10, 2, 9),
        (12, 3, 10),
        (15, 4, 12),
        (20, 6, 15),
        (25, 8, 18),
    ],
)
def test_ranks_of_the_sign_test(n: int, low: int, high: int) -> None:
    values = list(range(1, n + 1))
    random.Random(n).shuffle(values)
    assert order_statistic_interval(values) == (low, high)


@pytest.mark.parametrize("n", range(6, 120))
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_interval_is_the_narrowest_that_keeps_the_confidence(n: int, confidence: float) -> None:
    rank, last = order_statistic_interval(range(1, n + 1), confidence)
    assert rank + last == n + 1
    below = stats.binom(n, 0.5)
    assert 1 - 2 * below.cdf(rank - 1) >= confidence - 1e-12
    assert 1 - 2 * below.cdf(rank) < confidence


@pytest.mark.parametrize("n", range(6))
def test_too_few_values(n: int) -> None:
    with pytest.raises(ValueError, match=f"{n} values are too few"):
        order_statistic_interval([1.0] * n)


def test_values_may_be_infinite() -> None:
    values = [1.0, 2.0, 3.0, 4.0, math.inf, math.inf, math.inf, math.inf]
    assert order_statistic_interval(values) == (1.0, math.inf)


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
    found = wilson(successes, n)
    assert found == pytest.approx((low, high), abs=5.1e-5)
    mirrored = wilson(n - successes, n)
    assert mirrored == pytest.approx((1 - found[1], 1 - found[0]))


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
