import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.unit.studies.cases import QUEUE, STORM, resolved
from wavetank.engines import registry
from wavetank.engines.progress import Progress
from wavetank.engines.reference import run as reference
from wavetank.engines.registry import EVERYTHING, Engine
from wavetank.engines.stepped import SteppedRun
from wavetank.errors import AccountingError, RunFailed, TooLarge
from wavetank.scenario.resolved import Resolved
from wavetank.studies import judged_run, pool
from wavetank.studies import simulate as module
from wavetank.studies.simulate import Share, Task, most_workers, simulate

SHORT = resolved(QUEUE, "duration=2s")
CORES = len(os.sched_getaffinity(0))


def start(
    resolved: Resolved,
    horizon_ns: int,
    trace_agents: Iterable[int] = (),
    trace_rows: int = 0,
    progress: Progress | None = None,
) -> SteppedRun:
    """An engine that goes wrong, the way the scenario's name says (as the module of an engine has it)."""
    if resolved.name == "dies":
        os._exit(1)
    if resolved.name == "miscounts":
        raise AccountingError("1 event is missing")
    raise {"breaks": KeyError("nothing"), "full": MemoryError()}[resolved.name]


BAD = Engine("bad", __name__, "goes wrong", EVERYTHING)


@pytest.fixture
def bad(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (module, judged_run):
        monkeypatch.setattr(place, "choose", lambda resolved, name: BAD)
    monkeypatch.setattr(registry.Engine, "start", property(lambda self: start))


def test_one_task_gives_what_the_engine_gives() -> None:
    (done,) = simulate([Task("reference", SHORT)])
    assert done.tally == reference(SHORT)
    assert done.wall_s > 0


@pytest.fixture
def warm() -> None:
    """Else runs as short as these are done in this process."""
    pool.warm()


@pytest.mark.usefixtures("warm")
def test_same_figures_from_two_processes_in_the_order_asked() -> None:
    tasks = [Task("reference", SHORT._replace(seed=seed)) for seed in (1, 2, 3)]
    apart, here = simulate(tasks, workers=2), simulate(tasks, workers=1)
    assert [done.tally for done in apart] == [done.tally for done in here]
    assert len({str(done.tally.server_wait) for done in here}) == 3


def test_trace_only_where_asked_for() -> None:
    traced, plain = simulate([Task("reference", SHORT, (0,)), Task("reference", SHORT)])
    assert {row.agent for row in traced.tally.trace} == {0}
    assert plain.tally.trace == []
    assert traced.tally.states == plain.tally.states != []


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("workers", [1, 2])
def test_watch_hears_of_every_run(workers: int) -> None:
    heard: list[list[Share]] = []
    tasks = [Task("reference", resolved(STORM)._replace(seed=seed), title=f"run {seed}") for seed in (1, 2)]
    simulate(tasks, workers, lambda shares: heard.append(list(shares)))
    assert [share.title for share in heard[0]] == ["run 1", "run 2"]
    for index in (0, 1):
        done = [shares[index].done for shares in heard]
        assert done == sorted(done)
        assert 0 <= done[0] <= done[-1] <= 1
        assert done[-1] > 0.9
        told = [(shares[index].now_ns, shares[index].issued) for shares in heard]
        assert told == sorted(told)
        assert told[-1][0] > 0.9 * tasks[index].resolved.duration_ns
        assert told[-1][1] > 100


@pytest.mark.usefixtures("bad")
@pytest.mark.parametrize(
    ("name", "words"),
    [("breaks", "KeyError: 'nothing'; this is a defect of wavetank"), ("full", "out of memory")],
)
def test_failure_is_one_message(name: str, words: str) -> None:
    with pytest.raises(RunFailed, match=f"the run of {name} with seed 1 failed: {words}"):
        simulate([Task("bad", SHORT._replace(name=name))])


@pytest.mark.usefixtures("bad")
def test_our_own_errors_come_as_they_are() -> None:
    with pytest.raises(AccountingError, match="1 event is missing"):
        simulate([Task("bad", SHORT._replace(name="miscounts"))])


@pytest.mark.usefixtures("warm")
def test_failure_in_another_process_is_one_message() -> None:
    tasks = [Task("warp", SHORT._replace(seed=seed)) for seed in (1, 2)]
    with pytest.raises(registry.UnknownEngine, match="no engine warp"):
        simulate(tasks, workers=2)


SCRIPT = """
import os, sys
from tests.unit.studies.test_simulate import SHORT
from wavetank.studies import pool, simulate
from wavetank.studies.simulate import Task

class Deadly(type(SHORT)):
    def __reduce__(self):
        return os._exit, (1,)

{call}
"""


def python(call: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SCRIPT.format(call=call)]
    root = Path(__file__).parents[3]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)


