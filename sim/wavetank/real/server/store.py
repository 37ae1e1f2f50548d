"""The database: one SQLite file, one connection, one thread, and commits that many requests share.

What waits while a commit is under way goes into the next one together (group commit). A caller hears
of its operation only when the commit is on disk.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from wavetank.real.server import retention
from wavetank.real.server.settings import ServerProblem
from wavetank.real.transports.server.messages import Refused

T = TypeVar("T")
Operation = Callable[[sqlite3.Connection], Any]
_MOST_AT_ONCE = 2_000
_WAL_BYTES = 64 * 2**20
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


def open_database(path: Path) -> sqlite3.Connection:
    """The database at `path`, made where there is none. Raises ServerProblem."""
    try:
        made = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1)
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("PRAGMA synchronous = FULL")
        made.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
        version = made.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            made.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
            version = _VERSION
        if version == _VERSION:
            made.executescript(retention.SCHEMA)
    except sqlite3.Error as error:
        raise ServerProblem(f"{path}: {error}") from None
    if version != _VERSION:
        raise ServerProblem(f"{path}: made by another version of wavetank ({version}, not {_VERSION})")
    return made


class Store:
    """Runs operations on the database in its thread. `close` first does what was asked for before."""

    def __init__(self, path: Path, failed: Callable[[str], None]) -> None:
        """`failed` is told, in the event loop, why a commit failed. Raises ServerProblem."""
        self._loop = asyncio.get_running_loop()
        self._failed = failed
        self._database = open_database(path)
        self._asked: list[tuple[Operation, asyncio.Future[Any], int]] = []
        self._changed = threading.Condition()
        self._closing = False
        self.queued_bytes = 0
        self._thread = threading.Thread(target=self._work, name="store")
        self._thread.start()

    def ask(self, operation: Callable[[sqlite3.Connection], T], size_bytes: int = 0) -> "asyncio.Future[T]":
        """Queue an operation; the future has its result once that is committed.

        It fails with Refused(503) where the commit does, and with what the operation raised.
        """
        answer: asyncio.Future[T] = self._loop.create_future()
        with self._changed:
            if self._closing:
                raise Refused(503, "the server is stopping", "stopping")
            self._asked.append((operation, answer, size_bytes))
            self._changed.notify()
        self.queued_bytes += size_bytes
        return answer

    async def close(self) -> None:
        """Finish what was asked for, then close the database."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._asked and not self._closing:
                    self._changed.wait()
                group, self._asked = self._asked[:_MOST_AT_ONCE], self._asked[_MOST_AT_ONCE:]
            if not group:
                break
            operations = [operation for operation, _, _ in group]
            results, why = self._commit(operations)
            if why and len(group) > 1:
                # One that cannot be done must not take the others with it.
                alone = [self._commit([operation]) for operation in operations]
                results = [result for (result,), _ in alone]
                why = next((reason for _, reason in alone if reason), "")
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._tell, group, results, why)
        self._database.close()

    def _commit(self, operations: list[Operation]) -> tuple[list[object], str]:
        """Results of operations done in one transaction, and why it failed ("" if it did not)."""
        database = self._database
        try:
            database.execute("BEGIN IMMEDIATE")
            results = [_outcome(operation, database) for operation in operations]
            database.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - the thread outlives the defect of an operation
            with suppress(sqlite3.Error):
                if database.in_transaction:
                    database.execute("ROLLBACK")
            refused = Refused(503, "the store does not take it", "store", (("Retry-After", "5"),))
            return [refused] * len(operations), str(error) or repr(error)
        return results, ""

    def _tell(
        self, group: list[tuple[Operation, "asyncio.Future[Any]", int]], results: list[object], why: str
    ) -> None:
        if why:
            self._failed(why)
        for (_, answer, size_bytes), result in zip(group, results, strict=True):
            self.queued_bytes -= size_bytes
            if answer.cancelled():
                continue
            if isinstance(result, Exception):
                answer.set_exception(result)
            else:
                answer.set_result(result)


def _outcome(operation: Operation, database: sqlite3.Connection) -> object:
    """The result, or the Refused that the operation raised before it changed anything."""
    try:
        return operation(database)
    except Refused as why:
        return why
