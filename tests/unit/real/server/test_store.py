import asyncio
import sqlite3
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from wavetank.real.server.database import open_database
from wavetank.real.server.settings import ServerProblem
from wavetank.real.server.store import Store
from wavetank.real.transports.server.messages import Refused


def run(path: Path, body: Callable[[Store, list[str]], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        failed: list[str] = []
        store = Store(path, failed.append)
        try:
            await body(store, failed)
        finally:
            await store.close()

    asyncio.run(whole())


def put(name: str) -> Callable[[sqlite3.Connection], None]:
    def operation(database: sqlite3.Connection) -> None:
        database.execute("INSERT INTO counters VALUES (?, 1)", (name,))

    return operation


def names(path: Path) -> set[str]:
    with sqlite3.connect(path) as other:
        names = {row[0] for row in other.execute("SELECT name FROM counters")}
    other.close()
    return names


def test_answer_comes_after_the_commit(tmp_path: Path) -> None:
    """Another connection sees what was asked for at the moment its answer is there."""
    path = tmp_path / "x.db"

    async def body(store: Store, failed: list[str]) -> None:
        for n in range(50):
            await store.ask(put(str(n)))
            assert str(n) in names(path)

    run(path, body)


def test_what_waits_shares_a_commit(tmp_path: Path) -> None:
    started, go = threading.Event(), threading.Event()
    begins: list[str] = []

    def slow(database: sqlite3.Connection) -> None:
        started.set()
        go.wait(30)

    async def body(store: Store, failed: list[str]) -> None:
        await store.ask(lambda database: database.set_trace_callback(begins.append))
        first = store.ask(slow)
        await asyncio.get_running_loop().run_in_executor(None, started.wait)
        rest = [store.ask(put(str(n))) for n in range(100)]
        go.set()
        await asyncio.gather(first, *rest)
        await store.ask(lambda database: database.set_trace_callback(None))

    run(tmp_path / "x.db", body)
    assert begins.count("COMMIT") == 3, "the tracing itself, the slow one, and all the others together"


def test_operation_that_fails_takes_no_other_with_it(tmp_path: Path) -> None:
    path = tmp_path / "x.db"

    async def body(store: Store, failed: list[str]) -> None:
        asked = [store.ask(put(name)) for name in ("a", "b", "a", "c")]
        got = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(result) for result in got] == [type(None), type(None), Refused, type(None)]
        assert failed == ["UNIQUE constraint failed: counters.name"]

    run(path, body)
    assert names(path) == {"a", "b", "c"}


def test_defect_of_an_operation_is_its_own(tmp_path: Path) -> None:
    """The thread outlives it, and what waits with it is done."""

    def broken(database: sqlite3.Connection) -> None:
        put("half")(database)
        raise ValueError("a defect")

    async def body(store: Store, failed: list[str]) -> None:
        got = await asyncio.gather(store.ask(broken), store.ask(put("a")), return_exceptions=True)
        assert [type(result) for result in got] == [Refused, type(None)]
        assert failed == ["a defect"]
        await store.ask(put("b"))

    run(tmp_path / "x.db", body)
    assert names(tmp_path / "x.db") == {"a", "b"}


def test_refusal_of_an_operation_is_its_own(tmp_path: Path) -> None:
    def refuse(database: sqlite3.Connection) -> None:
        raise Refused(409, "no")

    async def body(store: Store, failed: list[str]) -> None:
        got = await asyncio.gather(store.ask(refuse), store.ask(put("a")), return_exceptions=True)
        assert isinstance(got[0], Refused)
        assert got[0].status == 409
        assert got[1] is None
        assert failed == []

    run(tmp_path / "x.db", body)


def test_close_does_what_was_asked_for_and_takes_no_more(tmp_path: Path) -> None:
    path = tmp_path / "x.db"

    async def whole() -> None:
        store = Store(path, print)
        asked = [store.ask(put(str(n)), 10) for n in range(5_000)]
        assert store.queued_bytes == 50_000
        await store.close()
        await asyncio.gather(*asked)
        assert store.queued_bytes == 0
        with pytest.raises(Refused, match="stopping"):
            store.ask(put("late"))

    asyncio.run(whole())
    assert names(path) == {str(n) for n in range(5_000)}


def test_database_syncs_every_commit(tmp_path: Path) -> None:
    database = open_database(tmp_path / "x.db")
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert database.execute("PRAGMA synchronous").fetchone() == (2,)
    database.close()


def test_commit_into_a_deleted_file_is_not_acknowledged(tmp_path: Path) -> None:
    """Deleted while the transaction is under way: SQLite commits all the same, and nobody must hear of it."""
    path = tmp_path / "x.db"

    def deleting(database: sqlite3.Connection) -> None:
        put("lost")(database)
        path.unlink()

    async def body(store: Store, failed: list[str]) -> None:
        got = await asyncio.gather(store.ask(deleting), return_exceptions=True)
        assert [type(result) for result in got] == [Refused]
        assert "x.db was deleted" in failed[0]
        assert "x.db was deleted" in store.trouble()

    run(path, body)


def test_other_version_is_refused(tmp_path: Path) -> None:
    database = open_database(tmp_path / "x.db")
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(ServerProblem, match="another version"):
        open_database(tmp_path / "x.db")
