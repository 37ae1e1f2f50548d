"""`sweep`: one scenario with many values of some keys, each with several seeds, as one tidy table.

Every design of a sweep runs with the same seeds. With a folder it can be stopped and resumed, and divided
into shards over machines.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from wavetank.errors import ScenarioError
from wavetank.policy.keyed import replication_seed
from wavetank.scenario import Override, Scenario, load
from wavetank.scenario.gathering import Gathering
from wavetank.scenario.resolved import Resolved
from wavetank.studies.cells import Cell, CellStore, CellTask, cell_task, fill
from wavetank.studies.replications import AUTO, settle_of
from wavetank.studies.simulate import Watch
from wavetank.studies.sweeping import folder
from wavetank.studies.sweeping.axes import Axis, axes_of, fitted
from wavetank.studies.sweeping.design import Design
from wavetank.studies.sweeping.points import BadSweep, points_of
from wavetank.studies.sweeping.swept import Sweep

MOST_REPLICATIONS = 10_000
"""As for `run`."""
Vary = Mapping[str, Sequence[object] | str] | Sequence[str]
"""Texts such as "server.nodes=3,4,5", or a dict from a key to its values."""


def sweep(
    scenario: Scenario | str | Path,
    vary: Vary,
    *,
    sample: str | None = None,
    points: int | None = None,
    replications: int = 1,
    engine: str | None = None,
    seed: int | None = None,
    workers: int | None = None,
    shard: str | None = None,
    out: str | Path | None = None,
    progress: Watch | None = None,
    settle: str = AUTO,
) -> Sweep:
    """Simulate a scenario with many values of some keys, on the same random numbers.

    Parameters
    ----------
    scenario : Scenario, str or Path
        What is varied: a scenario, or the name or path of one.
    vary : sequence of str, or dict
        Texts such as "server.nodes=3,4,5" or "auth.ttl=5min..30min:6", or a dict such as
        `{"server.nodes": [3, 4, 5]}`. Several keys: every combination.
    sample, points : str and int, optional
        "sobol" or "lhs": so many points of the ranges instead of every combination.
    replications : int
        Runs of each design, with seeds of their own.
    engine, seed, workers, settle
        As for `run`. The table is the same for any number of workers.
    shard : str, optional
        "2/8": do the second of eight equal parts of the runs only. Needs `out`.
    out : str or Path, optional
        Folder for the runs and the table. A sweep that was stopped goes on where it was.
    progress : callable, optional
        Told several times a second how much is done.

    Returns
    -------
    Sweep
        All runs. Of a shard the designs whose runs are all on disk.

    Raises
    ------
    ScenarioError, BadSweep, ResultError, RunFailed
        Bad input, with every mistake; a folder that cannot be written; a run that came to no answer.

    Examples
    --------
    >>> import wavetank as wt
    >>> small = wt.load("quickstart", ["fleet.agents=20", "duration=2min"])
    >>> swept = wt.sweep(small, ["server.cores=1,2"], engine="reference")
    >>> swept.to_frame().groupby("server.cores").events_delivered.mean().to_dict()
    {1: 469.0, 2: 469.0}
    """
    base = scenario if isinstance(scenario, Scenario) else load(scenario)
    if not 1 <= replications <= MOST_REPLICATIONS:
        raise BadSweep(f"{replications} replications; take 1 to {MOST_REPLICATIONS:,}")
    if shard is not None and out is None:
        raise BadSweep("a shard puts its runs on disk; give a folder with --out")
    part, parts = folder.part_of(shard) if shard is not None else (1, 1)
    axes = tuple(fitted(axis, accepts(base)) for axis in axes_of(vary))
    first = base.spec.seed if seed is None else seed
    chosen = points_of(axes, sample, points, first)
    planned = _planned(base, axes, chosen)
    tasks = [_tasks(plan.resolved, replications, engine, seed, settle_of(settle)) for plan in planned]
    store = None
    if out is not None:
        folder.prepare(out, base, axes, replications, first)
        store = CellStore(Path(out) / folder.CELLS)
    keys = [[task.key for task in of_design] for of_design in tasks]
    mine = [task for of_design in tasks for task in of_design][part - 1 :: parts]
    cells = {cell.key: cell for cell in fill(mine, store, workers, progress, "runs")}
    if store is not None and parts > 1:
        cells |= _of_others(store, {key for of_design in keys for key in of_design} - cells.keys())
    designs = tuple(
        _design(plan, [cells[key] for key in of_design])
        for plan, of_design in zip(planned, keys, strict=True)
        if all(key in cells for key in of_design)
    )
    names = tuple(axis.key for axis in axes)
    made = Sweep(_title(base, planned), names, designs, replications, len(planned), str(out or ""))
    if out is not None and made.is_whole:
        folder.write_table(made, out)
    return made


class _Planned(NamedTuple):
    """A design that is wanted, and what it resolves to: once, as that takes as long as a short run."""

    texts: tuple[str, ...]
    name: str
    agents: int
    resolved: Resolved


def _title(base: Scenario, planned: Sequence[_Planned]) -> str:
    """The name of all designs; where they say how many agents they have, from the fewest to the most."""
    names, agents = {plan.name for plan in planned}, sorted(plan.agents for plan in planned)
    if len(names) == 1:
        return names.pop()
    if agents[0] == agents[-1]:
        return base.name
    return base.spec.name.replace("{agents}", f"{agents[0]:,} to {agents[-1]:,}")


def _of_others(store: CellStore, wanted: set[str]) -> dict[str, Cell]:
    """The cells that other shards have put on disk so far."""
    return {key: cell for key in wanted & store.keys() if (cell := store.read(key)) is not None}


def accepts(base: Scenario) -> Callable[[Override], bool]:
    """Return a function that tells whether the scenario is valid with an override."""

    def is_valid(override: Override) -> bool:
        try:
            base.but(override)
        except ScenarioError:
            return False
        return True

    return is_valid


def _planned(base: Scenario, axes: Sequence[Axis], points: Sequence[tuple[str, ...]]) -> list[_Planned]:
    """The design of every point. Raises ScenarioErrors with every different mistake."""
    gathering = Gathering()
    planned = []
    for point in points:
        with gathering.catching():
            settings = (axis.setting(value) for axis, value in zip(axes, point, strict=True))
            design = base.but(*settings)
            planned.append(_Planned(point, design.name, design.spec.fleet.agents, design.resolve()))
    gathering.finish()
    return planned


def _tasks(
    design: Resolved, replications: int, engine: str | None, seed: int | None, settle_ns: int | None
) -> list[CellTask]:
    first = design.seed if seed is None else seed
    task = cell_task(design, engine, settle_ns)
    seeds = (replication_seed(first, index) for index in range(replications))
    return [task._replace(resolved=task.resolved._replace(seed=number)) for number in seeds]


def _design(planned: _Planned, cells: Sequence[Cell]) -> Design:
    resolved = planned.resolved
    cores = resolved.server.nodes * resolved.server.cores
    return Design(planned.texts, folder.digest_of(resolved), cores, resolved.objectives, tuple(cells))
