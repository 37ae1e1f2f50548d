"""The tests have a home folder of their own: see tests/home.py."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.home import MARK, use_own_home
from wavetank.engines.compiled.toolchain.cache import folder

XDG = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")


def test_nothing_of_the_user_is_seen_or_written() -> None:
    home = Path(os.environ[MARK])
    assert Path.home() == home
    assert all(Path(os.environ[name]).is_dir() for name in XDG)
    assert [name for name in XDG if home not in Path(os.environ[name]).parents] == ["XDG_CACHE_HOME"]
    assert folder().parents[1].name == "wavetank-tests"


def test_child_processes_share_it() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "from pathlib import Path; print(Path.home())"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.strip() == os.environ[MARK]


def test_tools_keep_their_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".config" / "pip").mkdir(parents=True)
    (tmp_path / ".local" / "share" / "wavetank").mkdir(parents=True)
    (tmp_path / ".npmrc").write_text("loglevel=error\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    environment: dict[str, str] = {}
    home = use_own_home(environment)
    assert environment["XDG_CACHE_HOME"] == str(tmp_path / ".cache" / "wavetank-tests")
    assert (home / ".npmrc").read_text() == "loglevel=error\n"
    assert (home / ".config" / "pip").is_dir()
    assert not (home / ".local" / "share" / "wavetank").exists()


def test_made_once() -> None:
    before = dict(os.environ)
    assert use_own_home(os.environ) == Path(before[MARK])
    assert dict(os.environ) == before
