import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from wavetank.policy.codes import DropCause, Stream
from wavetank.protocol.wire import EVENT_MOST_BYTES
from wavetank.real.agent.outbox import BadOutbox, Refused, Store

STATEFUL, STATELESS = Stream.STATEFUL, Stream.STATELESS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with_store = Store(path, 0)
    yield with_store
    with_store.close()


def again(store: Store, path: Path, now_ns: int = 0) -> Store:
    """The same file after a crash: nothing that was not committed is there."""
    store.close()
    return Store(path, now_ns)


def data(store: Store, stream: Stream = STATEFUL) -> list[str]:
    kept = store.streams[stream]
    return [text for first, end in kept.outbox.waiting for _, text in kept.rows(first, end)]


def test_what_was_accepted_is_there_after_a_restart(store: Store, path: Path) -> None:
    assert store.accept(STATEFUL, ["a", "ü\n", ""], 5) == [1, 2, 3]
    assert store.accept(STATELESS, ["x"], 5) == [1]
    after = again(store, path)
    assert data(after) == ['"a"', '"\\u00fc\\n"', '""']
    assert data(after, STATELESS) == ['"x"']
    assert after.queued() == {"stateless": 1, "stateful": 3}
    assert after.accept(STATEFUL, ["d"], 5) == [4]
    after.close()


def test_pragmas_are_those_that_make_it_durable(store: Store) -> None:
    assert store.one("PRAGMA journal_mode") == "wal"
    assert store.one("PRAGMA synchronous") == 2


def test_numbers_are_never_used_again(store: Store, path: Path) -> None:
    store.accept(STATEFUL, ["a", "b"], 0)
    store.streams[STATEFUL].delivered(((1, 3),))
    after = again(store, path)
    assert after.accept(STATEFUL, ["c"], 0) == [3]
    after.close()


def test_epoch_stays_with_the_outbox_and_is_new_with_a_new_one(store: Store, path: Path) -> None:
    after = again(store, path)
    assert after.epoch == store.epoch
    assert len(store.epoch) == 32
    after.close()
    path.unlink()
    fresh = Store(path, 0)
    assert fresh.epoch != store.epoch
    fresh.close()


def test_only_what_is_acknowledged_is_deleted(store: Store, path: Path) -> None:
    store.accept(STATEFUL, list("abcdef"), 0)
    outbox = store.streams[STATEFUL].outbox
    first, second = outbox.take(2), outbox.take(2)
    outbox.release(2)
    store.streams[STATEFUL].delivered(second)
    assert store.queued()["stateful"] == 4
    after = again(store, path)
    assert after.streams[STATEFUL].outbox.waiting == [(1, 3), (5, 7)]
    assert (first, data(after)) == (((1, 3),), ['"a"', '"b"', '"e"', '"f"'])
    after.close()


def test_counts_add_up_with_what_is_kept(store: Store, path: Path) -> None:
    store.accept(STATEFUL, list("abc"), 0)
    store.streams[STATEFUL].outbox.release(2)
    store.streams[STATEFUL].delivered(((1, 2),))
    store.streams[STATEFUL].dropped(((2, 3),), DropCause.BODY)
    after = again(store, path)
    assert after.counts == {"produced.stateful": 3, "delivered.stateful": 1, "dropped.stateful.body": 1}
    assert after.queued()["stateful"] == 1
    after.close()


@pytest.mark.parametrize("oldest", [False, True])
def test_overflow_is_counted_in_the_same_commit(path: Path, oldest: bool) -> None:
    store = Store(path, 0, 3, oldest)
    assert store.accept(STATELESS, list("ab"), 0) == [1, 2]
    sequences = store.accept(STATELESS, list("cde"), 0)
    assert sequences == ([3, 4, 5] if oldest else [3, None, None])
    after = again(store, path)
    assert data(after, STATELESS) == (['"c"', '"d"', '"e"'] if oldest else ['"a"', '"b"', '"c"'])
    assert after.counts["dropped.stateless.overflow"] == 2
    after.close()


def test_event_too_large_is_dropped_and_counted(store: Store) -> None:
    assert store.accept(STATEFUL, ["a", "x" * EVENT_MOST_BYTES, "b"], 0) == [1, None, 2]
    assert store.counts["dropped.stateful.body"] == 1
    assert store.queued()["stateful"] == 2


