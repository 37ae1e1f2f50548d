"""Room that is kept free on a disk: even when it is full, what is no longer needed can be deleted."""

import os
from pathlib import Path

RESERVE_BYTES = 4 * 2**20
"""Room for the pages and the journal with which SQLite deletes a portion of rows on a full disk."""


class Reserve:
    """A file that does nothing but take some room until that is needed."""

    def __init__(self, path: Path, size_bytes: int = RESERVE_BYTES) -> None:
        self._path = path
        self._size_bytes = size_bytes
        self._there = False

    def keep(self) -> bool:
        """Take the room, if it is not taken; whether it is."""
        if self._there:
            return True
        try:
            file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
            try:
                os.posix_fallocate(file, 0, self._size_bytes)
                self._there = True
            finally:
                os.close(file)
        except OSError:
            self.give()
        return self._there

    def give(self) -> bool:
        """Delete the reserve, to free disk space; returns whether there was one."""
        try:
            self._path.unlink()
        except OSError:
            return False
        finally:
            self._there = False
        return True
