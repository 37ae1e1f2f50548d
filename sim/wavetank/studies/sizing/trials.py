"""The runs of a sizing: each is done once, several at a time, and judged under its condition.

A trial is named by its shape, its condition and its index, which gives its seed. So a run is the same
whoever asks for it first, with any number of workers.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from wavetank.policy.keyed import replication_seed
from wavetank.results.judge.outcomes import IS_WELL, Outcome
from wavetank.results.slo import Judged
from wavetank.results.summary import QUANTILES
from wavetank.results.windows import RECOVERY
from wavetank.scenario.resolved import Objective, Resolved
from wavetank.studies.cells import Cell, CellStore, CellTask, cell_task, fill
from wavetank.studies.simulate import Share, Watch
from wavetank.studies.sizing.conditions import DAY, FAULTS, NODE, Conditions, placed
from wavetank.studies.sizing.shapes import Shape
from wavetank.units import SECOND


class Trial(NamedTuple):
    """One run of a design under a condition.

    Attributes
    ----------
    cell : Cell
        The run.
    objectives : tuple of Objective
        What it is held to.
    condition : str
        Its condition.
    """

    cell: Cell
    objectives: tuple[Objective, ...]
    condition: str

    @property
    def judged(self) -> list[Judged]:
        """Whether the run met each objective."""
        return self.cell.judged(self.objectives)

    @property
    def held(self) -> bool | None:
        """Whether the run does well; None where it could not tell.

        With a node lost the objectives decide, and a verdict only where agents were lost. It may be open on a
        day that is short for it, too, unless a backlog grows.
        """
        outcome = self.cell.verdict.outcome if self.cell.verdict is not None else Outcome.METASTABLE
        met = {judged.met for judged in self.judged}
        if False in met or outcome not in IS_WELL | {Outcome.UNDECIDED}:
            return False
        verdict = self.cell.verdict
        grows = verdict is not None and verdict.piles_up
        open_ = outcome is Outcome.UNDECIDED and (self.condition == FAULTS or grows)
        return None if None in met or open_ else True


class Wanted(NamedTuple):
    """Some runs of a shape under a condition, by their indices."""

    shape: Shape
    condition: str
    indices: Sequence[int]


class Trials:
    """Does runs in any order and keeps them.

    Run `index` of a design has the seed of replication `index` of `wavetank run`.

    Parameters
    ----------
    conditions
        What is asked of each design.
    engine, seed, workers, store, progress
        As for `sweep`.
    """

    def __init__(
        self,
        conditions: Conditions,
        engine: str | None,
        seed: int,
        workers: int | None,
        store: CellStore | None,
        progress: Watch | None,
    ) -> None:
        self.conditions = conditions
        self.workers = workers
        self._engine, self._seed, self._store, self._progress = engine, seed, store, progress
        self._kept: dict[tuple[Shape, str, int], Trial] = {}
        self._tasks: dict[tuple[Shape, str, int], tuple[CellTask, tuple[Objective, ...]]] = {}

    @property
    def runs(self) -> int:
        """How many runs were made so far."""
        return len(self._kept)

    def of(self, shape: Shape, condition: str, indices: Iterable[int], title: str = "") -> list[Trial]:
        """Return the runs of one shape under one condition."""
        (trials,) = self.all([Wanted(shape, condition, list(indices))], title)
        return trials

    def all(self, wanted: Sequence[Wanted], title: str = "") -> list[list[Trial]]:
        """Return the runs of each request. Those that are missing are done together."""
        places = [(each.shape, each.condition, index) for each in wanted for index in each.indices]
        missing = [place for place in dict.fromkeys(places) if place not in self._kept]
        planned = [self._task(*place) for place in missing]
        watch = None if self._progress is None else _titled(self._progress, title)
        cells = fill([task for task, _ in planned], self._store, self.workers, watch, "runs")
        for place, cell, (_, objectives) in zip(missing, cells, planned, strict=True):
            self._kept[place] = Trial(cell, objectives, place[1])
        return [[self._kept[each.shape, each.condition, index] for index in each.indices] for each in wanted]

    def _task(self, shape: Shape, condition: str, index: int) -> tuple[CellTask, tuple[Objective, ...]]:
        resolved = placed(shape.resolved, self.conditions, condition, index)
        seeded, asked = resolved._replace(seed=replication_seed(self._seed, index)), resolved.objectives
        if condition == FAULTS and self.conditions.ends_early(resolved):
            # nothing but the recovery is asked: the run ends when the judge has decided
            first_ns = self.conditions.judged_from_ns
            settle_ns = self.conditions.duration_ns - first_ns
            return cell_task(seeded._replace(duration_ns=first_ns), self._engine, settle_ns), asked
        # the run is long enough for its verdict, so it need not go on
        bounds = counted_exactly(resolved) if condition == DAY else ()
        if condition == NODE:
            # its windows end W after the node is back, though no recovery is judged
            within = Objective(RECOVERY, self.conditions.within_ns / SECOND)
            seeded = seeded._replace(objectives=(within, *asked))
        return cell_task(seeded, self._engine, 0, bounds, twin=condition != NODE), asked


def counted_exactly(resolved: Resolved) -> tuple[Objective, ...]:
    """Return the bounds on quantiles: beyond those, observations are counted exactly."""
    return tuple(objective for objective in resolved.objectives if beyond_of(objective.metric) is not None)


def beyond_of(metric: str) -> float | None:
    """Return which share of observations may lie beyond a bound on a quantile; None for other metrics."""
    parts = metric.partition(".")[0].split("_")
    for name, share in QUANTILES.items():
        if name in parts:
            return 1 - share
    return None


def _titled(progress: Watch, title: str) -> Callable[[Sequence[Share]], None]:
    def watch(shares: Sequence[Share]) -> None:
        progress([share._replace(title=f"{title}: {share.title}") for share in shares])

    return watch
