"""One engine on one scenario, in a process of its own: `python -m tests.benchmarks.child JOB`.

A small run of the same scenario comes first, so that kernels are compiled and modules loaded. Then the same
run is timed `repeats` times. Prints JSON: what each run issued and its CPU seconds, and the most memory that
the process has taken.
"""

import inspect
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
SMALL = ("fleet.agents=8", "duration=3s", "warmup=0s", "fault=[]")


class Job(NamedTuple):
    """A run to measure. `general`: the engine's general loop, even where the scenario allows a faster one."""

    scenario: str
    sets: tuple[str, ...]
    engine: str
    repeats: int
    general: bool = False


class Ran(NamedTuple):
    """(attempts issued, CPU seconds) of each run; `note` says why there is none.

    `paths`: how many ways through itself the engine has, 2 where the general loop is not the only one.
    """

    measured: list[tuple[int, float]]
    peak_bytes: int
    note: str = ""
    paths: int = 1


def run_apart(job: Job) -> Ran:
    """Do the job in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.child", json.dumps(job)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        return Ran([], 0, done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "it was killed")
    plain = json.loads(done.stdout)
    measured = [(count, cpu_s) for count, cpu_s in plain.pop("measured")]
    return Ran(measured, **plain)


def do(job: Job) -> Ran:
    """Do the job here."""
    from wavetank.engines import registry
    from wavetank.scenario import load

    engines = [engine for engine in registry.ENGINES if engine.name == job.engine]
    if not engines:
        return Ran([], 0, f"there is no engine {job.engine}")
    run: Any = engines[0].run
    able = "general" in inspect.signature(run).parameters
    more = {"general": True} if job.general and able else {}
    scenario = load(job.scenario, job.sets)
    refused = registry.refused(engines[0], scenario.resolve())
    if refused:
        return Ran([], 0, f"{job.engine} refuses {', '.join(refused)}")
    run(scenario.but(*SMALL).resolve(), **more)
    resolved = scenario.resolve()
    measured = []
    for _ in range(job.repeats):
        begun_s = time.process_time()
        issued = sum(run(resolved, **more).issued)
        measured.append((issued, time.process_time() - begun_s))
    return Ran(measured, peak_bytes(), paths=1 + able)


def peak_bytes() -> int:
    """The most memory that this process has taken."""
    # not getrusage: what it says of a process begins with the memory of the one that started it
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (most_kib,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(most_kib) * 1024


if __name__ == "__main__":
    scenario, sets, *rest = json.loads(sys.argv[1])
    print(json.dumps(do(Job(scenario, tuple(sets), *rest))._asdict()))
