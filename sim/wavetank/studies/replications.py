"""Replications of scenarios, each beside its twin without faults, on the same random numbers.

Run r of a scenario has a seed made of the scenario's and of r. Its twin has the same (docs/model.md#twin
and #replications).
"""

import re
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wavetank.engines.registry import choose
from wavetank.policy.keyed import replication_seed
from wavetank.results.result import Result, conclude
from wavetank.results.statistics import replicated
from wavetank.results.store import save
from wavetank.results.windows import RECOVERY
from wavetank.scenario import Scenario, load
from wavetank.scenario.written import written_out
from wavetank.studies.simulate import Task, Watch, simulate
from wavetank.units import DURATION_UNITS, parse_duration

if TYPE_CHECKING:
    from wavetank.engines.live.target import Target

MOST_REPLICATIONS = 10_000
"""Intervals are 100 times narrower than those of one run; more is a mistake in typing."""

AUTO = "auto"
"""Settle until the verdict is there, within the bounds of docs/model.md#settling."""
NOTHING = re.compile(rf"0+ ?({'|'.join(DURATION_UNITS)})?")


def run(
    scenario: Scenario | str | Path,
    *,
    engine: str | None = None,
    seed: int | None = None,
    replications: int = 1,
    trace_agents: Sequence[int] = (),
    workers: int | None = None,
    out: str | Path | None = None,
    watch: Watch | None = None,
    command: Sequence[str] = (),
    server: "Target | None" = None,
    settle: str = AUTO,
) -> Result:
    """Simulate a scenario and judge the outcome.

    A scenario with faults is also run without them, on the same random numbers, for comparison.

    Parameters
    ----------
    scenario : Scenario, str or Path
        What to run: a scenario, or the name or path of one.
    engine : str, optional
        Which engine to use; by default the fastest one that supports the scenario.
    seed : int, optional
        Seed of all random numbers; by default the scenario's.
    replications : int
        How many runs, each with random numbers of its own.
    trace_agents : sequence of int
        Agents of which every message of the first replication is kept.
    workers : int, optional
        Processes to use at most; by default as many as there are cores and memory for.
    out : str or Path, optional
        Folder to save the result in.
    watch : callable, optional
        Told several times a second how far each run is.
    command : sequence of str
        The words of the command, kept with the result.
    server : Target, optional
        What the engine `live` runs against, instead of a server of its own.
    settle : str
        How long a run may go on past its duration, in simulated time, until its verdict is there: "auto", "0"
        or a duration such as "10min".

    Returns
    -------
    Result
        The outcome of all replications.

    Raises
    ------
    ScenarioError, UnsupportedByEngine
        The scenario is wrong, or the engine cannot run it.
    RunFailed, ResultError
        A run came to no answer, or the result cannot be saved.

    Examples
    --------
    >>> import wavetank as wt
    >>> small = wt.load("quickstart", ["fleet.agents=20", "duration=2min"])
    >>> wt.run(small, engine="reference").verdict
    'stable'
    """
    start_s = time.perf_counter()
    (result,) = replicate(
        [scenario if isinstance(scenario, Scenario) else load(scenario)],
        engine=engine,
        seed=seed,
        replications=replications,
        trace_agents=trace_agents,
        workers=workers,
        watch=watch,
        command=command,
        server=server,
        settle=settle,
    )
    result = replace(result, wall_s=time.perf_counter() - start_s)
    if out is not None:
        save(result, out)
    return result


def replicate(
    scenarios: Sequence[Scenario],
    *,
    engine: str | None = None,
    seed: int | None = None,
    replications: int = 1,
    trace_agents: Sequence[int] = (),
    workers: int | None = None,
    watch: Watch | None = None,
    titles: Sequence[str] = (),
    command: Sequence[str] = (),
    server: "Target | None" = None,
    settle: str = AUTO,
) -> list[Result]:
    """The result of every scenario, over the same replications; equal runs are done once.

    `titles` name the scenarios in the progress bar. Other arguments and errors as for `run`; ValueError for
    fewer than one replication or worker.
    """
    if not 1 <= replications <= MOST_REPLICATIONS:
        raise ValueError(f"{replications} replications; take 1 to {MOST_REPLICATIONS}")
    if workers is not None and workers < 1:
        raise ValueError(f"{workers} workers; take 1 or more")
    settle_ns = settle_of(settle)
    runs = []
    for index, scenario in enumerate(scenarios):
        first = scenario.spec.seed if seed is None else seed
        for r in range(replications):
            resolved = scenario.resolve(replication_seed(first, r))
            traced = tuple(trace_agents) if r == 0 else ()
            title = _title(titles[index] if titles else "", r, replications)
            more = (("target", server),) if server is not None else ()
            runs.append(Task(choose(resolved, engine).name, resolved, traced, settle_ns, title, more))
    parts = _concluded(runs, workers, watch, command)
    starts = range(0, len(parts), replications)
    results = [replicated(parts[start : start + replications]) for start in starts]
    return [
        replace(result, toml=written_out(scenario, result.seed))
        for scenario, result in zip(scenarios, results, strict=True)
    ]


def _concluded(
    runs: Sequence[Task], workers: int | None, watch: Watch | None, command: Sequence[str]
) -> list[Result]:
    """The result of every run; equal ones are done once."""
    tasks: dict[Task, Task] = {}
    for task in runs:
        tasks.setdefault(_anonymous(task), task)
    done = dict(zip(tasks, simulate(list(tasks.values()), workers, watch), strict=True))
    results = []
    for task in runs:
        tally, verdict, wall_s = done[_anonymous(task)]
        results.append(
            conclude(task.resolved, tally, verdict, engine=task.engine, wall_s=wall_s, command=command)
        )
    return results


def settle_of(text: str) -> int | None:
    """Return how long a run may go on past its duration in ns, None for "auto". Raises UnitError."""
    if text == AUTO:
        return None
    # nothing needs no unit
    return 0 if NOTHING.fullmatch(text) else parse_duration(text)


def _title(design: str, replication: int, replications: int) -> str:
    """Name a run for the progress bar."""
    number = f"run {replication + 1}" if replications > 1 else ""
    return ", ".join(part for part in (design, number) if part) or "run"


def _anonymous(task: Task) -> Task:
    """Return a task without its name and objectives, which do not change what it counts.

    The `recovery` objective stays, since it says how long the windows of a fault are.
    """
    kept = tuple(objective for objective in task.resolved.objectives if objective.metric == RECOVERY)
    return task._replace(resolved=task.resolved._replace(name="", objectives=kept), title="")
