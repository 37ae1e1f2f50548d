"""The database: one SQLite file, one connection, one thread, and commits that many requests share.

What waits while a commit is under way goes into the next one together (group commit). A caller hears
of its operation only when the commit is on disk.
"""

import asyncio
import math
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from wavetank.real.server.database import open_database
from wavetank.real.server.database_watch import Watch, is_damage
from wavetank.real.transports.server.messages import Refused

T = TypeVar("T")
Operation = Callable[[sqlite3.Connection], Any]
Asked = tuple[Operation, asyncio.Future[Any], int]
# Larger groups save no more syncs worth having, and what waits for them waits longer.
_MOST_AT_ONCE = 2_000
# Some 50 ms: what comes next waits no longer than that, and a slow disk needs large groups.
_MOST_BYTES_AT_ONCE = 2**20
# The parts of large batches go one by one: each takes some 10 ms.
_LARGE_BYTES = 2**17


class Store:
    """Runs operations on the database in its thread. `close` first does what was asked for before.

    `failure` is why the last commit failed, "" while none has. `committed_s` is when the last one succeeded,
    by the monotonic clock.
    """

    def __init__(self, path: Path, failed: Callable[[str], None]) -> None:
        """`failed` is told, in the event loop, why a commit failed. Raises ServerProblem."""
        self._loop = asyncio.get_running_loop()
        self._failed = failed
        self._database = open_database(path)
        self._watch = Watch(path)
        self._damage = self.failure = ""
        self.committed_s = -math.inf
        self._ended = self._loop.create_future()
        self._asked: deque[Asked] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self.queued_bytes = 0
        self._thread = threading.Thread(target=self._work, name="store")
        self._thread.start()

    def ask(
        self, operation: Callable[[sqlite3.Connection], T], size_bytes: int = 0, first: bool = False
    ) -> "asyncio.Future[T]":
        """Queue an operation, before all others if `first`; the future has its result once it is committed.

        It fails with Refused(503) where the commit does, and with what the operation raised.
        """
        answer: asyncio.Future[T] = self._loop.create_future()
        with self._changed:
            if self._closing:
                raise Refused(503, "the server is stopping", "stopping")
            put = self._asked.appendleft if first else self._asked.append
            put((operation, answer, size_bytes))
            self._changed.notify()
        self.queued_bytes += size_bytes
        return answer

    def trouble(self) -> str:
        """Say why nothing can be stored until somebody repairs it; "" while that is not so."""
        return self._damage or self._watch.trouble()

    async def close(self) -> None:
        """Finish what was asked for, then close the database."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        # Not joined in another thread: where memory is short none can be started.
        await self._ended
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._asked and not self._closing:
                    self._changed.wait()
                group = self._group()
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
        with suppress(sqlite3.Error):
            self._database.close()
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._ended.set_result, None)

    def _group(self) -> list[Asked]:
        """Take the operations of the next commit."""
        group: list[Asked] = []
        size_bytes = large = 0
        while self._asked and len(group) < _MOST_AT_ONCE:
            size_bytes += self._asked[0][2]
            large += self._asked[0][2] > _LARGE_BYTES
            if group and (size_bytes > _MOST_BYTES_AT_ONCE or large > 1):
                break
            group.append(self._asked.popleft())
        return group

    def _commit(self, operations: list[Operation]) -> tuple[list[object], str]:
        """Results of operations done in one transaction, and why it failed ("" if it did not)."""
        database = self._database
        try:
            self._check()
            database.execute("BEGIN IMMEDIATE")
            results = [_outcome(operation, database) for operation in operations]
            database.execute("COMMIT")
            # Again: a commit into a file that was deleted meanwhile is lost with the process.
            self._check()
            self.committed_s = time.monotonic()
        except Exception as error:  # noqa: BLE001 - the thread outlives the defect of an operation
            with suppress(sqlite3.Error):
                if database.in_transaction:
                    database.execute("ROLLBACK")
            if is_damage(error):
                self._damage = f"the database is damaged ({error}); put back a backup"
            refused = Refused(503, "the store does not take it", "store", (("Retry-After", "5"),))
            return [refused] * len(operations), str(error) or repr(error)
        return results, ""

    def _check(self) -> None:
        """Raises OSError when what is committed would not be there after a restart."""
        if trouble := self.trouble():
            raise OSError(trouble)

    def _tell(self, group: list[Asked], results: list[object], why: str) -> None:
        if why:
            self.failure = why
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
