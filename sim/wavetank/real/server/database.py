"""The database file: made whole or not at all, and opened only when it is ours."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from wavetank.real.server import retention
from wavetank.real.server.database_watch import files_of
from wavetank.real.server.settings import ServerProblem

# Reading through a longer log costs the next start time; SQLite writes 4 MiB of it back at a time.
_WAL_BYTES = 64 * 2**20
# How long to wait for another process (an operator's sqlite3) that holds the database.
_LOCKED_S = 1.0
_VERSION = 1
_SCHEMA = """
CREATE TABLE users(name TEXT PRIMARY KEY, password TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE agents(
    id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, name TEXT NOT NULL, key TEXT NOT NULL,
    registered_ns INTEGER NOT NULL, revoked_ns INTEGER
);
CREATE TABLE hosts(agent INTEGER NOT NULL, host TEXT NOT NULL, PRIMARY KEY(agent, host)) WITHOUT ROWID;
CREATE TABLE events(
    id INTEGER PRIMARY KEY AUTOINCREMENT, agent INTEGER NOT NULL, epoch TEXT, sequence INTEGER,
    data TEXT NOT NULL, received_ns INTEGER NOT NULL
);
CREATE UNIQUE INDEX events_once ON events(agent, epoch, sequence) WHERE epoch IS NOT NULL;
CREATE INDEX events_by_agent ON events(agent);
CREATE TABLE commands(
    id INTEGER PRIMARY KEY AUTOINCREMENT, agent INTEGER NOT NULL, body TEXT NOT NULL,
    created_ns INTEGER NOT NULL, confirmed_ns INTEGER, result TEXT
);
CREATE INDEX commands_open ON commands(agent) WHERE confirmed_ns IS NULL;
CREATE TABLE counters(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
_PARTS = """
SELECT type || ' ' || name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'
UNION SELECT 'column ' || m.name || '.' || t.name FROM sqlite_master m, pragma_table_info(m.name) t
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
"""
_HELP = "put back a backup, or move it away to start with an empty database (agents must register again)"


def open_database(path: Path) -> sqlite3.Connection:
    """Open the database at `path`; make it where there is none. Raises ServerProblem."""
    _check_files(path)
    try:
        if not path.exists():
            _make(path)
        opened = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_LOCKED_S)
        try:
            _prepare(opened, path)
        except BaseException:
            opened.close()
            raise
    except sqlite3.Error as error:
        raise ServerProblem(f"{path}: {error}; {_HELP}") from None
    except OSError as error:
        raise ServerProblem(f"{path}: {error.strerror}") from None
    return opened


def make_tables(database: sqlite3.Connection) -> None:
    """Make the tables of this version in an empty database, all or none."""
    database.executescript(f"BEGIN; {_SCHEMA} {retention.SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")


def _check_files(path: Path) -> None:
    """Raises ServerProblem for files that SQLite would take, but that are not the database as it was left."""
    for name in files_of(path):
        if name.is_symlink():
            raise ServerProblem(f"{name}: a symbolic link; the database must be a file in the data folder")
    try:
        empty = path.stat().st_size == 0
    except FileNotFoundError:
        log = files_of(path)[1]
        if log.exists() and log.stat().st_size:
            raise ServerProblem(
                f"{path}: missing, but {log.name} beside it holds what was committed last; put back the"
                f" database, or move {log.name} away, too, to start with an empty one"
            ) from None
        return
    if empty:
        raise ServerProblem(f"{path}: 0 bytes, so what was stored is gone; {_HELP}")


def _make(path: Path) -> None:
    """Make an empty database under another name, then give it its own: a start cut short leaves none."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(fresh, isolation_level=None)) as made:
        # No journal beside it: nobody reads this file before it is whole.
        made.execute("PRAGMA journal_mode = MEMORY")
        make_tables(made)
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _prepare(opened: sqlite3.Connection, path: Path) -> None:
    """Set up the connection. Raises ServerProblem when the database is not of this version."""
    opened.execute("PRAGMA journal_mode = WAL")
    opened.execute("PRAGMA synchronous = FULL")
    opened.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
    version = opened.execute("PRAGMA user_version").fetchone()[0]
    if version != _VERSION:
        raise ServerProblem(
            f"{path}: made by another version of wavetank (its format is {version}, not {_VERSION});"
            f" run that version, or {_HELP}"
        )
    opened.executescript(retention.SCHEMA)
    with closing(sqlite3.connect(":memory:")) as right:
        make_tables(right)
        missing = sorted(_parts(right) - _parts(opened))
    if missing:
        raise ServerProblem(
            f"{path}: made by another version of wavetank (missing: {', '.join(missing)});"
            f" run that version, or {_HELP}"
        )


def _parts(database: sqlite3.Connection) -> set[str]:
    """Tables, indexes and columns, by name."""
    return {row[0] for row in database.execute(_PARTS)}
