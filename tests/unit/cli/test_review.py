import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Ask
from tests.unit.studies.reviewing.cases import written
from wavetank.cli.review import default_cache
from wavetank.studies.reviewing.reference import schema_json


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Tests leave the user's cache alone, and share one."""
    folder = tmp_path_factory.getbasetemp() / "review-cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


def test_the_answer_comes_first_and_a_table_for_each_decision(ask: Ask, tmp_path: Path) -> None:
    said = ask("review", written(tmp_path), "--workers", "1", "--out", tmp_path / "out")
    assert (said.status, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0] == "All 3 deciding claims hold."
    assert "small: How many cores (accepted: two)" in lines
    table = [line.split() for line in lines if line.startswith(("* two", "  one"))]
    assert [row[:2] for row in table] == [["one", "holds"], ["*", "two"]]
    assert "fails" in table[0]
    assert lines[-1] == f"Review written to {tmp_path / 'out' / 'review.html'}"
    assert json.loads((tmp_path / "out" / "review.json").read_text())["format"] == 1
    assert (tmp_path / "out" / "adr" / "0001-small.md").read_text().startswith("---\nstatus: accepted\n")


@pytest.mark.parametrize(
    ("before", "after", "words", "status", "first"),
    [
        ('max = "20s"', 'max = "1ms"', [], 1, "1 of 3 deciding claims fails."),
        ('max = "20s"', 'max = "20s"', ["--seeds", "2"], 3, "2 of 3 deciding claims are not decided."),
        ('metric = "recovery"', 'metric = "command_latency_p99"', [], 3,
         "1 of 3 deciding claims is not decided."),
        ('status = "accepted"', 'status = "proposed"', [], 0, "No claim decides about an accepted decision."),
    ],
)  # fmt: skip
def test_the_exit_status_is_that_of_the_claims_that_decide(
    ask: Ask, tmp_path: Path, before: str, after: str, words: list[str], status: int, first: str
) -> None:
    said = ask("review", written(tmp_path, (before, after)), "--workers", "1", *words)
    assert (said.status, said.out.splitlines()[0]) == (status, first)


def test_a_budget_leaves_the_rest_for_the_next_time(ask: Ask, tmp_path: Path) -> None:
    """A claim that needs no run is decided nevertheless."""
    said = ask("review", written(tmp_path), "--fresh", "--budget", "1ns", "--json")
    assert said.status == 3
    rows = said.json["decisions"][0]["rows"]
    assert {row["verdict"] for row in rows if row["metric"]} == {"not finished"}
    assert {row["verdict"] for row in rows if not row["metric"]} == {"holds"}


def test_the_cache_is_where_others_have_theirs(own_cache: Path) -> None:
    assert default_cache() == own_cache / "wavetank" / "cells"


def test_mistakes_are_told_before_anything_is_written(ask: Ask, tmp_path: Path) -> None:
    file = written(tmp_path, ('chosen = "two"', 'chosen = "tow"'), ('max = "20s"', 'max = "20%"'))
    said = ask("review", file)
    assert (said.status, said.out) == (2, "")
    first, second = said.err.splitlines()
    assert first == f'wavetank: {file}:7:10: chosen: "tow" is no option of this decision; did you mean two?'
    assert second.startswith(f"wavetank: {file}:30:7: claim.0.max:")


def test_a_number_that_nothing_checks_is_warned_of(ask: Ask, tmp_path: Path) -> None:
    file = written(tmp_path, ("At most {max} busy", "At most 4 % busy"))
    said = ask("review", file, "--budget", "1ns")
    assert f"wavetank: warning: {file}:33:8: claim.1.text: the text holds a number" in said.err


def test_a_folder_that_is_a_file_is_refused(ask: Ask, tmp_path: Path) -> None:
    file = written(tmp_path)
    said = ask("review", file, "--out", file)
    assert (said.status, said.out) == (2, "")
    assert said.err == f"wavetank: {file}: there is something else already; name another folder\n"


def test_decisions_are_listed_shown_and_begun(ask: Ask, tmp_path: Path) -> None:
    new = tmp_path / "new" / "first.toml"
    assert ask("review", "init", new).out.startswith(f"Decision written to {new}")
    assert ask("review", "init", new).status == 2
    listed = ask("review", "list", new.parent, "--json").json["decisions"]
    assert [(each["id"], each["status"], each["chosen"]) for each in listed] == [
        ("first", "proposed", "cached")
    ]
    assert ask("review", "show", new).out == new.read_text()
    assert 'id = "token-lifetime"' in ask("review", "show", "token-lifetime").out
    assert ask("review", "show", "token").status == 2
    assert "token-lifetime" in ask("review", "list").out
    assert json.loads(ask("review", "schema").out) == schema_json()
