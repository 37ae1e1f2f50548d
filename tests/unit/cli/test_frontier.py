from pathlib import Path

import pytest

from tests.unit.cli.conftest import Ask
from tests.unit.studies.cases import STORM

WORDS = ("--vary", "fault.0.down=1s..20s", "--runs", "60", "--workers", "1", "--set", "slo.recovery=5s")


@pytest.fixture
def storm(tmp_path: Path) -> Path:
    path = tmp_path / "storm.toml"
    path.write_text(STORM, encoding="utf-8")
    return path


def test_the_band_and_every_level(ask: Ask, storm: Path) -> None:
    said = ask("frontier", storm, *WORDS)
    assert (said.status in (0, 1), said.err) == (True, "")
    assert said.out.startswith("storm: ")
    assert "by the fit" in said.out
    assert "runs; a fleet had 5 s to come back." in said.out


def test_json_is_one_object(ask: Ask, storm: Path) -> None:
    said = ask("frontier", storm, *WORDS, "--json")
    assert said.json["key"] == "fault.0.down"
    assert sum(level["runs"] for level in said.json["levels"]) == said.json["runs"]


def test_a_mistake_is_one_message(ask: Ask, storm: Path) -> None:
    said = ask("frontier", storm, "--vary", "server.cores=1,2")
    assert (said.status, said.out) == (2, "")
    assert "a frontier takes one or two ranges, such as --vary fault.0.down=10s..10min" in said.err
