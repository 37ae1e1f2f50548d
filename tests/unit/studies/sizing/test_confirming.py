from collections.abc import Callable

import pytest

from tests.unit.studies.cases import STORM, resolved
from wavetank.policy.keyed import replication_seed
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.verdict import Recovery, Verdict
from wavetank.scenario.resolved import Objective
from wavetank.studies.cells import Cell
from wavetank.studies.sequential import Claim, Decision, Evidence
from wavetank.studies.sizing import confirming
from wavetank.studies.sizing.conditions import DAY, FAULTS
from wavetank.studies.sizing.confirming import Asked, decision_of, ordinary_day
from wavetank.studies.sizing.margins import margins_of
from wavetank.studies.sizing.shapes import Shape
from wavetank.studies.sizing.trials import Trial, Wanted

SHAPE = Shape(3, (), resolved(STORM))
P99 = Objective("event_latency_p99_s", 2.0)
BACK = Objective("recovery_s", 30.0)


def cell(value: float | None, outcome: Outcome, beyond: float | None = None, index: int = 0) -> Cell:
    metric = P99.metric if beyond is not None or outcome is Outcome.STABLE else BACK.metric
    recoveries = (Recovery(value, 0.0, False),)
    verdict = Verdict(outcome, (), recoveries)
    shares = {} if beyond is None else {P99.metric: beyond}
    return Cell("", "compiled", replication_seed(1, index), verdict, {metric: value}, {}, shares)


class Made:
    """Stands for `Trials`: what run `index` comes to is given; says how many runs were asked for."""

    workers = 1

    def __init__(self, condition: str, run: Callable[[int], Trial]) -> None:
        self.condition, self._run, self.most = condition, run, 0

    def of(self, shape: Shape, condition: str, indices: range, title: str = "") -> list[Trial]:
        assert condition == self.condition
        self.most = max(self.most, len(indices))
        return [self._run(index) for index in indices]

    def all(self, wanted: list[Wanted], title: str = "") -> list[list[Trial]]:
        return [self.of(each.shape, each.condition, range(len(each.indices)), title) for each in wanted]


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


def test_a_design_is_as_good_as_its_worst_condition() -> None:
    def asked(decision: Decision) -> Asked:
        return Asked(3, DAY, SHAPE, Evidence(decision, 1, 0, 1, 0.0, 1.0, 0), ())

    holds, fails, open_ = (asked(decision) for decision in Decision)
    assert decision_of([holds, holds]) is Decision.HOLDS
    assert decision_of([holds, open_]) is Decision.UNDECIDED
    assert decision_of([open_, fails]) is Decision.FAILS
    assert decision_of([]) is Decision.UNDECIDED
