import pytest

from wavetank.results.judge.outcomes import Outcome
from wavetank.results.shares import Share, joint, share_of, shares, wilson

STABLE, BACK, UNDECIDED, TRAPPED = Outcome.STABLE, Outcome.BACK, Outcome.UNDECIDED, Outcome.METASTABLE


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        # Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17
        # (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_is_the_published_interval(count: int, total: int, low: float, high: float) -> None:
    assert wilson(count, total) == pytest.approx((low, high), abs=5e-5)
    # what did not happen has the mirrored interval
    assert wilson(total - count, total) == pytest.approx((1 - high, 1 - low), abs=5e-5)


@pytest.mark.parametrize(("count", "total"), [(-1, 5), (6, 5), (0, 0)])
def test_impossible_counts(count: int, total: int) -> None:
    with pytest.raises(ValueError, match="trials"):
        wilson(count, total)


def test_no_interval_below_five_runs() -> None:
    assert share_of(3, 4) == Share(3, 4, None, None)
    assert share_of(3, 5) == Share(3, 5, *wilson(3, 5))


def test_shares_of_what_occurs_from_best_to_worst() -> None:
    found = shares([TRAPPED, *[BACK] * 7])
    assert list(found) == [BACK, TRAPPED]
    assert found[BACK] == Share(7, 8, *wilson(7, 8))
    assert found[TRAPPED].count == 1


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        ([STABLE], STABLE),
        ([*[BACK] * 9, TRAPPED], TRAPPED),  # a tenth
        ([*[BACK] * 10, TRAPPED], BACK),  # an eleventh
        ([BACK, UNDECIDED, BACK], UNDECIDED),
    ],
)
def test_the_verdict_is_the_worst_with_a_tenth_of_the_runs(outcomes: list[Outcome], verdict: Outcome) -> None:
    assert joint(outcomes) is verdict
