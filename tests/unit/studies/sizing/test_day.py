from collections.abc import Callable

import pytest

from tests.unit.studies.sizing.made import P99, SHAPE, Made, cell
from wavetank.results.judge.outcomes import Outcome
from wavetank.studies.sequential import Decision
from wavetank.studies.sizing.conditions import DAY
from wavetank.studies.sizing.day import ordinary_day
from wavetank.studies.sizing.trials import Trial


def days(values: Callable[[int], tuple[float, float]]) -> Made:
    return Made(DAY, lambda k: Trial(cell(values(k)[0], Outcome.STABLE, values(k)[1]), (P99,), DAY))


@pytest.mark.parametrize(
    ("beyond", "decision", "runs"),
    [
        (lambda k: 0.002 + 0.0001 * (k % 2), Decision.HOLDS, 5),
        (lambda k: 0.02 + 0.0001 * (k % 2), Decision.FAILS, 5),
        (lambda k: 0.009 + 0.001 * (k % 3), Decision.UNDECIDED, 40),
        # near the limit the mean over more runs decides, not the worst run
        (lambda k: 0.008 + 0.004 * (k % 4 == 0), Decision.HOLDS, 40),
    ],
)
def test_a_day_is_judged_over_all_its_runs(
    beyond: Callable[[int], float], decision: Decision, runs: int
) -> None:
    made = days(lambda k: (1.9, beyond(k)))
    asked = ordinary_day(made, SHAPE, 3, "")  # type: ignore[arg-type]
    assert asked.evidence.decision is decision
    assert made.most == asked.evidence.runs <= runs


def test_a_day_that_is_overloaded_fails() -> None:
    made = Made(DAY, lambda k: Trial(cell(0.1, Outcome.OVERLOADED, 0.0), (P99,), DAY))
    assert ordinary_day(made, SHAPE, 3, "").evidence.decision is Decision.FAILS  # type: ignore[arg-type]
