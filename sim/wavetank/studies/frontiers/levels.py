"""The runs of a frontier: at some values of a key, in how many runs is the fleet not back.

A level is one value of the key with its runs. Runs are cells: each is simulated once, whatever is asked
later, and the order in which they are made changes nothing.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from wavetank.policy.keyed import replication_seed
from wavetank.results.judge.grid import grid_of
from wavetank.results.judge.outcomes import IS_WELL, Outcome
from wavetank.results.judge.plan import FOREVER_NS
from wavetank.results.windows import RECOVERY
from wavetank.scenario import Scenario
from wavetank.scenario.resolved import Resolved
from wavetank.studies.cells import Cell, CellStore, CellTask, cell_task, fill
from wavetank.studies.judge_plan import plan_of
from wavetank.studies.simulate import Watch
from wavetank.studies.sweeping.axes import Axis
from wavetank.studies.sweeping.values import typed
from wavetank.units import SECOND, format_duration

SEEDS_OF_A_LEVEL = 10_000
"""Levels have seeds of their own: their counts are independent, as the fit takes them to be."""


class Level(NamedTuple):
    """One value of the key with its runs.

    Attributes
    ----------
    text : str
        The value as written.
    value : float
        The value in SI units.
    runs, fatal : int
        How many runs there were, and after how many the fleet was not back.
    open : int
        Of the fatal ones, how many were neither trapped nor overloaded when they ended.
    """

    text: str
    value: float
    runs: int
    fatal: int
    open: int

    @property
    def share(self) -> float:
        """The share of runs after which the fleet was not back."""
        return self.fatal / self.runs if self.runs else 0.0


class Levels:
    """Runs at shares of the way along a range; each is done once."""

    def __init__(
        self,
        base: Scenario,
        axis: Axis,
        settings: Sequence[str],
        engine: str | None,
        seed: int,
        workers: int | None,
        store: CellStore | None,
        progress: Watch | None,
    ) -> None:
        assert axis.span is not None
        self._base, self._axis, self._span = base.but(*settings), axis, axis.span
        self._engine, self._seed, self._workers = engine, seed, workers
        self._store, self._progress = store, progress
        self._numbers: dict[str, int] = {}
        self._resolved: dict[str, Resolved] = {}
        self._cells: dict[str, list[Cell]] = {}

    @property
    def runs(self) -> int:
        """How many runs were made so far."""
        return sum(map(len, self._cells.values()))

    @property
    def all(self) -> list[Level]:
        """Every level, by its value."""
        return sorted(map(self._level, self._cells), key=lambda level: level.value)

    def text(self, share: Fraction) -> str:
        """Return the value at a share of the way."""
        return self._span.whole_at(share) if self._span.whole else self._span.at(share)

    def value(self, share: Fraction) -> float:
        """Return the same in SI units."""
        return float(typed(self.text(share)))

    def ask(self, shares: Sequence[Fraction], count: int) -> list[Level]:
        """Return levels with at least so many runs each. Raises ScenarioError for a value that is none."""
        texts = [self.text(share) for share in shares]
        tasks: list[CellTask] = []
        places: list[str] = []
        for text in dict.fromkeys(texts):
            there = len(self._cells.setdefault(text, []))
            for index in range(there, count):
                tasks.append(self._task(text, index))
                places.append(text)
        cells = fill(tasks, self._store, self._workers, self._progress, "runs")
        for text, cell in zip(places, cells, strict=True):
            self._cells[text].append(cell)
        return [self._level(text) for text in texts]

    def _task(self, text: str, index: int) -> CellTask:
        number = self._numbers.setdefault(text, len(self._numbers))
        if text not in self._resolved:
            self._resolved[text] = _long_enough(self._base.but(self._axis.setting(text)))
        resolved = self._resolved[text]
        seeded = resolved._replace(seed=replication_seed(self._seed, number * SEEDS_OF_A_LEVEL + index))
        if all(objective.metric != RECOVERY for objective in resolved.objectives):
            return cell_task(seeded, self._engine, None)
        # only the recovery is looked at, so a run may end as soon as the judge has decided
        first_ns = min(_judged_from_ns(resolved), resolved.duration_ns)
        return cell_task(seeded._replace(duration_ns=first_ns), self._engine, resolved.duration_ns - first_ns)

    def _level(self, text: str) -> Level:
        cells = self._cells[text]
        fatal = [cell for cell in cells if is_fatal(cell, self._resolved[text])]
        waiting = [cell for cell in fatal if cell.verdict and cell.verdict.outcome in IS_WELL | _OPEN]
        return Level(text, float(typed(text)), len(cells), len(fatal), len(waiting))


_OPEN = {Outcome.UNDECIDED}


def is_fatal(cell: Cell, resolved: Resolved) -> bool:
    """Return whether the fleet is not back after a run: not within the bound of `recovery`, if there is one.

    A run that ended undecided after a fault was not back. Without faults it is fatal if a backlog grew.
    """
    verdict = cell.verdict
    if verdict is not None and verdict.outcome is Outcome.UNDECIDED and not resolved.faults:
        return verdict.piles_up
    if verdict is None or verdict.outcome not in IS_WELL:
        return True
    bounds = [objective.bound for objective in resolved.objectives if objective.metric == RECOVERY]
    back_s = cell.summary.get(RECOVERY)
    return bool(bounds and RECOVERY in cell.summary and (back_s is None or back_s > bounds[0]))


def _judged_from_ns(resolved: Resolved) -> int:
    """Return when a fleet can be said to be back at the earliest: a hold after the last fault."""
    return (
        max((span.end_ns for span in plan_of(resolved).faults), default=FOREVER_NS)
        + grid_of(resolved).hold_ns
    )


def _long_enough(scenario: Scenario) -> Resolved:
    """Return a scenario that lasts until W after its last fault and what the verdict needs."""
    resolved = scenario.resolve()
    bounds = [objective.bound for objective in resolved.objectives if objective.metric == RECOVERY]
    ends = [span.end_ns for span in plan_of(resolved).faults if span.end_ns < FOREVER_NS]
    if not bounds or not ends:
        return resolved
    grid = grid_of(resolved)
    needed_ns = max(ends) + round(bounds[0] * SECOND) + grid.hold_ns + 2 * grid.span_ns
    needed_ns = -(-needed_ns // SECOND) * SECOND
    if needed_ns <= resolved.duration_ns:
        return resolved
    return scenario.but(f"duration={format_duration(needed_ns)}").resolve()