def test_source_is_read_up_to_what_was_committed(store: Store, path: Path) -> None:
    assert store.position("file") is None
    store.accept(STATEFUL, ["a"], 0, "file", [7, 10, False])
    after = again(store, path)
    assert after.position("file") == [7, 10, False]
    after.close()


def limit_pages(store: Store, more: int) -> None:
    """A disk that is full after so many pages more."""
    pages = store.one("PRAGMA page_count")
    assert isinstance(pages, int)
    store.one(f"PRAGMA max_page_count = {pages + more}")


def test_full_disk_refuses_whole_batches_and_recovers(store: Store, path: Path) -> None:
    store.accept(STATEFUL, ["a"], 0)
    limit_pages(store, 2)
    with pytest.raises(Refused, match="full"):
        store.accept(STATEFUL, ["b" * 3000] * 20, 0, "file", [1, 2, False])
    assert store.refused == 1
    assert (store.queued()["stateful"], store.position("file")) == (1, None)
    assert store.counts == {"produced.stateful": 1}
    limit_pages(store, 10_000)
    assert store.accept(STATEFUL, ["c"], 0) == [2], "what was not accepted has used no number"
    assert data(again(store, path)) == ['"a"', '"c"']


def test_acknowledged_while_the_disk_is_full_is_deleted_later(store: Store, path: Path) -> None:
    store.accept(STATEFUL, list("ab"), 0)
    store.streams[STATEFUL].outbox.release(1)
    store.db.execute("PRAGMA query_only = 1")
    store.streams[STATEFUL].delivered(((1, 2),))
    assert not path.with_name("reserve").exists(), "what was kept free is given up"
    assert store.queued()["stateful"] == 2
    assert not store.tidy()
    store.db.execute("PRAGMA query_only = 0")
    assert store.tidy()
    assert store.counts["delivered.stateful"] == 1
    assert store.queued()["stateful"] == 1
    assert data(again(store, path)) == ['"b"']


def test_room_is_kept_free_again_before_anything_is_accepted(store: Store, path: Path) -> None:
    store.accept(STATEFUL, ["a"], 0)
    reserve = path.with_name("reserve")
    assert reserve.stat().st_size == 4 * 2**20
    assert store._reserve.give()
    store.accept(STATEFUL, ["b"], 0)
    assert reserve.stat().st_size == 4 * 2**20


@pytest.mark.parametrize("name", ["outbox.db", "outbox.db-wal"])
@pytest.mark.parametrize("restarted", [False, True])
def test_file_that_is_not_at_its_path_accepts_nothing(
    store: Store, path: Path, name: str, restarted: bool
) -> None:
    """A restart would find another one; put back, all that was accepted is there, once."""
    if restarted:
        store = again(store, path)
    assert store.accept(STATEFUL, ["a"], 0) == [1]
    file, aside = path.with_name(name), path.with_name("aside")
    file.rename(aside)
    with pytest.raises(Refused, match="deleted or replaced"):
        store.accept(STATEFUL, ["b"], 0)
    file.write_bytes(aside.read_bytes())
    with pytest.raises(Refused, match="deleted or replaced"):
        store.accept(STATEFUL, ["b"], 0)
    assert data(store) == ['"a"'], "what was accepted is still delivered"
    aside.rename(file)
    assert store.accept(STATEFUL, ["b"], 0) == [2]
    assert data(again(store, path)) == ['"a"', '"b"']


def test_one_process_at_a_time(store: Store, path: Path) -> None:
    with pytest.raises(BadOutbox, match="locked"):
        Store(path, 0)


def test_file_that_is_no_outbox_is_refused(path: Path) -> None:
    path.write_bytes(b"no database" * 200)
    with pytest.raises(BadOutbox, match="not a database"):
        Store(path, 0)


def _of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE stateful (name TEXT)")


def _with(statement: str) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        Store(path, 0).close()
        with closing(sqlite3.connect(path)) as other:
            other.execute(statement)
            other.commit()

    return spoil


def _overwritten(path: Path) -> None:
    store = Store(path, 0)
    store.accept(STATEFUL, ["x" * 3_000] * 50, 0)
    store.close()
    with path.open("r+b") as file:
        file.seek(4_096)
        file.write(b"\xff" * (path.stat().st_size - 4_096))


