import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Ask

CALM = ("--with", "retry.*.backoff.law=full-jitter")


def test_changes_beside_the_scenario_end_in_one_sentence(ask: Ask, storm: Path, tmp_path: Path) -> None:
    said = ask("compare", storm, *CALM, "--out", tmp_path / "out")
    lines = said.out.splitlines()
    assert (said.status, said.err) == (0, "")
    assert lines[:2] == ["A: storm", "B: retry.*.backoff.law=full-jitter"]
    assert lines[3].split() == ["A", "B", "B", "-", "A"]
    assert lines[4].split()[0] == "verdict"
    assert lines[-2].startswith("A ")
    assert "; B " in lines[-2] or "A and B" in lines[-2]
    assert lines[-1] == f"Results written to {tmp_path / 'out'}"
    parsed = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert parsed["sentence"] == lines[-2]


def test_several_changes_are_one_design(ask: Ask, queue: Path) -> None:
    said = ask("compare", queue, "--with", "server.cores=2", "--with", "fleet.agents=10", "--json")
    assert [design["title"] for design in said.json["designs"]] == [
        "queue",
        "server.cores=2, fleet.agents=10",
    ]


def test_variants_are_designs_of_their_own(ask: Ask, queue: Path) -> None:
    variants = ("--variant", "few: fleet.agents=10 server.cores=2", "--variant", "seed=3")
    said = ask("compare", queue, *variants, "--with", "server.cores=3", "--json")
    assert [(design["letter"], design["title"]) for design in said.json["designs"]] == [
        ("A", "queue"), ("B", "server.cores=3"), ("C", "few"), ("D", "seed=3"),
    ]  # fmt: skip
    assert [design["seed"] for design in said.json["designs"]] == [1, 1, 1, 1]
    assert list(said.json["differences"]) == ["B", "C", "D"]


def test_several_scenarios(ask: Ask, queue: Path, storm: Path) -> None:
    said = ask("compare", queue, storm, "--set", "fleet.agents=8", "--seed", "4", "--json")
    assert [design["scenario"] for design in said.json["designs"]] == ["queue", "storm"]
    assert {design["seed"] for design in said.json["designs"]} == {4}


def test_json_is_equal_but_for_wall_times(ask: Ask, storm: Path) -> None:
    first, second = (ask("compare", storm, *CALM, "--json", "--workers", n).json for n in ("1", "2"))
    for printed in (first, second):
        for timed in (printed, *printed["designs"]):
            assert timed.pop("wall_s") > 0
    assert first == second


def test_replications_give_intervals(ask: Ask, queue: Path) -> None:
    said = ask("compare", queue, "--with", "server.cores=2", "--replications", "2")
    assert "95 % interval" in said.out
    (line,) = [line for line in said.out.splitlines() if line.startswith("server utilisation")]
    assert line.rstrip().endswith("]")


def test_differences_of_many_designs_stand_below_the_figures(ask: Ask, queue: Path) -> None:
    variants = ("--variant", "two: server.cores=2", "--variant", "three: server.cores=3")
    said = ask("compare", queue, *variants, "--replications", "2")
    lines = said.out.splitlines()
    index = next(i for i, line in enumerate(lines) if line.startswith("server utilisation"))
    assert lines[index + 1].split()[0].startswith("-")
    assert lines[index + 2].count("[") == 2


@pytest.mark.parametrize(
    ("bound", "more", "status", "told"),
    [
        ("1us", "fleet.agents=10", 1, ["at", "most", "1", "us", "MISSED", "MISSED"]),
        ("500ms", "fleet.agents=300", 1, ["at", "most", "500", "ms", "met", "MISSED"]),
        ("1h", "fleet.agents=10", 0, ["at", "most", "1", "h", "met", "met"]),
    ],
)
def test_an_objective_that_any_design_misses_sets_the_status(
    ask: Ask, queue: Path, bound: str, more: str, status: int, told: list[str]
) -> None:
    said = ask("compare", queue, "--with", more, "--set", f"slo.event_latency_p99='{bound}'")
    lines = said.out.splitlines()
    heads, row = (line.split() for line in lines if line.startswith(("objective", "event_latency_p99")))
    assert heads == ["objective", "A", "B"]
    kept = [*row[1:5], *(word for word in row[5:] if word in {"met", "MISSED"})]
    assert (said.status, kept) == (status, told)


def test_outcome_alone_sets_no_status(ask: Ask, queue: Path) -> None:
    said = ask("compare", queue, "--with", "fleet.agents=300")
    assert said.status == 0
    assert "objective" not in said.out


def test_replications_have_the_shares_of_each_outcome(ask: Ask, queue: Path) -> None:
    short = ("--set", "batching.stateless={age='1s', count=1}")
    said = ask("compare", queue, "--with", "fleet.agents=10", "--replications", "5", *short)
    (line,) = [line for line in said.out.splitlines() if line.startswith("  stable")]
    assert line.split() == ["stable", *["5", "of", "5", "[57", "%,", "100", "%]"] * 2]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "nothing to compare with"),
        (("queue.toml", *CALM), "--with and --variant change one scenario, and 2 were given"),
        (("--with", "fleet.agnets=3"), "unknown key fleet.agnets"),
        (("--variant", "name:"), "--variant"),
        (("--with", "server.cores=2", "--out", "queue.toml"), "something else"),
    ],
)
def test_bad_input(
    ask: Ask, queue: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(queue.parent)
    said = ask("compare", "queue.toml", *words)
    assert (said.status, said.out) == (2, "")
    assert message in said.err
    assert said.err.count("\n") == 1


def test_objectives_of_a_window_are_compared(ask: Ask, storm: Path) -> None:
    said = ask("compare", storm, "--with", "fault.0.down=9s", "--set", "slo.during.event_latency_p99=8s")
    (line,) = [line for line in said.out.splitlines() if line.startswith("event_latency_p99_s during")]
    assert said.status == 1
    assert [word for word in line.split() if word in {"met,", "met", "MISSED"}] == ["met", "MISSED"]
