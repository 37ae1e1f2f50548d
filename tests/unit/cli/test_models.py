import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Ask
from wavetank.scenario.reference import schema_json
from wavetank.studies.entries import catalogue


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A catalogue of one's own."""
    (tmp_path / "scenarios").mkdir()
    text = 'description = "Small, e.g. for a test. And more."\nduration = "5s"\n'
    text += '[sources]\nduration = "assumed"\n'
    (tmp_path / "scenarios" / "mine.toml").write_text(text)
    return tmp_path


def test_list_has_every_entry_with_what_it_is(ask: Ask, mine: Path) -> None:
    said = ask("models", "list", "--models", mine)
    names = {line.split()[0] for line in said.out.splitlines()}
    assert {entry.name for entry in catalogue(mine)} <= names
    (line,) = [line for line in said.out.splitlines() if line.startswith("mine ")]
    assert line.rstrip().split(maxsplit=2)[1:] == ["scenarios", "Small, e.g. for a test."]


def test_list_of_one_kind(ask: Ask, mine: Path) -> None:
    answer = ask("models", "list", "servers", "--models", mine, "--json").json["entries"]
    assert {entry["kind"] for entry in answer} == {"servers"}


def test_show_prints_text_and_sources(ask: Ask, mine: Path) -> None:
    said = ask("models", "show", "mine", "--models", mine)
    assert (said.status, said.out) == (0, (mine / "scenarios" / "mine.toml").read_text())


def test_show_as_json(ask: Ask, mine: Path) -> None:
    file = mine / "scenarios" / "mine.toml"
    assert ask("models", "show", "mine", "--models", mine, "--json").json == {
        "kind": "scenarios",
        "name": "mine",
        "file": str(file),
        "description": "Small, e.g. for a test. And more.",
        "sources": {"duration": "assumed"},
        "text": file.read_text(),
    }


def test_show_of_nothing_known(ask: Ask) -> None:
    said = ask("models", "show", "nothing")
    assert (said.status, said.out) == (2, "")
    assert "not in the catalogue" in said.err


def test_schema_is_the_json_schema(ask: Ask) -> None:
    assert json.loads(ask("models", "schema").out) == json.loads(json.dumps(schema_json()))
