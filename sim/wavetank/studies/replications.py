"""Replications of scenarios, each beside its twin without faults, on the same random numbers."""

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
from wavetank.scenario import Scenario, load
from wavetank.scenario.written import written_out
from wavetank.studies.simulate import Task, Watch, simulate

if TYPE_CHECKING:
    from wavetank.engines.live.target import Target

MOST_REPLICATIONS = 10_000


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
) -> Result:
    """Run a scenario (or the name or path of one), with its twin where it has faults, and judge it.

    `engine` None takes the first that can; `seed` None the scenario's own. `trace_agents` are traced in the
    first replication. `out` is a folder to save the result in. `watch` is told how far each run is. `server`
    is what the engine `live` runs against, instead of a server of its own.
    Raises ScenarioError, UnsupportedByEngine, and RunFailed or ResultError when there is no answer.
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
) -> list[Result]:
    """The result of every scenario, over the same replications; equal runs are done once.

    `titles` name the scenarios in the progress bar. Other arguments and errors as for `run`; ValueError for
    fewer than one replication or worker.
    """
    if not 1 <= replications <= MOST_REPLICATIONS:
        raise ValueError(f"{replications} replications; take 1 to {MOST_REPLICATIONS}")
    if workers is not None and workers < 1:
        raise ValueError(f"{workers} workers; take 1 or more")
    runs = []
    for index, one in enumerate(scenarios):
        first = one.spec.seed if seed is None else seed
        for r in range(replications):
            resolved = one.resolve(replication_seed(first, r))
            traced = tuple(trace_agents) if r == 0 else ()
            title = _title(titles[index] if titles else "", r, replications)
            more = (("target", server),) if server is not None else ()
            runs.append(Task(choose(resolved, engine).name, resolved, traced, title=title, more=more))
    parts = _concluded(runs, workers, watch, command)
    starts = range(0, len(parts), replications)
    results = [replicated(parts[start : start + replications]) for start in starts]
    return [
        replace(result, toml=written_out(one, result.seed))
        for one, result in zip(scenarios, results, strict=True)
    ]


def _concluded(
    runs: Sequence[Task], workers: int | None, watch: Watch | None, command: Sequence[str]
) -> list[Result]:
    """The result of every run, judged beside its twin where it has faults."""
    tasks: dict[Task, Task] = {}
    for run_ in runs:
        for task in (run_, *_twins(run_)):
            tasks.setdefault(_anonymous(task), task)
    done = dict(zip(tasks, simulate(list(tasks.values()), workers, watch), strict=True))
    results = []
    for run_ in runs:
        ran, *twins = [done[_anonymous(task)] for task in (run_, *_twins(run_))]
        twin = twins[0].tally if twins else None
        if twins and is_real(run_):
            ran.tally.said.insert(0, "What would have been without faults is simulated.")
        wall_s = ran.wall_s + sum(other.wall_s for other in twins)
        results.append(
            conclude(run_.resolved, ran.tally, twin, engine=run_.engine, wall_s=wall_s, command=command)
        )
    return results


def _title(design: str, replication: int, replications: int) -> str:
    """What the progress bar calls a run."""
    number = f"run {replication + 1}" if replications > 1 else ""
    return ", ".join(part for part in (design, number) if part) or "run"


def _twins(task: Task) -> tuple[Task, ...]:
    """The same run without faults, if it has any."""
    if not task.resolved.faults:
        return ()
    title = f"{task.title}, without faults"
    calm = task.resolved._replace(faults=())
    engine = choose(calm).name if is_real(task) else task.engine
    return (Task(engine, calm, bare=True, title=title),)


def is_real(task: Task) -> bool:
    """Whether a run happens in reality: its twin is simulated then."""
    return choose(task.resolved, task.engine).real


def _anonymous(task: Task) -> Task:
    """What decides what a task counts: neither its name nor what is asked of it afterwards."""
    return task._replace(resolved=task.resolved._replace(name="", objectives=()), title="")
