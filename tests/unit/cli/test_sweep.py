from pathlib import Path

import pytest

from tests.unit.cli.conftest import Ask

VARY = ("--vary", "fleet.agents=10,20", "--vary", "server.cores=1..2:2", "--workers", "1")


def test_a_table_of_the_designs(ask: Ask, queue: Path, tmp_path: Path) -> None:
    said = ask("sweep", queue, *VARY, "--out", tmp_path / "out")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("queue: 4 designs, 1 run each\n")
    rows = [line.split()[:3] for line in said.out.splitlines()]
    assert ["fleet.agents", "server.cores", "verdict"] in rows
    assert [row[:2] for row in rows if row and row[0] in ("10", "20")] == [
        ["10", "1"], ["10", "2"], ["20", "1"], ["20", "2"],
    ]  # fmt: skip
    assert "with pictures: heat, lines, pareto" in said.out
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"sweep.json", "cells", "table.csv", "table.parquet", "heat.png", "lines.svg"} <= names


def test_json_is_one_object(ask: Ask, queue: Path) -> None:
    said = ask("sweep", queue, *VARY, "--json", "--replications", "2")
    assert said.json["keys"] == ["fleet.agents", "server.cores"]
    assert len(said.json["designs"]) == 4
    assert said.json["replications"] == 2


def test_a_shard_says_how_much_is_there(ask: Ask, queue: Path, tmp_path: Path) -> None:
    first = ask("sweep", queue, *VARY, "--out", tmp_path / "out", "--shard", "1/2")
    assert first.status == 0
    said = " ".join(first.out.split())
    assert f"Shard 1/2 is done; 2 of 4 designs are complete in {tmp_path / 'out'}." in said
    assert not (tmp_path / "out" / "table.csv").exists()
    second = ask("sweep", queue, *VARY, "--out", tmp_path / "out", "--shard", "2/2")
    assert "Table written to" in second.out
    assert (tmp_path / "out" / "table.csv").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--vary", "fleet.agnets=20,40"], "--vary:1:7: unknown key fleet.agnets; did you mean agents?"),
        (["--vary", "duration=5"],
         '--vary:1:10: duration: 5 has no unit; write a duration such as "10s", in quotes'),
        (["--vary", "duration=60s..5s:4"], "--vary:1:10: 60s..5s:4: the first end is the lower one"),
        (["--vary", "duration=5s..60s"],
         "duration has a range without a number of values; write duration=A..B:N"),
        (["--vary", "duration=5s..60s", "--sample", "lhs"], "--sample lhs needs --points, from 1 to 100,000"),
        (["--vary", "fleet.agents=1,2", "--shard", "3/2", "--out", "x"],
         'shard "3/2": write I/N with I from 1 to N, such as 2/8'),
        (["--vary", "fleet.agents=1,2", "--shard", "1/2"],
         "a shard puts its runs on disk; give a folder with --out"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_message(ask: Ask, queue: Path, words: list[str], message: str) -> None:
    said = ask("sweep", queue, *words)
    assert (said.status, said.out) == (2, "")
    assert said.err == f"wavetank: {message}\n"
