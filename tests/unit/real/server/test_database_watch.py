from pathlib import Path

import pytest

from wavetank.real.server.database_watch import Watch, files_of
from wavetank.real.server.settings import ServerProblem


def test_database_that_grows_while_two_threads_look_was_not_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event loop and the store both look: one may have the old size when the other knows the new one."""
    path = tmp_path / "wavetank.db"
    for file in files_of(path):
        file.write_bytes(b"x" * 10)
    watch = Watch(path)
    real = Path.stat
    seen = list[str]()

    def slow(file: Path, *, follow_symlinks: bool = True) -> object:
        before = real(file, follow_symlinks=follow_symlinks)
        if not seen:
            seen.append("begun")
            path.write_bytes(b"x" * 20)
            seen.append(watch.trouble())
        return before

    monkeypatch.setattr(Path, "stat", slow)
    assert watch.trouble() == ""
    assert seen == ["begun", ""]
    monkeypatch.undo()
    assert watch.trouble() == ""
    path.write_bytes(b"x" * 9)
    assert "cut short" in watch.trouble()


def test_file_that_is_missing_at_the_start_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "wavetank.db"
    path.write_bytes(b"x")
    with pytest.raises(ServerProblem, match=r"wavetank\.db-wal: No such file or directory"):
        Watch(path)
