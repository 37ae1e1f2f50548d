"""Which file is at a path, whether it stays there, and who else can use it, by owner and mode (POSIX)."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

# Files of root are as safe as our own: root can read and write everything anyway.
_ROOT = 0
_READ_OR_WRITE, _WRITE = 0o077, 0o022


class Exposed(NamedTuple):
    """A path that others can use: its mode, and whether another user owns it."""

    path: Path
    mode: int
    foreign: bool

    def __str__(self) -> str:
        return f"{self.path} ({'of another user' if self.foreign else f'mode {self.mode:04o}'})"


def exposure(path: Path, status: os.stat_result, user: int, secret: bool = True) -> Exposed | None:
    """Say how others can use a path, or None where they cannot.

    Parameters
    ----------
    found
        What stat says of the path.
    user
        The user who may: the number of the process's own.
    secret
        Whether others may not read it either. What is not secret, nobody else may write.
    """
    mode = stat.S_IMODE(status.st_mode)
    foreign = status.st_uid not in (user, _ROOT)
    if foreign or mode & (_READ_OR_WRITE if secret else _WRITE):
        return Exposed(path, mode, foreign)
    return None


def exposed(paths: Iterable[tuple[Path, bool]]) -> list[Exposed]:
    """List those of the paths (each with whether it is secret) that others can use; absent ones are fine."""
    user = os.geteuid()
    problems = []
    for path, secret in paths:
        try:
            said = path.stat()
        except FileNotFoundError:
            continue
        bad = exposure(path, said, user, secret)
        if bad is not None:
            problems.append(bad)
    return problems


def identity_of(path: Path) -> tuple[int, int] | None:
    """Device and inode, which together are one file for as long as somebody has it open; None without a file.

    Raises OSError where that cannot be told.
    """
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


class Watch:
    """Sees whether open files stay at their paths, as long as they were: a restart would find them so."""

    def __init__(self, *paths: Path) -> None:
        """Raises OSError where a file cannot be looked at."""
        self._files = {path: identity_of(path) for path in paths}
        self._sizes_bytes = dict.fromkeys(paths, 0)
        self.learn()

    def learn(self) -> None:
        """Take the files to be as long as they are now. Raises OSError."""
        self._sizes_bytes = {path: _size_bytes(path) for path in self._files}

    def check(self, *whole: Path) -> None:
        """Raise OSError where a file was deleted or replaced, or one of `whole` (default: all) was cut."""
        for path, known in self._files.items():
            if identity_of(path) != known:
                raise OSError(f"{path.name} was deleted or replaced while the agent ran; restart the agent")
            if path in (whole or self._files) and _size_bytes(path) < self._sizes_bytes[path]:
                raise OSError(f"{path.name} was cut short while the agent ran; restart the agent")


def _size_bytes(path: Path) -> int:
    """Return the size of a file, 0 without one. Raises OSError."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
