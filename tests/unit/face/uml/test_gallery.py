from pathlib import Path

import pytest

from tests.unit.studies.cases import QUEUE, STORM, scenario
from wavetank.face.uml.gallery import FolderError, check_folder, of_scenario, pictures, unsaid, write
from wavetank.face.uml.java import DrawingError
from wavetank.face.uml.page import Page

FILES = {"a.puml": "source", "a.svg": "<svg/>"}


def names(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_what_is_drawn_of_a_scenario() -> None:
    drawn, missing = of_scenario(scenario(STORM), agent=3)
    assert [drawing.name for drawing in drawn] == [
        "component", "deployment", "state-token", "state-exchange", "sequence", "timing-token",
    ]  # fmt: skip
    assert missing == {}
    assert {"agent 3", "node-restart, 0:20"} <= set(drawn[4].labels)
    assert drawn[4].title == "Messages of agent 3: storm"
    assert not any(label.startswith("0:00") for label in drawn[4].labels)


@pytest.mark.parametrize(
    ("text", "sets", "missing"),
    [
        (QUEUE, (), {"timing-token": "agents get no token from the server"}),
        (STORM, ("auth.ttl=25h",), {"timing-token": "a token lives longer than a day"}),
        (
            QUEUE,
            ("fleet.class.desk.stateless.rate=1/day",),
            {
                "timing-token": "agents get no token from the server",
                "sequence": "agent 0 was not traced, or sent nothing; trace it: run(..., trace_agents=[0])",
            },
        ),
    ],
)
def test_what_is_not_there_is_said(text: str, sets: tuple[str, ...], missing: dict[str, str]) -> None:
    drawn, said = of_scenario(scenario(text, *sets))
    assert said == missing
    assert not {drawing.name for drawing in drawn} & set(missing)


def test_refused_logins_are_no_token() -> None:
    sets = ("fleet.class.desk.credentials=invalid", "fleet.start=cold", "fault=[]")
    drawn, missing = of_scenario(scenario(STORM, *sets))
    assert missing == {"timing-token": "agent 0 was given no token in the trace"}
    (sequence,) = [drawing for drawing in drawn if drawing.name == "sequence"]
    assert "401" in sequence.labels


def test_a_picture_that_says_less_than_it_should_is_no_picture() -> None:
    page = Page("Title")
    page.add("A -> B : hello")
    page.say("goodbye")
    with pytest.raises(DrawingError, match=r'^name: PlantUML left out "goodbye"$'):
        pictures([page.drawing("name")])


def test_unsaid_looks_at_what_is_shown() -> None:
    drawing = Page("a < b").drawing("x")
    assert unsaid(drawing, "<svg><text x='1'>a &lt;&#160;b</text></svg>") == []
    assert unsaid(drawing, "<svg><title>a &lt; b</title><text>a</text></svg>") == ["a < b"]


def test_folder_holds_these_files_and_no_others(tmp_path: Path) -> None:
    write(FILES, tmp_path / "new" / "uml")
    assert names(tmp_path / "new" / "uml") == FILES
    write({"b.svg": "other"}, tmp_path / "new" / "uml")
    assert names(tmp_path / "new" / "uml") == {"b.svg": "other"}
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["uml"]


@pytest.mark.parametrize("name", ["file", "folder with another file", "folder with a folder"])
def test_something_else_is_left_alone(tmp_path: Path, name: str) -> None:
    target = tmp_path / "there"
    if name == "file":
        target.write_text("mine")
    else:
        target.mkdir()
        (target / "a.svg").write_text("old")
        (target / "notes.txt").mkdir() if "a folder" in name else (target / "notes.txt").write_text("mine")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    with pytest.raises(FolderError, match="there is something else already; name another folder"):
        check_folder(target)
    with pytest.raises(FolderError, match="there is something else already; name another folder"):
        write(FILES, target)
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_folder_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FolderError, match="cannot be written"):
        write(FILES, tmp_path / "file" / "uml")
    assert names(tmp_path) == {"file": "mine"}


def test_older_diagrams_come_back_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(FILES, tmp_path / "uml")
    rename = Path.rename

    def fail(path: Path, target: Path) -> Path:
        if path.name == "whole":
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(FolderError, match="uml: cannot be written: No space left on device"):
        write({"b.svg": "other"}, tmp_path / "uml")
    assert names(tmp_path / "uml") == FILES
    assert [path.name for path in tmp_path.iterdir()] == ["uml"]
