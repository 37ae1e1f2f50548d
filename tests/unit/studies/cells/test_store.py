import gzip
from pathlib import Path

import pytest

from tests.unit.studies.cases import QUEUE, resolved
from wavetank.results.store import ResultError
from wavetank.studies.cells.cell import Cell, cell_task
from wavetank.studies.cells.making import make
from wavetank.studies.cells.store import CellStore


@pytest.fixture(scope="module")
def cell() -> Cell:
    return make(cell_task(resolved(QUEUE)))


def test_what_is_written_is_read(cell: Cell, tmp_path: Path) -> None:
    store = CellStore(tmp_path / "cells")
    assert store.keys() == set()
    assert store.read(cell.key) is None
    store.write(cell)
    assert store.keys() == {cell.key}
    assert store.read(cell.key) == cell
    assert store.path(cell.key).parent.name == cell.key[:2]


def test_the_same_cell_is_the_same_file(cell: Cell, tmp_path: Path) -> None:
    for name in ("a", "b"):
        CellStore(tmp_path / name).write(cell)
    left, other = (CellStore(tmp_path / name).path(cell.key).read_bytes() for name in ("a", "b"))
    assert left == other


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"",
        lambda content: content[:-6] + bytes(6),
        lambda content: b"no cell at all",
        lambda content: gzip.compress(b"[1, 2]"),
        lambda content: gzip.compress(b'{"key": "of another"}'),
        lambda content: gzip.compress(b"[" * 100_000),
    ],
    ids=["cut", "empty", "checksum", "text", "list", "fields", "deep"],
)  # fmt: skip
def test_a_damaged_cell_is_as_good_as_none(cell: Cell, tmp_path: Path, damage: object) -> None:
    store = CellStore(tmp_path)
    store.write(cell)
    path = store.path(cell.key)
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    assert store.read(cell.key) is None
    store.write(cell)
    assert store.read(cell.key) == cell


def test_a_cell_under_another_key_is_not_taken_for_it(cell: Cell, tmp_path: Path) -> None:
    store, other = CellStore(tmp_path), "00" + "f" * 62
    store.write(cell)
    store.path(other).parent.mkdir(exist_ok=True)
    store.path(cell.key).rename(store.path(other))
    assert store.read(other) is None


def test_what_a_killed_process_left_is_ignored(cell: Cell, tmp_path: Path) -> None:
    store = CellStore(tmp_path)
    store.write(cell)
    left = store.path(cell.key)
    left.rename(left.with_name(f"{left.name}.tmp4711"))
    (tmp_path / "notes.txt").write_text("not ours")
    assert store.keys() == set()
    assert store.read(cell.key) is None


def test_a_cell_has_its_name_only_when_it_is_whole(
    cell: Cell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CellStore(tmp_path)
    write = Path.write_bytes

    def cut(path: Path, content: bytes) -> int:
        write(path, content[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", cut)
    with pytest.raises(ResultError, match="No space left on device"):
        store.write(cell)
    assert not store.path(cell.key).exists()


def test_nothing_temporary_stays(cell: Cell, tmp_path: Path) -> None:
    store = CellStore(tmp_path)
    store.write(cell)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [f"{cell.key}.json.gz"]


def test_a_folder_that_cannot_be_written(cell: Cell, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultError, match="file: cannot be written"):
        CellStore(tmp_path / "file").write(cell)
