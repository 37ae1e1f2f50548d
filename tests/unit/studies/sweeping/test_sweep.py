import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.unit.studies.cases import STORM, scenario
from tests.unit.studies.dying import make_and_die_once
from wavetank.errors import ScenarioError, WavetankError
from wavetank.studies import judged_run, pool, replications
from wavetank.studies.cells import Cell, CellStore, CellTask, filling, making
from wavetank.studies.judged import judge_beside_twin
from wavetank.studies.shared_twins import TwinShelf
from wavetank.studies.simulate import Share
from wavetank.studies.sweeping import Sweep, sweep
from wavetank.studies.sweeping.points import BadSweep

VARY = ("fleet.agents=10,20", "server.cores=1..2:2")
FILES = ("table.csv", "table.parquet")
ROOT = Path(__file__).parents[4]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of the runs that are simulated in this process, as they are."""
    keys: list[str] = []
    make = making.make

    def noted(task: CellTask, *shared: TwinShelf | None) -> Cell:
        keys.append(task.key)
        return make(task, *shared)

    monkeypatch.setattr(making, "make", noted)
    return keys


def tables(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in FILES]


def runs_of(swept: Sweep) -> list[str]:
    return [cell.key for design in swept.designs for cell in design.cells]


def test_the_table_is_the_same_for_any_number_of_workers(tmp_path: Path) -> None:
    alone = sweep(scenario(STORM), VARY, replications=2, workers=1, out=tmp_path / "1")
    both = sweep(scenario(STORM), VARY, replications=2, workers=2, out=tmp_path / "2")
    assert alone == both
    assert tables(tmp_path / "1") == tables(tmp_path / "2")


def test_runs_have_the_seeds_of_replications_and_the_metrics_of_run(plain: Sweep) -> None:
    result = replications.run(scenario())
    cell = plain.designs[1].cells[0]
    assert cell.seed == 1
    assert {name: result.summary[name] for name in cell.summary} == cell.summary


def test_no_run_is_done_twice_and_nothing_is_written_out(
    tmp_path: Path, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    twins: list[str] = []
    judge = judge_beside_twin

    def judged(*given: object) -> object:
        twins.append("twin")
        return judge(*given)  # type: ignore[arg-type]

    def refused(*_: object) -> str:
        raise AssertionError("a scenario is written out")

    monkeypatch.setattr(judged_run, "judge_beside_twin", judged)
    monkeypatch.setattr(replications, "written_out", refused)
    swept = sweep(scenario(STORM), VARY, replications=2, workers=1, out=tmp_path)
    assert len(made) == len(set(made)) == len(twins) == 8
    assert made == runs_of(swept)
    # another sweep that shares designs with it does the others only; other limits do none
    sweep(
        scenario(STORM), ["fleet.agents=10,20,30", "server.cores=2"], replications=2, workers=1, out=tmp_path
    )
    assert len(made) == len(twins) == 10
    limits = sweep(
        scenario(STORM), ["slo.event_latency_max=1s,60s", *VARY], replications=2, workers=1, out=tmp_path
    )
    assert len(made) == 10
    assert {design.met.count for design in limits.designs if design.met is not None} == {0, 2}


@pytest.mark.parametrize("order", ["1,2,3", "3,1,2"])
def test_shards_together_are_the_whole(tmp_path: Path, made: list[str], order: str) -> None:
    whole = sweep(scenario(), VARY, replications=2, workers=1, out=tmp_path / "whole")
    made.clear()
    for shard in order.split(","):
        assert not (tmp_path / "parts" / FILES[0]).exists()
        swept = sweep(scenario(), VARY, replications=2, workers=1, out=tmp_path / "parts", shard=f"{shard}/3")
    assert swept == whole
    assert swept.is_whole
    assert sorted(made) == sorted(runs_of(whole))
    assert tables(tmp_path / "parts") == tables(tmp_path / "whole")


def test_a_shard_has_the_designs_that_are_complete(tmp_path: Path) -> None:
    swept = sweep(scenario(), VARY, workers=1, out=tmp_path, shard="2/2")
    assert [design.texts for design in swept.designs] == [("10", "2"), ("20", "2")]
    assert (swept.wanted, swept.is_whole) == (4, False)


MOMENTS = {
    "in the midst of a run": "making.make = lambda *given: die() if count() == 4 else make(*given)",
    "before a cell has its name": "Path.replace = lambda a, b: die() if count() == 4 else rename(a, b)",
    "between the tables": "folder.PARQUET = Died()",
}
KILLED = """
import os, signal, sys
from itertools import count as numbers
from pathlib import Path
from tests.unit.studies.cases import scenario
from wavetank.studies.cells import making, store
from wavetank.studies.sweeping import folder, sweep

