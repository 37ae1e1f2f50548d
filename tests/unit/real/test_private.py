import os
import subprocess
import sys
from pathlib import Path

import pytest

from wavetank.real.private import (
    BadFolder,
    hold,
    host_identifier,
    make_folder,
    replace_private,
    sweep,
    write_private,
)


@pytest.fixture(autouse=True)
def _open_umask() -> None:
    os.umask(0)


def test_file_is_for_the_owner_alone_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    path.chmod(0o644)
    for write in (write_private, replace_private):
        write(path, "new")
        assert path.read_text() == "new"
        assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_folder_is_for_the_owner_alone(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").touch()
    with pytest.raises(BadFolder, match="file"):
        make_folder(tmp_path / "file")


def test_one_holds_a_folder_until_it_ends(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from wavetank.real.private import hold;"
    code += "print(hold(Path(sys.argv[1])), flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() != "None"
        assert hold(tmp_path) is None
        assert hold(tmp_path, 0.1) is None
        other.kill()
    held = hold(tmp_path)
    assert held is not None
    os.close(held)


def test_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadFolder, match="nowhere"):
        hold(tmp_path / "nowhere")


def test_host_is_told_apart_and_not_told() -> None:
    assert host_identifier() == host_identifier()
    assert len(host_identifier()) == 32
    assert os.uname().nodename not in host_identifier()


def test_what_killed_processes_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    left = tmp_path / f".signing.pem.{ended.pid}"
    mine, others = tmp_path / f".signing.pem.{os.getpid()}", tmp_path / ".signing.pem.backup"
    for path in (left, mine, others):
        path.write_text("")
    sweep(tmp_path)
    assert set(tmp_path.iterdir()) == {mine, others}
