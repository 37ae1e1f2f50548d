"""Intervals contain the truth as often as they say; `make coverage` asks more of them."""

import random

import pytest
from scipy import stats

from tests.verify.coverage import BAND, CASES, MACRO, RUNS, coverages, covered, expected, measure

SHARE = 250
"""Macro-replications in `make verify`: a minute."""


def test_band_is_that_of_chance() -> None:
    """What 1,000 intervals of a true coverage of 95 % stay in with a probability of 99.9 %."""
    chance = stats.binom(MACRO, 0.95)
    inside = chance.cdf(round(BAND[1] * MACRO)) - chance.cdf(round(BAND[0] * MACRO) - 1)
    assert inside == pytest.approx(0.999, abs=0.001)


def test_counts_the_intervals_that_hold_the_truth() -> None:
    draw = random.Random(5)
    values = [draw.gauss(10.0, 2.0) for _ in range(MACRO * RUNS)]
    assert BAND[0] <= covered(values, 10.0) / MACRO <= BAND[1]
    assert covered(values, 20.0) == 0


@pytest.mark.parametrize("case", CASES)
def test_a_run_is_near_the_truth(case: str) -> None:
    found = measure((case, 0), lambda now_ns, issued: None)
    assert found == measure((case, 0), lambda now_ns, issued: None)
    truth = CASES[case].truth
    if truth is not None:
        assert found == pytest.approx(truth, rel=0.25)


@pytest.mark.long
@pytest.mark.parametrize("case", ["mm1-0.5", "mm1-0.8"])
def test_mm1_intervals_cover(case: str) -> None:
    for found in coverages(case, SHARE):
        low, high = stats.binom(SHARE, expected(case, found.metric)).interval(0.9995)
        assert low <= found.covered <= high, found
