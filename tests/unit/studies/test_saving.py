import json
from pathlib import Path

import pytest

from tests.unit.results.cases import small_result
from wavetank.results.store import ResultError, check_folder, load, save
from wavetank.studies import saving
from wavetank.studies.comparison import Comparison, load_comparison
from wavetank.studies.saving import is_comparison, save_comparison

PAIR = Comparison(("one", "other"), (small_result(), small_result(latency_s=2.0)))


def test_comparison_and_a_result_per_design(tmp_path: Path) -> None:
    folder = save_comparison(PAIR, tmp_path / "new" / "pair")
    assert (load(folder / "a"), load(folder / "b")) == PAIR.results
    assert json.loads((folder / "comparison.json").read_text()) == json.loads(json.dumps(PAIR.to_json()))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["pair"]


def test_comparison_is_read_back(tmp_path: Path) -> None:
    folder = save_comparison(PAIR, tmp_path / "pair")
    again = load_comparison(folder)
    assert (again.titles, again.results, again.sentence) == (PAIR.titles, PAIR.results, PAIR.sentence)
    assert is_comparison(folder)
    assert not is_comparison(folder / "a")


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"designs": 3}', '{"designs": [{"letter": "A"}]}',
                '{"designs": [{"letter": "../x", "title": "a"}, {"letter": "B", "title": "b"}]}'],
)  # fmt: skip
def test_damaged_comparison_is_named(tmp_path: Path, content: str) -> None:
    folder = save_comparison(PAIR, tmp_path / "pair")
    (folder / "comparison.json").write_text(content)
    with pytest.raises(ResultError, match=r"comparison\.json: damaged"):
        load_comparison(folder)


def test_older_comparison_is_replaced_whole(tmp_path: Path) -> None:
    three = Comparison(("a", "b", "c"), (*PAIR.results, small_result()))
    save_comparison(three, tmp_path / "out")
    save_comparison(PAIR, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a", "b", "comparison.json"]


def test_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for taken in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(ResultError, match="something else"):
            save_comparison(PAIR, taken)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_failure_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_comparison(PAIR, tmp_path / "out")
    before = (tmp_path / "out" / "comparison.json").read_text()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(saving, "save", full)
    with pytest.raises(ResultError, match="No space left"):
        save_comparison(Comparison(("x", "y"), PAIR.results), tmp_path / "out")
    assert (tmp_path / "out" / "comparison.json").read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_folder_is_looked_at_before(tmp_path: Path) -> None:
    check_folder(tmp_path / "new" / "deep")
    check_folder(tmp_path)
    check_folder(save(small_result(), tmp_path / "result"))
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultError, match="no folder that may be written to"):
        check_folder(tmp_path / "file" / "below")
