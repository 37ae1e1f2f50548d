"""Many cells at once: what is on disk is read, the rest is simulated in as many processes as pay.

A cell that is on disk is not simulated again. The order in which cells come changes nothing. A worker
process that dies is started once more; then the run fails and the cells that are done stay on disk.
"""

from collections.abc import Sequence
from contextlib import ExitStack

from wavetank.errors import RunFailed, WavetankError
from wavetank.studies import notebook, pool
from wavetank.studies.cells.cell import Cell, CellTask
from wavetank.studies.cells.making import Batch, batches, make_batch
from wavetank.studies.cells.store import CellStore
from wavetank.studies.pool import WorkerDied
from wavetank.studies.simulate import Share, Task, Watch, agent_s, check_room, most_workers

WORTH_A_POOL_S = 10_000_000
"""Agents x simulated seconds from which on it pays to start processes: some seconds of work."""


def fill(
    tasks: Sequence[CellTask],
    store: CellStore | None = None,
    workers: int | None = None,
    progress: Watch | None = None,
    title: str = "cells",
) -> list[Cell]:
    """Return the cells of all tasks, in order. Equal tasks are done once.

    Parameters
    ----------
    tasks
        What is wanted.
    store
        Where cells are read from and put; None: they are kept in memory alone. A call that was killed and is
        made again does only what is missing.
    workers
        Processes to use at most; by default as many as there are cores and memory for. The cells are the
        same for any number.
    progress
        Told several times a second how much is done; in a notebook it is shown below the cell.
    title
        What the progress calls it.

    Raises
    ------
    TooLarge, RunFailed, ResultError
        A run does not fit into memory, comes to no answer that would come again, or cannot be put on disk.
    """
    wanted = {task.key: task for task in tasks}
    keys = [task.key for task in tasks]
    there = store.keys() if store is not None else set()
    read = {key: store.read(key) for key in wanted if key in there} if store is not None else {}
    cells = {key: cell for key, cell in read.items() if cell is not None}
    missing = [task for key, task in wanted.items() if key not in cells]
    for task in missing:
        check_room(_plain(task))
    with ExitStack() as stack:
        if progress is None and notebook.in_notebook():
            progress = stack.enter_context(notebook.cell())
        board = _Board(title, len(cells), len(wanted), progress)
        cells.update((cell.key, cell) for cell in _made(missing, store, workers, board))
    return [cells[key] for key in keys]


def _plain(task: CellTask) -> Task:
    return Task(task.engine, task.resolved, settle_ns=task.settle_ns)


def _made(
    tasks: Sequence[CellTask], store: CellStore | None, workers: int | None, board: "_Board"
) -> list[Cell]:
    if not tasks:
        return []
    plain = [_plain(task) for task in tasks]
    count = min(len(tasks), workers or most_workers(plain))
    if count <= 1 or (workers is None and not pool.ready() and agent_s(plain) < WORTH_A_POOL_S):
        return make_batch(Batch(tuple(tasks), store), lambda done, _: board.show({0: done}))
    groups = batches(tasks, store, count)
    done: dict[int, int] = {}

    def note(index: int, cells: int, _: int) -> None:
        done[index] = max(cells, done.get(index, 0))

    try:
        made = pool.run(make_batch, groups, min(count, len(groups)), note, lambda: board.show(done))
    except WorkerDied as died:
        first = groups[died.index].tasks[0].resolved
        raise _died(first.seed) from None
    return [cell for cells in made for cell in cells]


def _died(seed: int) -> WavetankError:
    return RunFailed(f"the process of the run with seed {seed} died twice; is there too little memory?")


class _Board:
    """The number of cells that are done, for a watcher."""

    def __init__(self, title: str, there: int, total: int, watch: Watch | None) -> None:
        self._title, self._there, self._total, self._watch = title, there, total, watch

    def show(self, done: dict[int, int]) -> None:
        """Tell the watcher; `done` are cells by batch."""
        if self._watch is not None:
            count = self._there + sum(done.values())
            self._watch([Share(f"{count} of {self._total} {self._title}", count / self._total)])
