from collections.abc import Callable

import pytest

from tests.unit.studies.sizing.made import BACK, SHAPE, Made, cell
from wavetank.results.judge.outcomes import Outcome
from wavetank.studies.sequential import Claim, Decision, Evidence
from wavetank.studies.sizing import confirming
from wavetank.studies.sizing.asked import Asked, decision_of
from wavetank.studies.sizing.conditions import DAY, FAULTS, NODE
from wavetank.studies.sizing.margins import margins_of
from wavetank.studies.sizing.trials import Trial, Wanted


def faults(values: Callable[[int], float | None]) -> Made:
    return Made(FAULTS, lambda k: Trial(cell(values(k), Outcome.BACK, None, k), (BACK,), FAULTS))


@pytest.mark.parametrize("workers", [1, 2, 8])
@pytest.mark.parametrize(
    ("values", "counts"),
    [
        (lambda k: 20.0, (Decision.HOLDS, 48, 0, 48)),
        (lambda k: 40.0 if k == 30 else 20.0, (Decision.HOLDS, 71, 1, 72)),
        (lambda k: 40.0, (Decision.FAILS, 0, 3, 3)),
        (lambda k: 40.0 if k in (3, 30) else 20.0, (Decision.UNDECIDED, 70, 2, 72)),
    ],
)
def test_a_fault_is_judged_run_by_run(
    values: Callable[[int], float], counts: tuple[Decision, int, int, int], workers: int
) -> None:
    """Runs that came with a larger batch change nothing."""
    made = faults(values)
    made.workers = workers
    (asked,) = confirming._by_runs(made, [(FAULTS, SHAPE)], 3, Claim(0.90, 60.0), "")  # type: ignore[arg-type]
    evidence = asked.evidence
    assert (evidence.decision, evidence.held, evidence.failed, evidence.runs) == counts
    assert asked.margins == margins_of([made._run(index) for index in range(evidence.runs)])


class Both:
    """Stands for `Trials` under two conditions: run 8 and those after it miss the first one's bound."""

    def __init__(self, workers: int) -> None:
        late, twice = (
            faults(lambda k: 40.0 if k >= 8 else 20.0),
            faults(lambda k: 40.0 if k in (7, 12) else 20.0),
        )
        self.workers, self.made = workers, {FAULTS: late, NODE: twice}

    def all(self, wanted: list[Wanted], title: str) -> list[list[Trial]]:
        return [self.made[each.condition].of(SHAPE, FAULTS, range(len(each.indices))) for each in wanted]


def test_a_condition_that_fails_ends_the_other_at_the_same_run() -> None:
    """However many runs came in the same batch."""
    shaped, claim = [(FAULTS, SHAPE), (NODE, SHAPE)], Claim(0.90, 60.0)
    few, many = (confirming._by_runs(Both(workers), shaped, 3, claim, "") for workers in (1, 16))  # type: ignore[arg-type]
    assert few == many
    assert (few[0].evidence.decision, few[1].evidence.decision) == (Decision.FAILS, Decision.UNDECIDED)
    assert few[0].evidence.runs == few[1].evidence.runs


def test_no_more_runs_than_can_decide() -> None:
    made = faults(lambda k: 20.0)
    confirming._by_runs(made, [(FAULTS, SHAPE)], 3, Claim(0.90, 60.0), "")  # type: ignore[arg-type]
    assert made.most == 48


def test_a_design_is_as_good_as_its_worst_condition() -> None:
    def asked(decision: Decision) -> Asked:
        return Asked(3, DAY, SHAPE, Evidence(decision, 1, 0, 1, 0.0, 1.0, 0), ())

    holds, fails, open_ = (asked(decision) for decision in Decision)
    assert decision_of([holds, holds]) is Decision.HOLDS
    assert decision_of([holds, open_]) is Decision.UNDECIDED
    assert decision_of([open_, fails]) is Decision.FAILS
    assert decision_of([]) is Decision.UNDECIDED
