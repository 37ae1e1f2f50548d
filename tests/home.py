"""A home folder for the tests, so that what a user of this machine has done with wavetank changes no test."""

import atexit
import os
import shutil
import tempfile
from collections.abc import MutableMapping
from pathlib import Path

MARK = "WAVETANK_TEST_HOME"
"""The environment variable that holds the folder: processes that a test starts share it."""

TOOLS = (
    ".cargo", ".config/pip", ".gitconfig", ".m2", ".npm", ".npmrc", ".pip", ".pyenv", ".rustup",
)  # fmt: skip
"""Folders of package managers and compilers in a home folder. Tests that install or build need them."""


def use_own_home(environment: MutableMapping[str, str]) -> Path:
    """Point HOME and the XDG folders to a folder of the tests, and return it.

    Compiled kernels are kept between runs, next to the user's: they take minutes, and their names are
    hashes of what they are made of.
    """
    if MARK in environment:
        return Path(environment[MARK])
    users = Path.home()
    cache = Path(environment.get("XDG_CACHE_HOME") or users / ".cache") / "wavetank-tests"
    home = Path(tempfile.mkdtemp(prefix="wavetank-tests-home-"))
    atexit.register(_remove, home, os.getpid())
    for name in TOOLS:
        if (users / name).exists():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).symlink_to(users / name)
    own = {
        MARK: str(home),
        "HOME": str(home),
        "XDG_CACHE_HOME": str(cache),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
    }
    environment.update(own)
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        Path(environment[name]).mkdir(parents=True, exist_ok=True)
    return home


def _remove(home: Path, process: int) -> None:
    """Remove it where it was made, and not in a forked child."""
    if os.getpid() == process:
        shutil.rmtree(home, ignore_errors=True)
