import sys
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Ask
from wavetank.face.report.agents import traced_agents
from wavetank.results.store import load


def test_run_writes_a_report_and_traces_for_it(ask: Ask, storm: Path, tmp_path: Path) -> None:
    said = ask("run", storm, "--report", tmp_path / "page", "--out", tmp_path / "out")
    assert (said.status, said.err) == (0, "")
    page = tmp_path / "page" / "report.html"
    assert said.out.splitlines()[-1] == f"Report written to {page}"
    text = page.read_text(encoding="utf-8")
    assert "The fleet is back 3 s after the fault." in text
    assert 'alt="Sequence diagram.' in text
    assert {row.agent for row in load(tmp_path / "out").trace_rows} == set(traced_agents(20))


def test_who_names_agents_gets_their_diagram(ask: Ask, storm: Path, tmp_path: Path) -> None:
    said = ask("run", storm, "--report", tmp_path, "--trace", "3")
    assert said.status == 0
    assert "Agent 3: what it says and hears" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_json_stays_one_object(ask: Ask, queue: Path, tmp_path: Path) -> None:
    assert ask("run", queue, "--report", tmp_path, "--json").json["scenario"] == "queue"
    assert (tmp_path / "report.html").is_file()


def test_saved_results_and_comparisons_have_reports(ask: Ask, storm: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pair"
    said = ask(
        "compare", storm, "--with", "retry.*.backoff.law=full-jitter", "--out", folder, "--report", folder
    )
    assert (said.status, said.out.splitlines()[-1]) == (0, f"Report written to {folder / 'report.html'}")
    first = (folder / "report.html").read_text(encoding="utf-8")
    again = ask("report", folder, "--report", tmp_path / "again")
    assert (again.status, again.err) == (0, "")
    assert again.out == f"Report written to {tmp_path / 'again' / 'report.html'}\n"
    assert (tmp_path / "again" / "report.html").read_text(encoding="utf-8") == first
    alone = ask("report", folder / "a")
    assert (alone.status, alone.out) == (0, f"Report written to {folder / 'a' / 'report.html'}\n")
    assert "wavetank comparison" not in (folder / "a" / "report.html").read_text(encoding="utf-8")


def test_the_command_that_repeats_it_can_be_typed(
    ask: Ask, queue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["run", str(queue), "--set", "name=two words", "--report", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["wavetank", *words])
    assert ask(*words).status == 0
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f"wavetank run {queue} --set &#39;name=two words&#39; --report" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("report", "nowhere"), "nowhere: there is no such result"),
        (("report", "."), "result.json: missing"),
        (("report",), "result"),
    ],
)
def test_bad_input(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    said = ask(*words)
    assert (said.status, said.out) == (2, "")
    assert message in said.err.lower() or message in said.err
    assert said.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
