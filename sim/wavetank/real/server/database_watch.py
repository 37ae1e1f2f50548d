"""Whether an open database is still the file that a restart would find, and still in one piece."""

import errno
import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from wavetank.real.ownership import identity_of
from wavetank.real.server.settings import ServerProblem

# The log of what was committed last, and the index by which other processes read it.
_BESIDE = ("-wal", "-shm")


def files_of(path: Path) -> tuple[Path, ...]:
    """The files of the database at `path`: itself, its log, and the index of the log."""
    return path, *(path.with_name(path.name + end) for end in _BESIDE)


class Watch:
    """Sees whether an open database is still the file that a restart would find at its path."""

    def __init__(self, path: Path) -> None:
        """Raises ServerProblem when a file is missing that SQLite has just opened."""
        self._paths = files_of(path)
        try:
            self._files = [identity_of(name) for name in self._paths]
            self._size_bytes = path.stat().st_size
        except OSError as error:
            raise ServerProblem(f"{error.filename}: {error.strerror}") from None
        if None in self._files:
            missing = self._paths[self._files.index(None)]
            raise ServerProblem(f"{missing}: {os.strerror(errno.ENOENT)}")

    def trouble(self) -> str:
        """Say what has happened to the files, "" when nothing has; takes a few microseconds."""
        for name, known in zip(self._paths, self._files, strict=True):
            identity = None
            with suppress(OSError):
                identity = identity_of(name)
            if identity != known:
                event = "deleted" if identity is None else "replaced"
                return f"{name.name} was {event} while the server ran; put it back, or restart the server"
        return self._cut()

    def _cut(self) -> str:
        """Whether the database was cut short: nothing here ever makes it smaller."""
        path = self._paths[0]
        with suppress(OSError):
            known_bytes = self._size_bytes  # first: the other thread may learn of a larger size meanwhile
            size_bytes = path.stat().st_size
            if size_bytes < known_bytes:
                return f"{path.name} was cut short while the server ran; put back a backup"
            self._size_bytes = size_bytes
        return ""


def is_damage(error: Exception) -> bool:
    """Whether the database itself is damaged, which no later try can change."""
    # The low byte is the primary result code; the others say more precisely where.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
