import pytest

from wavetank.results.intervals import wilson
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.shares import Share, joint, share_of, shares

STABLE, BACK, UNDECIDED, TRAPPED = Outcome.STABLE, Outcome.BACK, Outcome.UNDECIDED, Outcome.METASTABLE


def test_no_interval_below_five_runs() -> None:
    assert share_of(3, 4) == Share(3, 4, None, None)
    assert share_of(3, 5) == Share(3, 5, *wilson(3, 5))


def test_shares_of_what_occurs_from_best_to_worst() -> None:
    counted = shares([TRAPPED, *[BACK] * 7])
    assert list(counted) == [BACK, TRAPPED]
    assert counted[BACK] == Share(7, 8, *wilson(7, 8))
    assert counted[TRAPPED].count == 1


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