def test_process_that_dies_is_one_message() -> None:
    tasks = "[Task('reference', SHORT), Task('reference', Deadly(*SHORT))]"
    done = python(
        f"pool.warm()\ntry: simulate.simulate({tasks}, 2)\nexcept simulate.RunFailed as error: print(error)"
    )
    assert done.stdout.endswith("its process died; is there too little memory?\n"), done.stderr


def test_script_without_a_main_guard_may_use_processes() -> None:
    tasks = "[Task('reference', SHORT), Task('reference', SHORT._replace(seed=2))]"
    done = python(f"pool.warm()\nprint(len(simulate.simulate({tasks}, 2)))")
    assert (done.stdout, done.stderr) == ("2\n", "")


def unready(monkeypatch: pytest.MonkeyPatch, after: int) -> list[int]:
    """A pool that is ready when it was asked so often; the numbers of items that it was given."""
    asked, given = [0], []

    def ready() -> bool:
        asked[0] += 1
        return asked[0] > after

    def run(function: Any, items: Any, workers: int, advance: Any, tick: Any) -> list[Any]:
        given.append(len(items))
        return [function(item, lambda now_ns, issued: None) for item in items]

    stand_in = SimpleNamespace(ready=ready, start=lambda: None, run=run)
    monkeypatch.setattr(module, "pool", stand_in)
    return given


def test_short_work_never_waits_for_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    given = unready(monkeypatch, after=0)
    monkeypatch.setattr(module, "LONG_AGENT_S", 0)
    assert len(simulate([Task("reference", SHORT)] * 3, workers=2)) == 3
    assert given == [3]
    given = unready(monkeypatch, after=1)
    monkeypatch.setattr(module, "LONG_AGENT_S", 10**9)
    assert len(simulate([Task("reference", SHORT)] * 3, workers=2)) == 3
    assert given == []


def test_what_is_left_goes_to_the_pool_once_it_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEAD_START_S", 0)
    alone = simulate([Task("reference", SHORT._replace(seed=seed)) for seed in range(4)], workers=1)
    for after in range(1, 12):
        given = unready(monkeypatch, after)
        tasks = [Task("reference", SHORT._replace(seed=seed)) for seed in range(4)]
        assert [simulated.tally for simulated in simulate(tasks, workers=2)] == [
            simulated.tally for simulated in alone
        ]
        if after == 2:
            assert given
            assert given[0] in (3, 4)


def test_quick_runs_need_no_other_process() -> None:
    assert most_workers([Task("reference", SHORT)] * 4) == 1
    assert most_workers([Task("reference", resolved(QUEUE, "duration=1h", "fleet.agents=100"))] * 2) == CORES


def test_fleet_that_does_not_fit_is_refused_before_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "available_bytes", lambda: 799_000)
    small = resolved(QUEUE, "fleet.agents=99")
    assert len(simulate([Task("reference", small)])) == 1
    message = "engine reference has no room for 100 agents: they take about 0.0 GB, 0.0 GB are free"
    with pytest.raises(TooLarge, match=message):
        simulate([Task("reference", small), Task("reference", resolved(QUEUE, "fleet.agents=100"))])


def test_no_more_processes_than_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_cores", lambda: 8)
    monkeypatch.setattr(module, "available_bytes", lambda: 3_500_000)
    task = Task("reference", resolved(QUEUE, "duration=1h", "fleet.agents=100"))
    assert most_workers([task] * 8) == 4
    assert most_workers([task._replace(resolved=task.resolved._replace(agents=10**6))] * 8) == 1
