import pytest

from tests.unit.studies.cases import STORM, resolved, scenario
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.verdict import Verdict
from wavetank.results.windows import windows_of
from wavetank.scenario.resolved import Objective
from wavetank.studies.cells import Cell, cell_task, fill
from wavetank.studies.cells.making import make
from wavetank.studies.sizing import trials
from wavetank.studies.sizing.conditions import CONDITIONS, DAY, DELIVERED, FAULTS, NODE, conditions_of, placed
from wavetank.studies.sizing.margins import Margin, margins_of
from wavetank.studies.sizing.shapes import Shape, Shapes
from wavetank.studies.sizing.sought import sought_of
from wavetank.studies.sizing.trials import Trial, Trials, Wanted, beyond_of
from wavetank.units import SECOND

COLD = ('slo.recovery="20s"', "fleet.agents=30", 'balancer={policy="random",health_check="1s"}')
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


@pytest.fixture(scope="module")
def cold() -> Trials:
    """Runs of a small fleet that is asked for nothing but to be back."""
    base = scenario(STORM, *COLD)
    return Trials(conditions_of(base.resolve(), CONDITIONS), None, 5, 1, None, None)


def shape_of(texts: tuple[str, ...] = ()) -> Shape:
    base = scenario(STORM, *COLD, *texts)
    return Shapes(base, sought_of("nodes", base), conditions_of(base.resolve(), CONDITIONS).duration_ns).full(
        2
    )


def test_a_run_that_ends_when_it_is_decided_says_the_same(cold: Trials) -> None:
    shape, ended = shape_of(), []
    for index, early in enumerate(cold.of(shape, FAULTS, range(3))):
        placed_ = placed(shape.resolved, cold.conditions, FAULTS, index)
        whole = make(cell_task(placed_._replace(seed=early.cell.seed), None, 0))
        assert early.cell.verdict is not None
        assert early.cell.summary["recovery_s"] == whole.summary["recovery_s"] is not None
        ended.append(early.cell.verdict.ended_s)
    assert max(ended) < shape.resolved.duration_ns / 1e9


def test_a_run_goes_on_to_its_end_where_more_is_asked(cold: Trials) -> None:
    shape = shape_of(("slo.events_dropped=0",))
    task, _ = cold._task(shape, FAULTS, 0)
    assert (task.resolved.duration_ns, task.settle_ns) == (shape.resolved.duration_ns, 0)


def test_a_lost_node_is_judged_by_latencies_without_a_twin(cold: Trials) -> None:
    task, objectives = cold._task(shape_of(), NODE, 0)
    assert not task.twin
    assert [objective.metric for objective in objectives] == [DELIVERED]
    # the window ends W after the node is back
    node = task.resolved.faults[0]
    assert windows_of(task.resolved).edges_ns[-1] == node.at_ns + node.lasts_ns + 20 * SECOND
    (run,) = cold.of(shape_of(), NODE, [0])
    assert (run.cell.word, run.held) == ("undecided", True)


def test_shares_beyond_quantiles() -> None:
    assert beyond_of("event_latency_p99_s.desk") == pytest.approx(0.01)
    assert beyond_of("server_wait_p50_s") == 0.5
    assert beyond_of("event_latency_max_s") is None
    assert resolved(STORM).objectives == ()
