"""Runs that are given instead of simulated, for what decides by them."""

from collections.abc import Callable

from tests.unit.studies.cases import STORM, resolved
from wavetank.policy.keyed import replication_seed
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.verdict import Recovery, Verdict
from wavetank.scenario.resolved import Objective
from wavetank.studies.cells import Cell
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