def _cut(path: Path) -> None:
    Store(path, 0).close()
    os.truncate(path, 9_000)


def _log_is_a_folder(path: Path) -> None:
    Store(path, 0).close()
    path.with_name("outbox.db-wal").mkdir()


SPOILT: dict[str, Callable[[Path], object]] = {
    "of another program": _of_another_program,
    "overwritten": _overwritten,
    "cut": _cut,
    "a folder": Path.mkdir,
    "a named pipe": os.mkfifo,
    "a loop of links": lambda path: path.symlink_to(path),
    "a device": lambda path: path.symlink_to("/dev/full"),
    "counts of text": _with("INSERT INTO counts VALUES ('produced.stateful', 'many')"),
    "a log that is a folder": _log_is_a_folder,
}


@pytest.mark.parametrize("kind", SPOILT)
def test_spoilt_file_is_refused_in_words(path: Path, kind: str) -> None:
    SPOILT[kind](path)
    with pytest.raises(BadOutbox, match=r"outbox\.db: ."):
        Store(path, 0)


@pytest.mark.parametrize("name", ["outbox.db", "outbox.db-wal"])
@pytest.mark.parametrize("kept_bytes", [0, 5_000])
def test_file_that_was_cut_accepts_nothing(store: Store, path: Path, name: str, kept_bytes: int) -> None:
    """Events that are committed behind the cut would not be found by a restart."""
    store.accept(STATEFUL, ["x" * 3_000] * 10, 0)
    store._shrink()
    store.accept(STATEFUL, ["y" * 3_000] * 10, 0)
    os.truncate(path.with_name(name), kept_bytes)
    for _ in range(2):
        with pytest.raises(Refused, match="cut short"):
            store.accept(STATEFUL, ["b"], 0)


def test_own_shrinking_is_no_cut(store: Store, path: Path) -> None:
    for _ in range(3):
        store.accept(STATEFUL, ["x" * 10_000] * 200, 0)
        outbox = store.streams[STATEFUL].outbox
        store.streams[STATEFUL].delivered(outbox.take(200))
        outbox.release(200)
        before = path.stat().st_size
        store._shrink()
        assert path.stat().st_size < before
    store.accept(STATEFUL, ["b"], 0)
    assert store.refused == 0


def test_reserve_that_is_a_named_pipe_does_not_make_it_wait(store: Store, path: Path) -> None:
    os.mkfifo(path.with_name("reserve"))
    assert store.accept(STATEFUL, ["a"], 0) == [1]


def test_nobody_else_may_read_it(store: Store, path: Path) -> None:
    store.accept(STATEFUL, ["a"], 0)
    for file in path.parent.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file


def test_ages_are_those_of_acceptance_while_the_clock_runs_on(store: Store, path: Path) -> None:
    store.accept(STATEFUL, ["a"], 500)
    assert store.streams[STATEFUL].created_ns(1) == 500
    rebooted = again(store, path, now_ns=20)
    assert rebooted.streams[STATEFUL].created_ns(1) == 20
    rebooted.accept(STATEFUL, ["b"], 30)
    assert rebooted.streams[STATEFUL].created_ns(2) == 30
    rebooted.close()


def test_what_another_process_killed_left_is_read(path: Path) -> None:
    """A write-ahead log that was never folded in."""
    child = os.fork()
    if child == 0:
        killed = Store(path, 0)
        killed.accept(STATEFUL, list("abc"), 0)
        killed.db.execute("BEGIN IMMEDIATE")
        killed.streams[STATEFUL].insert(0, '"not committed"')
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    assert path.with_name("outbox.db-wal").stat().st_size > 0
    after = Store(path, 0)
    assert data(after) == ['"a"', '"b"', '"c"']
    after.close()


def test_sqlite_errors_of_other_kinds_are_refusals_too(store: Store) -> None:
    store.db.execute("DROP TABLE sources")
    with pytest.raises(Refused, match="sources"):
        store.accept(STATEFUL, ["a"], 0, "file", 1)
    assert store.one("SELECT count(*) FROM stateful") == 0
    assert isinstance(store.db, sqlite3.Connection)
