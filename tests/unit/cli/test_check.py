from pathlib import Path

from tests.unit.cli.conftest import Ask


def test_nothing_wrong(ask: Ask, storm: Path) -> None:
    said = ask("check", storm)
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("storm\n")
    assert "were judged one by one, by closed forms" in " ".join(said.out.split())
    assert said.out.endswith("No problems found.\n")


def test_problem_is_status_one(ask: Ask, queue: Path) -> None:
    said = ask("check", queue, "--set", "fleet.agents=150")
    assert said.status == 1
    assert "1 core cannot do 1.5 erlangs; take 2" in said.out
    assert said.out.endswith("1 problem found.\n")


def test_warnings_are_counted_beside_problems(ask: Ask, storm: Path) -> None:
    said = ask("check", storm, "--set", "retry.stateless.attempts=3")
    assert said.status == 0
    assert said.out.endswith("No problems found, 1 warning.\n")


def test_json(ask: Ask, queue: Path) -> None:
    said = ask("check", queue, "--set", "fleet.agents=150", "--json")
    assert said.status == 1
    assert (said.json["scenario"], said.json["problems"]) == ("queue", 1)
    assert {"level": "problem", "key": "server"}.items() <= said.json["findings"][-2].items()


def test_each_warning_has_its_place_a_line_to_paste_and_a_command(ask: Ask, storm: Path) -> None:
    said = ask("check", storm, "--set", "retry.stateless.attempts=3")
    assert f"retry.stateless.attempts, retry.stateless.backoff ({storm}:" in said.out
    assert "\n  fix  retry.stateless.attempts = 0\n" in said.out
    command = f"wavetank compare {storm} --set retry.stateless.attempts=3 --with retry.stateless.attempts=0"
    assert f"  see  events_dropped of: {command}\n" in said.out


def test_json_has_the_figures_of_a_finding(ask: Ask, queue: Path) -> None:
    said = ask("check", queue, "--set", "fleet.agents=150", "--json")
    finding = said.json["findings"][-2]
    assert finding["figures"] == {"offered_erlangs": 1.5, "cores": 1.0}
    assert (finding["fix"], finding["overrides"]) == ("server.nodes = 2", ["server.nodes=2"])
    assert finding["command"].startswith("wavetank compare ")


def test_blocking_server_with_long_polls_is_reported(ask: Ask, queue: Path) -> None:
    words = ("--set", "commands={channel='long-poll', hold='60s'}", "--set", "server.blocking=true")
    said = ask("check", queue, *words)
    assert said.status == 1
    assert "a held poll keeps a worker" in " ".join(said.out.split())
