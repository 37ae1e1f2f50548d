import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.unit.cli.conftest import Ask
from tests.unit.studies.cases import STORM

BAD = STORM.replace("[retry.stateless]", "[retry.stateless]\nattempts = 3").replace(
    "[server]\n", '[server]\nroute_timeout.stateless = "7s"\n'
)
"""A warning (three attempts end before the fault) and a problem (the route's time-out is longer)."""
LINES = BAD.splitlines()
WARNED = LINES.index("attempts = 3") + 1
WRONG = LINES.index('route_timeout.stateless = "7s"') + 1


@pytest.fixture
def bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my scenario.toml").write_text(BAD)
    return "my scenario.toml"


def test_github_annotations_stand_at_the_line(ask: Ask, bad: str) -> None:
    said = ask("check", tmp(bad), "--format", "github")
    first, second = said.out.splitlines()
    assert said.status == 1
    start = f"::warning file=my scenario.toml,line={WARNED},col=1,title=retry.stateless.attempts::A batch is"
    assert first.startswith(start)
    begin = f"::error file=my scenario.toml,line={WRONG},col=15,title=server.route_timeout.stateless::"
    assert second.startswith(begin)


def tmp(name: str) -> Path:
    """The path as a user writes it: with a folder, so that it is no name of the catalogue."""
    return Path(".") / name if "/" in name else Path.cwd() / name


def test_annotations_are_escaped(ask: Ask, bad: str, tmp_path: Path) -> None:
    (tmp_path / "a,b:c%.toml").write_text("duration = 5\n")
    said = ask("check", tmp_path / "a,b:c%.toml", "--format", "github")
    assert said.status == 2
    assert said.out.startswith(
        "::error file=a%2Cb%3Ac%25.toml,line=1,col=12,title=scenario::duration%3A 5"[:45]
    )


def test_sarif_names_rules_levels_and_places(ask: Ask, bad: str) -> None:
    said = ask("check", tmp(bad), "--format", "sarif")
    log = json.loads(said.out)
    (run,) = log["runs"]
    assert (said.status, log["version"], run["tool"]["driver"]["name"]) == (1, "2.1.0", "wavetank")
    results = run["results"]
    assert [result["level"] for result in results] == ["warning", "error"]
    assert {result["ruleId"] for result in results} == {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    place = results[1]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "my%20scenario.toml"
    assert place["region"] == {"startLine": WRONG, "startColumn": 15}


def test_junit_fails_for_problems_alone(ask: Ask, bad: str, queue: Path) -> None:
    said = ask("check", tmp(bad), queue, "--format", "junit")
    first, second = ElementTree.fromstring(said.out.partition("\n")[2])
    assert said.status == 1
    assert (first.attrib["tests"], first.attrib["failures"]) == ("2", "1")
    (failure,) = first.iter("failure")
    assert (failure.text or "").startswith(f"my scenario.toml:{WRONG}:15: ")
    assert (second.attrib["name"], second.attrib["tests"], second.attrib["failures"]) == (
        "check queue",
        "1",
        "0",
    )


def test_several_scenarios_are_all_checked_and_the_worst_counts(
    ask: Ask, bad: str, queue: Path, tmp_path: Path
) -> None:
    (tmp_path / "wrong.toml").write_text("duration = 5\nseed = -1\n")
    said = ask("check", tmp_path / "wrong.toml", queue, tmp(bad))
    assert said.status == 2
    assert said.err.count("wrong.toml:") == 2
    assert "queue\n" in said.out
    assert "1 problem found, 1 warning." in said.out


def test_json_says_where(ask: Ask, bad: str) -> None:
    rows = ask("check", tmp(bad), "--format", "json").json["findings"]
    assert rows == ask("check", tmp(bad), "--json").json["findings"]
    (row,) = [row for row in rows if row["level"] == "problem"]
    assert (Path(row["file"]).name, row["line"]) == ("my scenario.toml", WRONG)
    assert ask("check", tmp(bad), "--json", "--format", "sarif").status == 2


def test_key_that_is_not_in_the_file_stands_at_its_table_or_the_file(ask: Ask, bad: str) -> None:
    said = ask("check", tmp(bad), "--set", "retry.stateless.attempts=2", "--format", "github")
    assert said.out.splitlines()[0].startswith("::warning file=my scenario.toml,line=1,col=1,title=retry")
