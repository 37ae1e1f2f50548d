import os
from pathlib import Path

import pytest

from tests.unit.imports.logs import a_log
from wavetank.imports import import_, writing
from wavetank.imports.fragment import MARK
from wavetank.imports.problems import ImportProblem


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_only_what_an_import_wrote_is_replaced(out: Path) -> None:
    scenario = out / "x.toml"
    writing.check_free(scenario)
    scenario.write_text(f"{MARK} of a log\n")
    writing.check_free(scenario)
    scenario.write_text('name = "mine"\n')
    with pytest.raises(ImportProblem, match="is there already, and no import wrote it"):
        writing.check_free(scenario)
    scenario.unlink()
    scenario.mkdir()
    with pytest.raises(ImportProblem, match="cannot be written"):
        writing.check_free(scenario)


def test_nothing_is_left_where_a_file_cannot_be_put_in_its_place(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    imported = import_(a_log(tmp_path))
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ImportProblem, match=r"cannot be written \(No space left on device\)"):
        imported.write(out / "x")
    assert names(out) == []
