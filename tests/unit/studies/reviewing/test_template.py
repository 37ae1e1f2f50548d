from pathlib import Path

import pytest

from wavetank.results.store import ResultError
from wavetank.studies.reviewing.planning import Planner
from wavetank.studies.reviewing.reading import read_decisions
from wavetank.studies.reviewing.review import remarks
from wavetank.studies.reviewing.template import write_template


def test_the_first_decision_is_right_as_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "my-first.toml"
    write_template(file)
    loaded = read_decisions([file])
    assert Planner().plan(loaded).questions
    assert remarks(loaded) == []


def test_nothing_is_overwritten_and_names_are_ids(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text("mine")
    with pytest.raises(ResultError, match="there is something already"):
        write_template(file)
    assert file.read_text() == "mine"
    for name in ("with space.toml", "a.txt"):
        with pytest.raises(ResultError):
            write_template(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["a.toml"]
