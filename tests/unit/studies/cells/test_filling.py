from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.unit.studies.cases import QUEUE, STORM, resolved
from tests.unit.studies.dying import make_and_die, make_and_die_once
from wavetank.errors import RunFailed
from wavetank.studies import pool
from wavetank.studies.cells import filling, making
from wavetank.studies.cells.cell import Cell, CellTask, cell_task
from wavetank.studies.cells.filling import fill
from wavetank.studies.cells.store import CellStore
from wavetank.studies.simulate import Share


def tasks_of(count: int, text: str = QUEUE) -> list[CellTask]:
    base = resolved(text)
    return [cell_task(base._replace(seed=seed)) for seed in range(count)]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seeds that are simulated, as they are."""
    seeds: list[int] = []
    make = making.make

    def noted(task: CellTask, shelf: object = None) -> Cell:
        seeds.append(task.resolved.seed)
        return make(task, shelf)  # type: ignore[arg-type]

    monkeypatch.setattr(making, "make", noted)
    return seeds


def test_cells_are_the_same_for_any_number_of_workers(tmp_path: Path) -> None:
    tasks = tasks_of(6, STORM)
    alone = fill(tasks, workers=1)
    assert fill(tasks, workers=2) == alone
    assert fill(tasks, CellStore(tmp_path), workers=2) == alone
    assert [cell.key for cell in alone] == [task.key for task in tasks]


def test_only_what_is_missing_is_simulated(tmp_path: Path, made: list[int]) -> None:
    store, tasks = CellStore(tmp_path), tasks_of(5)
    first = fill(tasks[1:3], store, workers=1)
    assert made == [1, 2]
    store.path(first[1].key).write_bytes(b"damaged")
    cells = fill(tasks, store, workers=1)
    assert made == [1, 2, 0, 2, 3, 4]
    assert fill(tasks, store, workers=1) == cells
    assert len(made) == 6


def test_another_limit_simulates_nothing(tmp_path: Path, made: list[int]) -> None:
    store = CellStore(tmp_path)
    for bound in ("20s", "25s"):
        fill([cell_task(resolved(STORM, f'slo.recovery="{bound}"'))], store)
    assert len(made) == 1


def test_equal_tasks_are_done_once(made: list[int]) -> None:
    first, other = tasks_of(2)
    cells = fill([first, other, first], workers=1)
    assert [cell.seed for cell in cells] == [0, 1, 0]
    assert made == [0, 1]


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_counts_cells_and_those_that_were_there(tmp_path: Path, workers: int) -> None:
    store, tasks = CellStore(tmp_path), tasks_of(4)
    fill(tasks[:1], store)
    seen: list[Share] = []

    def watch(shares: Sequence[Share]) -> None:
        seen.extend(shares)

    fill(tasks, store, workers=workers, progress=watch, title="cells")
    assert seen[-1] == Share("4 of 4 cells", 1.0)
    assert [share.done for share in seen] == sorted(share.done for share in seen)


def test_a_worker_that_is_killed_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool.warm()
    tasks = tasks_of(8)
    monkeypatch.setattr(filling, "make_batch", make_and_die_once)
    cells = fill(tasks, CellStore(tmp_path), workers=2)
    assert list(tmp_path.glob("died-*"))
    monkeypatch.undo()
    assert cells == fill(tasks, workers=1)


def test_a_run_whose_process_always_dies_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "make_batch", make_and_die)
    with pytest.raises(RunFailed, match=r"the process of the run with seed \d died twice"):
        fill(tasks_of(4), workers=2)
