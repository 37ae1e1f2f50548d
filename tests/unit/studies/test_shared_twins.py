import pytest

from tests.unit.studies.cases import STORM, resolved
from wavetank.engines.registry import Engine, choose
from wavetank.engines.stepped import SteppedRun
from wavetank.policy.codes import FaultKind
from wavetank.scenario.resolved import Fault, Resolved
from wavetank.studies.cells.cell import CellTask, cell_task
from wavetank.studies.cells.making import Batch, batches, make, make_batch
from wavetank.studies.shared_twins import TwinLeft, TwinShelf
from wavetank.units import SECOND

BASE = resolved(STORM)
RESTART, COLD = FaultKind.NODE_RESTART, FaultKind.COLD_START


def with_fault(kind: FaultKind, at_s: int, lasts_s: int = 0, share: float = 0.0) -> Resolved:
    return BASE._replace(faults=(Fault(kind, at_s * SECOND, lasts_s * SECOND, 0, share, 0.0),))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Resolved]:
    """The scenarios of which a run is begun."""
    begun: list[Resolved] = []
    start = Engine.start.fget  # type: ignore[attr-defined]

    def noted(engine: Engine) -> object:
        def begin(resolved: Resolved, *rest: object, **more: object) -> SteppedRun:
            begun.append(resolved)
            run: SteppedRun = start(engine)(resolved, *rest, **more)
            return run

        return begin

    monkeypatch.setattr(Engine, "start", property(noted))
    return begun


def ignore(done: int, _: int) -> None:
    assert done > 0


def tasks() -> list[CellTask]:
    faulty = [with_fault(RESTART, 20, 5), with_fault(COLD, 15), with_fault(COLD, 22)]
    return [cell_task(faulted, "reference", 0) for faulted in faulty]


def test_runs_of_one_seed_share_their_twin_and_say_the_same(started: list[Resolved]) -> None:
    alone = [make(task) for task in tasks()]
    assert len(started) == 6
    started.clear()
    assert make_batch(Batch(tuple(tasks()), None), ignore) == alone
    assert [bool(start.faults) for start in started] == [True, False, True, True]


def later(task: CellTask) -> CellTask:
    return task._replace(resolved=task.resolved._replace(seed=5))


def test_neighbours_with_the_same_twin_stay_in_one_batch() -> None:
    groups = batches([*tasks(), *(later(task) for task in tasks())], None, 3)
    assert [len(group.tasks) for group in groups] == [3, 3]


def test_a_run_whose_agents_leave_has_a_twin_for_itself() -> None:
    refused = cell_task(with_fault(FaultKind.INVALID_CREDENTIALS, 15, share=0.5), "reference", 0)
    other = tasks()[0]
    cells = make_batch(Batch((refused, other), None), ignore)
    assert cells == [make(refused), make(other)]
    assert cells[0].word == "lost"


def test_a_shelf_keeps_one_twin() -> None:
    shelf, engine = TwinShelf(), choose(BASE, "reference")
    calm = BASE._replace(faults=(), objectives=())
    twin = shelf.twin(engine, calm, BASE.duration_ns)
    twin.advance(SECOND)
    first = twin.sample(False)
    again = shelf.twin(engine, calm, BASE.duration_ns)
    again.advance(SECOND)
    assert again.sample(False) is first
    again.leave(())
    with pytest.raises(TwinLeft):
        again.leave((3,))


def test_a_run_without_a_twin_says_only_whether_agents_are_lost(started: list[Resolved]) -> None:
    refused, restart = with_fault(FaultKind.INVALID_CREDENTIALS, 15, share=0.5), with_fault(RESTART, 20, 5)
    for faulty, word in ((refused, "lost"), (restart, "undecided")):
        beside, alone = (make(cell_task(faulty, "reference", 0, twin=twin)) for twin in (True, False))
        assert alone.word == word
        for metric in ("event_latency_p99_s@during", "events_delivered", "events_dropped"):
            assert alone.summary[metric] == beside.summary[metric]
    assert [bool(each.faults) for each in started] == [True, False, True, True, False, True]
