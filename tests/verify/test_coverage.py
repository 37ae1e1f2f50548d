"""Intervals contain the truth as often as they say; `make coverage` asks more of them."""

import pytest
from scipy import stats

from tests.verify.coverage import BAND, CASES, MACRO, Interval, coverages, covered, measure

SHARE = 250
"""Macro-replications in `make verify`: a minute."""


def test_band_is_that_of_chance() -> None:
    """Bounds within which 1,000 intervals of a true coverage of 95 % stay with a probability of 99.9 %."""
    chance = stats.binom(MACRO, 0.95)
    inside = chance.cdf(round(BAND[1] * MACRO)) - chance.cdf(round(BAND[0] * MACRO) - 1)
    assert inside == pytest.approx(0.999, abs=0.001)


def test_counts_the_intervals_that_hold_the_truth() -> None:
    intervals = [
        Interval(1.0, 3.0, ()),
        Interval(2.5, 9.0, ()),
        Interval(0.0, 2.0, ()),
        Interval(2.0, 2.0, ()),
    ]
    assert covered(intervals, 2.0) == 3
    assert covered(intervals, 20.0) == 0


@pytest.mark.parametrize("case", ["mm1-0.5", "storm"])
def test_intervals_are_near_the_truth(case: str) -> None:
    covered = measure((case, 0), lambda now_ns, issued: None)
    assert all(interval.low < interval.high for interval in covered)
    for interval, truth in zip(covered, CASES[case].truth or (550.0,), strict=True):
        assert interval.low / 1.5 <= truth <= 1.5 * interval.high


@pytest.mark.long
@pytest.mark.parametrize("case", ["mm1-0.5", "mm1-0.8", "storm"])
def test_mm1_intervals_cover(case: str) -> None:
    for row in coverages(case, SHARE):
        low, high = stats.binom(SHARE, 0.95).interval(0.9995)
        assert low <= row.covered <= high, row
