"""Make a cell: the run with its verdict and metrics, and nothing else. This is what workers do.

A worker gets a task and returns a cell; it reads and writes no file of the study. A run that fails becomes
a cell that says why.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from wavetank.errors import Livelock
from wavetank.results import accounting
from wavetank.results.histogram import UNIT, bin_bounds
from wavetank.results.judge.verdict import recovery_bounds
from wavetank.results.summary import Distribution, censored_of, distributions, metrics_of, summarise
from wavetank.studies.cells.cell import WINDOW, Cell, CellTask
from wavetank.studies.cells.store import CellStore
from wavetank.studies.shared_twins import TwinShelf
from wavetank.studies.simulate import Task, finished

AGENT_S_PER_S = 4_000_000
"""Agents x simulated seconds that a core does in about a second, with the twin."""


BATCHES_PER_WORKER = 4
"""Runs differ in length by half and more: with fewer batches one worker would wait for the other."""


class Batch(NamedTuple):
    """Cells that one process makes one after the other; `store` is where it puts them (None: nowhere)."""

    tasks: tuple[CellTask, ...]
    store: CellStore | None


def make_batch(batch: Batch, advance: Callable[[int, int], None]) -> list[Cell]:
    """Make all cells of a batch and put each on disk before the next one is begun.

    What is on disk already is read: a batch that is given to another process goes on where it was.
    `advance` is told how many are done.
    """
    cells = []
    calm, shelf = [task.calm for task in batch.tasks], TwinShelf()
    for task in batch.tasks:
        shared = calm.count(task.calm) > 1
        cells.append(_made(task, batch.store, shelf if shared else None))
        advance(len(cells), 0)
    return cells


def _made(task: CellTask, store: CellStore | None, shelf: TwinShelf | None) -> Cell:
    there = store.read(task.key) if store is not None else None
    if there is not None:
        return there
    cell = make(task, shelf)
    if store is not None:
        store.write(cell)
    return cell


def make(task: CellTask, shelf: TwinShelf | None = None) -> Cell:
    """Simulate a run and return what is kept of it. Raises RunFailed for failures that may not come again.

    `shelf` is where twins are shared; without one the run has a twin for itself.
    """
    resolved = task.resolved
    try:
        plain = Task(task.engine, resolved, settle_ns=task.settle_ns, twin=task.twin)
        tally, verdict, _ = finished(plain, _ignore, shelf=shelf)
    except Livelock as error:
        return Cell(task.key, task.engine, resolved.seed, None, {}, {}, {}, str(error))
    accounting.check(tally, went_on=tally.ended_ns > resolved.duration_ns)
    named = distributions(resolved, tally)
    if not task.windows:
        named = {name: spread for name, spread in named.items() if WINDOW not in name}
    return Cell(
        task.key,
        task.engine,
        resolved.seed,
        verdict,
        summarise(resolved, tally, verdict, named),
        {**censored_of(named), **recovery_bounds(verdict)},
        dict(_beyond(task, named)),
    )


def _ignore(now_ns: int, issued: int) -> None:
    """Runs of a batch are short: their ends are progress enough."""


def _beyond(task: CellTask, named: dict[str, Distribution]) -> Iterator[tuple[str, float]]:
    for name, spread in named.items():
        metrics = metrics_of(name).values()
        yield from (
            (bound.metric, share_beyond(spread, bound.bound))
            for bound in task.bounds
            if bound.metric in metrics
        )


def share_beyond(spread: Distribution, bound_s: float) -> float:
    """Return the share of observations above a bound in s; those that had not ended count as above it.

    The observations of a bin are taken to lie evenly in it (a bin is at most 0.1 % wide).
    """
    bound_ns, beyond = bound_s * 1e9, spread.infinite * UNIT
    for index, weight in spread.histogram.filled():
        low, high = bin_bounds(index)
        if low > bound_ns:
            beyond += weight
        elif high > bound_ns:
            beyond += round(weight * (high - bound_ns) / (high - low + 1))
    counted = spread.histogram.count + spread.infinite
    return beyond / (counted * UNIT) if counted else 0.0


def batches(tasks: Sequence[CellTask], store: CellStore | None, workers: int) -> list[Batch]:
    """Cut tasks into batches of a second or so, at least four for each worker where there are enough.

    Neighbours that share a twin come into one batch.
    """
    longest = max(1, len(tasks) // (BATCHES_PER_WORKER * workers))
    made: list[Batch] = []
    group: list[CellTask] = []
    agent_s = 0.0
    # tasks that follow one another and share a twin stay together
    for _, sharing in groupby(tasks, lambda task: task.calm):
        together = list(sharing)
        group += together
        agent_s += sum(task.agent_s for task in together)
        if agent_s >= AGENT_S_PER_S or len(group) >= longest:
            made.append(Batch(tuple(group), store))
            group, agent_s = [], 0.0
    return [*made, Batch(tuple(group), store)] if group else made
