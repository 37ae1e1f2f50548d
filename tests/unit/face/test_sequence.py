from pathlib import Path

import pytest

import wavetank
from tests.unit.studies.cases import QUEUE, STORM, scenario
from wavetank.errors import UnitError, WavetankError
from wavetank.face.sequence import Picture, sequence
from wavetank.face.uml.plantuml import texts_of
from wavetank.results.result import Result
from wavetank.studies.replications import run


@pytest.fixture(scope="module")
def storm() -> Result:
    return run(scenario(STORM), trace_agents=[3, 7])


def test_a_picture_for_notebooks_and_files(storm: Result, tmp_path: Path) -> None:
    picture = wavetank.sequence(storm, agent=7, around="20s", before="2s", after="5s")
    assert isinstance(picture, Picture)
    assert {"agent 7", "server", "node-restart, 0:20"} <= set(texts_of(picture.svg))
    assert picture._repr_svg_() == picture.svg
    assert picture.source.startswith("@startuml")
    picture.save(tmp_path / "seven.svg")
    assert (tmp_path / "seven.svg").read_text(encoding="utf-8") == picture.svg


def test_without_more_words_the_first_traced_agent_at_the_first_fault(storm: Result) -> None:
    picture = sequence(storm)
    assert {"agent 3", "node-restart, 0:20"} <= set(texts_of(picture.svg))
    first = min(text for text in texts_of(picture.svg) if text.startswith("0:"))
    assert "0:05" <= first < "0:07"


def test_without_a_fault_the_beginning() -> None:
    picture = sequence(run(scenario(QUEUE), trace_agents=[0]), after="5s")
    assert all(text < "0:05" for text in texts_of(picture.svg) if text.startswith("0:"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"agent": 4}, "agent 4 was not traced"),
        ({"agent": 3, "around": "10min"}, "agent 3 says and hears nothing"),
    ],
)
def test_nothing_to_draw(storm: Result, words: dict[str, object], message: str) -> None:
    with pytest.raises(WavetankError, match=message):
        sequence(storm, **words)  # type: ignore[arg-type]


def test_no_trace_at_all() -> None:
    with pytest.raises(WavetankError, match="no agent was traced; trace one"):
        sequence(run(scenario(QUEUE, "duration=5s")))


def test_an_instant_is_a_duration(storm: Result) -> None:
    with pytest.raises(UnitError):
        sequence(storm, around="noon")
