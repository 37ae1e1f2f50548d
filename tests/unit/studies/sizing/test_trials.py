import pytest

from tests.unit.studies.cases import STORM, resolved, scenario
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.verdict import Verdict
from wavetank.scenario.resolved import Objective
from wavetank.studies.cells import Cell, fill
from wavetank.studies.sizing import trials
from wavetank.studies.sizing.conditions import CONDITIONS, DAY, FAULTS, NODE, conditions_of
from wavetank.studies.sizing.margins import Margin, margins_of
from wavetank.studies.sizing.shapes import Shapes
from wavetank.studies.sizing.sought import sought_of
from wavetank.studies.sizing.trials import Trial, Trials, Wanted, beyond_of

BACK = (Objective("recovery_s", 30.0),)


def trial(outcome: Outcome, value: float | None, condition: str = FAULTS, **censored: float) -> Trial:
    cell = Cell("", "compiled", 1, Verdict(outcome), {"recovery_s": value}, censored, {})
    return Trial(cell, BACK, condition)


@pytest.mark.parametrize(
    ("each", "held"),
    [
        (trial(Outcome.BACK, 20.0), True),
        (trial(Outcome.ESCAPED, 20.0), True),
        (trial(Outcome.BACK, 31.0), False),
        (trial(Outcome.METASTABLE, 20.0), False),
        (trial(Outcome.UNDECIDED, 20.0), None),
        (trial(Outcome.UNDECIDED, 20.0, NODE), True),
        (trial(Outcome.UNDECIDED, None, recovery_s=31.0), False),
        (trial(Outcome.UNDECIDED, None, recovery_s=29.0), None),
    ],
)
def test_whether_a_run_does_well(each: Trial, held: bool | None) -> None:
    assert each.held is held


def test_margins_are_of_the_worst_run() -> None:
    runs = [trial(Outcome.BACK, 12.0), trial(Outcome.BACK, 24.0)]
    assert margins_of(runs) == (Margin("recovery_s", 30.0, 24.0),)
    assert margins_of(runs)[0].ratio == pytest.approx(0.8)
    late = trial(Outcome.UNDECIDED, None, recovery_s=45.0)
    assert margins_of([*runs, late]) == (Margin("recovery_s", 30.0, 45.0, True),)
    assert Margin("events_dropped", 0.0, 0.0).ratio == 0.0
    assert Margin("events_dropped", 0.0, 1.0).ratio == float("inf")
    assert margins_of([]) == ()


def test_runs_are_done_once_and_are_those_of_run(monkeypatch: pytest.MonkeyPatch) -> None:
    base = scenario(STORM, 'slo.recovery="20s"')
    conditions = conditions_of(base.resolve(), CONDITIONS)
    shapes = Shapes(base, sought_of("nodes", base), conditions.duration_ns)
    counted: list[int] = []

    def noted(tasks: list[object], *rest: object) -> object:
        counted.append(len(tasks))
        return fill(tasks, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(trials, "fill", noted)
    made = Trials(conditions, None, 5, 1, None, None)
    shape = shapes.full(2)
    both = made.all([Wanted(shape, FAULTS, [0, 1]), Wanted(shape, DAY, [0])])
    assert both[0][0].cell.seed == 5
    again = made.of(shape, FAULTS, [1, 2])
    assert again[0] is both[0][1]
    assert counted == [3, 1]
    assert made.runs == 4


def test_the_conditions_of_a_seed_share_their_twin() -> None:
    base = scenario(STORM)
    conditions = conditions_of(base.resolve(), CONDITIONS)
    shapes = Shapes(base, sought_of("nodes", base), conditions.duration_ns)
    made = Trials(conditions, None, 5, 1, None, None)
    calm = [[made._task(shapes.full(2), name, index)[0].calm for name in (FAULTS, NODE)] for index in (0, 1)]
    assert calm[0][0] == calm[0][1] != calm[1][0]


def test_shares_beyond_quantiles() -> None:
    assert beyond_of("event_latency_p99_s.desk") == pytest.approx(0.01)
    assert beyond_of("server_wait_p50_s") == 0.5
    assert beyond_of("event_latency_max_s") is None
    assert resolved(STORM).objectives == ()
