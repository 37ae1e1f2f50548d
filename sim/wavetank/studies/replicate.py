"""Replications of scenarios, each beside its twin without faults, on the same random numbers."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from wavetank.engines.registry import choose
from wavetank.policy.keyed import replication_seed
from wavetank.results.result import Result, conclude
from wavetank.results.statistics import replicated
from wavetank.results.store import save
from wavetank.scenario import Scenario, load
from wavetank.scenario.resolved import Resolved
from wavetank.studies.simulate import Task, Watch, simulate

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
) -> Result:
    """Run a scenario (or the name or path of one), with its twin where it has faults, and judge it.

    `engine` None takes the first that can; `seed` None the scenario's own. `trace_agents` are traced in the
    first replication. `out` is a folder to save the result in. `watch` is told how far each run is.
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
    command: Sequence[str] = (),
) -> list[Result]:
    """The result of every scenario, over the same replications; equal runs are done once.

    Arguments and errors as for `run`; ValueError for fewer than one replication or worker.
    """
    if not 1 <= replications <= MOST_REPLICATIONS:
        raise ValueError(f"{replications} replications; take 1 to {MOST_REPLICATIONS}")
    if workers is not None and workers < 1:
        raise ValueError(f"{workers} workers; take 1 or more")
    plans = [
        [
            _planned(one, engine, replication_seed(one.spec.seed if seed is None else seed, r))
            for r in range(replications)
        ]
        for one in scenarios
    ]
    for of_scenario in plans:
        of_scenario[0] = of_scenario[0]._replace(trace_agents=tuple(trace_agents))
    tasks: dict[Task, Task] = {}
    for task in (task for of_scenario in plans for task in of_scenario):
        tasks.setdefault(_anonymous(task), task)
        if task.resolved.faults:
            tasks.setdefault(_anonymous(_twin(task)), _twin(task))
    done = dict(zip(tasks, simulate(list(tasks.values()), workers, watch), strict=True))
    results = []
    for of_scenario in plans:
        parts = []
        for task in of_scenario:
            ran = done[_anonymous(task)]
            twin = done[_anonymous(_twin(task))] if task.resolved.faults else None
            parts.append(
                conclude(
                    task.resolved,
                    ran.tally,
                    twin and twin.tally,
                    engine=task.engine,
                    wall_s=ran.wall_s + (twin.wall_s if twin else 0.0),
                    command=command,
                )
            )
        results.append(replicated(parts))
    return results


def _planned(scenario: Scenario, engine: str | None, seed: int) -> Task:
    resolved = scenario.resolve(seed)
    return Task(choose(resolved, engine).name, resolved)


def _twin(task: Task) -> Task:
    """The same run without faults."""
    return Task(task.engine, task.resolved._replace(faults=()), bare=True)


def _anonymous(task: Task) -> Task:
    """What decides what a task counts: neither its name nor what is asked of it afterwards."""
    resolved: Resolved = task.resolved._replace(name="", objectives=())
    return task._replace(resolved=resolved)