number, make, rename = numbers(1), making.make, Path.replace

def count():
    return next(number)

def die():
    os.kill(os.getpid(), signal.SIGKILL)

class Died:
    def __rtruediv__(self, other):
        die()

{moment}
sweep(scenario(), {vary!r}, replications=2, workers=1, out=sys.argv[1])
"""


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_client_that_is_killed_goes_on_where_it_was(tmp_path: Path, made: list[str], moment: str) -> None:
    program = KILLED.format(moment=MOMENTS[moment], vary=VARY)
    ended = subprocess.run([sys.executable, "-c", program, tmp_path / "killed"], cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL
    there = CellStore(tmp_path / "killed" / "cells").keys()
    assert len(there) == {"in the midst of a run": 3, "before a cell has its name": 2}.get(moment, 8)
    again = sweep(scenario(), VARY, replications=2, workers=1, out=tmp_path / "killed")
    assert set(made) == set(runs_of(again)) - there
    assert len(made) == 8 - len(there)
    assert again == sweep(scenario(), VARY, replications=2, workers=1, out=tmp_path / "whole")
    assert tables(tmp_path / "killed") == tables(tmp_path / "whole")


def test_a_worker_that_is_killed_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool.warm()
    monkeypatch.setattr(filling, "make_batch", make_and_die_once)
    swept = sweep(scenario(), VARY, replications=2, workers=2, out=tmp_path)
    assert list((tmp_path / "cells").glob("died-*"))
    monkeypatch.undo()
    assert swept == sweep(scenario(), VARY, replications=2, workers=1)


def test_samples_keep_to_what_a_key_takes() -> None:
    swept = sweep(scenario(), ["server.nodes=1..3", "duration=10s..20s"], sample="sobol", points=4, workers=1)
    assert {str(design.values[0]) for design in swept.designs} <= {"1", "2", "3"}
    assert any("." in design.texts[1] for design in swept.designs)
    assert len(swept.designs) == 4


def test_a_name_that_counts_agents_counts_those_of_the_designs() -> None:
    base = scenario().but("name='{agents} agents'")
    assert sweep(base, ["fleet.agents=10,30,20"], workers=1).scenario == "10 to 30 agents"
    assert sweep(base, ["fleet.agents=10"], workers=1).scenario == "10 agents"
    assert sweep(base, ["name=a,b"], workers=1).scenario == "20 agents"


def test_progress_counts_runs(tmp_path: Path) -> None:
    seen: list[Share] = []

    def watch(shares: Sequence[Share]) -> None:
        seen.extend(shares)

    sweep(scenario(), VARY, workers=1, out=tmp_path, progress=watch)
    assert seen[-1] == Share("4 of 4 runs", 1.0)


@pytest.mark.parametrize(
    ("vary", "more", "kind", "messages"),
    [
        (
            ["fleet.agnets=1,2"],
            {},
            ScenarioError,
            ["--vary:1:7: unknown key fleet.agnets; did you mean agents?"],
        ),
        (
            ["auth.ttl=5,10"],
            {},
            WavetankError,
            [
                f'--vary:1:10: auth.ttl: {n} has no unit; write a duration such as "10s", in quotes'
                for n in (5, 10)
            ],
        ),
        (
            ["server.cores=1,2"],
            {"shard": "1/2"},
            BadSweep,
            ["a shard puts its runs on disk; give a folder with --out"],
        ),
        (["server.cores=1,2"], {"replications": 0}, BadSweep, ["0 replications; take 1 to 10,000"]),
    ],
)
def test_mistakes(
    vary: list[str], more: dict[str, object], kind: type[WavetankError], messages: list[str]
) -> None:
    with pytest.raises(kind) as caught:
        sweep(scenario(), vary, **more)  # type: ignore[arg-type]
    assert str(caught.value).splitlines() == messages
