"""The durable outbox: accepted is committed, and committed stays until it is acknowledged.

SQLite in WAL mode, synchronous=FULL, through one connection that locks out every other. What is counted
changes in the transaction of what is kept, so produced = delivered + dropped + queued after any crash.
"""

import json
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wavetank.errors import WavetankError
from wavetank.policy.codes import DropCause, Stream
from wavetank.protocol.outbox import Outbox, Range
from wavetank.protocol.wire import EVENT_MOST_BYTES, Row, event_data, size_of

STREAMS = (Stream.STATELESS, Stream.STATEFUL)
RESERVE_BYTES = 4 * 2**20
REMEMBERED_COMMANDS = 10_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sources (name TEXT PRIMARY KEY, position TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS commands (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, result TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS stateless (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, at_ns INTEGER NOT NULL, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS stateful (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, at_ns INTEGER NOT NULL, data TEXT NOT NULL);
"""


class BadOutbox(WavetankError):
    """An outbox that cannot be opened: where, and why."""


class Refused(Exception):  # a state of the disk, not of the program
    """Nothing was accepted, as it could not be committed; and why."""


class Store:
    """The outbox file. `refused` counts the commits that failed since it was opened."""

    def __init__(self, path: Path, now_ns: int, capacity: int = 0, drop_oldest: bool = False) -> None:
        """`capacity` in events and `drop_oldest` are the stateless stream's. Raises BadOutbox."""
        self.refused = 0
        self._path = path
        self._unsettled: list[tuple[Stream, tuple[Range, ...], str]] = []
        try:
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
            self.db = sqlite3.connect(path, isolation_level=None, timeout=0)
            self._open()
        except (OSError, sqlite3.Error) as error:
            locked = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_BUSY
            raise BadOutbox(f"{path}: {'another agent runs with it' if locked else error}") from error
        self.epoch = str(self.one("SELECT value FROM meta WHERE name = 'epoch'"))
        self.counts: dict[str, int] = dict(self.db.execute("SELECT name, value FROM counts"))
        self.streams = {
            Stream.STATELESS: Kept(self, Stream.STATELESS, Outbox(capacity, drop_oldest), now_ns),
            Stream.STATEFUL: Kept(self, Stream.STATEFUL, Outbox(0, False), now_ns),
        }

    def _open(self) -> None:
        for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL"):
            self.db.execute(f"PRAGMA {pragma}")
        self.db.executescript(_SCHEMA)
        self.db.execute("INSERT OR IGNORE INTO meta VALUES ('epoch', ?)", (secrets.token_hex(16),))

    def one(self, query: str, *values: object) -> object:
        """The first value that a query finds."""
        found = self.db.execute(query, values).fetchone()
        return None if found is None else found[0]

    # ---- accepting --------------------------------------------------------------------------

    def accept(
        self, stream: Stream, texts: Iterable[str], now_ns: int, source: str = "", position: object = None
    ) -> list[int | None]:
        """Commit events, and the `position` up to which their source was read; returns their sequences,
        None for one that was counted and dropped: too large, or too many. Raises Refused.
        """
        kept, outbox = self.streams[stream], self.streams[stream].outbox
        mark, sequences = outbox.mark(), list[int | None]()
        try:
            if not self._reserved():
                raise OSError(None, "no room for what is kept free")
            with self._transaction() as counts:
                for text in texts:
                    data = event_data(text)
                    counts.append((f"produced.{stream.name.lower()}", 1))
                    if size_of(data) > EVENT_MOST_BYTES:
                        counts.append((_drops(stream, DropCause.BODY), 1))
                        sequences.append(None)
                        continue
                    sequences.append(kept.insert(now_ns, data))
                over = outbox.admit(next((one + 1 for one in reversed(sequences) if one is not None), 0))
                for first, end in over:
                    counts.append((_drops(stream, DropCause.OVERFLOW), kept.delete(first, end)))
                if source:
                    place = (source, json.dumps(position))
                    self.db.execute("INSERT OR REPLACE INTO sources VALUES (?, ?)", place)
        except (OSError, sqlite3.Error) as error:
            outbox.undo(mark)
            self.refused += 1
            raise Refused(str(error)) from error
        gone = {index for first, end in over for index in range(first, end)}
        return [None if one in gone else one for one in sequences]

    def position(self, source: str) -> object:
        """Up to where a source was read, as given to `accept`; None for the beginning."""
        found = self.one("SELECT position FROM sources WHERE name = ?", source)
        return None if found is None else json.loads(str(found))

    def queued(self) -> dict[str, int]:
        """How many events are kept, per stream."""
        return {stream.name.lower(): kept.outbox.held for stream, kept in self.streams.items()}

    # ---- settling ---------------------------------------------------------------------------

    def settle(self, stream: Stream, ranges: tuple[Range, ...], count: str) -> None:
        """These events need not be kept; where the disk is full, what was kept free makes room for that."""
        self._unsettled.append((stream, ranges, count))
        self.tidy()

    def tidy(self) -> bool:
        """Delete what was settled and could not be deleted before; whether all is."""
        for last in (False, True):
            try:
                if self._unsettled:
                    with self._transaction():
                        pass
                return True
            except sqlite3.Error:
                self.refused += 1
                if last or not self._free_reserve():
                    break
        return False

    @contextmanager
    def _transaction(self) -> Iterator[list[tuple[str, int]]]:
        """All or nothing; gives the list of what is to be counted. Settles on the way."""
        counts: list[tuple[str, int]] = []
        self.db.execute("BEGIN IMMEDIATE")
        try:
            for stream, ranges, name in self._unsettled:
                counts += [(name, self.streams[stream].delete(first, end)) for first, end in ranges]
            yield counts
            changed = {name for name, _ in counts}
            sums = {name: sum(n for other, n in counts if other == name) for name in changed}
            self.db.executemany(
                "INSERT INTO counts VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = value + ?2",
                sums.items(),
            )
            self.db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self.db.execute("ROLLBACK")
            raise
        self._unsettled.clear()
        for name, more in sums.items():
            self.counts[name] = self.counts.get(name, 0) + more

    # ---- room on a full disk ----------------------------------------------------------------

    def _reserved(self) -> bool:
        """Whether some room is kept free for deleting, should the disk be full."""
        reserve = self._path.with_name("reserve")
        if not reserve.exists():
            try:
                file = os.open(reserve, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                try:
                    os.posix_fallocate(file, 0, RESERVE_BYTES)
                finally:
                    os.close(file)
            except OSError:
                reserve.unlink(missing_ok=True)
                return False
        return True

    def _free_reserve(self) -> bool:
        try:
            self._path.with_name("reserve").unlink()
        except OSError:
            return False
        return True

    # ---- commands carried out ---------------------------------------------------------------

    def result_of(self, command: str) -> tuple[object] | None:
        """The result of a command that was carried out already."""
        found = self.one("SELECT result FROM commands WHERE id = ?", command)
        return None if found is None else (json.loads(str(found)),)

    def remember(self, command: str, result: object) -> None:
        """A command was carried out; should it come again it is only confirmed again."""
        with suppress(sqlite3.Error), self._transaction():
            self.db.execute("INSERT INTO commands (id, result) VALUES (?, ?)", (command, json.dumps(result)))
            oldest = "SELECT max(place) - ? FROM commands"
            self.db.execute(f"DELETE FROM commands WHERE place <= ({oldest})", (REMEMBERED_COMMANDS,))

    def close(self) -> None:
        """Close the file; what is not settled will be sent again."""
        self.db.close()


class Kept:
    """The events of one stream in the file (`wavetank.protocol.flow.Events`)."""

    def __init__(self, store: Store, stream: Stream, outbox: Outbox, now_ns: int) -> None:
        self.outbox = outbox
        self._store = store
        self._stream = stream
        self._table = stream.name.lower()
        self._opened_ns = now_ns
        last = store.one("SELECT seq FROM sqlite_sequence WHERE name = ?", self._table)
        self._first_ever = int(str(last or 0)) + 1
        rows = store.db.execute(f"SELECT sequence FROM {self._table} ORDER BY sequence")
        outbox.restore(_ranges(index for (index,) in rows), self._first_ever)

    def insert(self, now_ns: int, data: str) -> int:
        """Within a transaction: keep an event; returns its sequence."""
        statement = f"INSERT INTO {self._table} (at_ns, data) VALUES (?, ?)"
        return int(self._store.db.execute(statement, (now_ns, data)).lastrowid or 0)

    def delete(self, first: int, end: int) -> int:
        """Within a transaction: forget events; returns how many there were."""
        statement = f"DELETE FROM {self._table} WHERE sequence >= ? AND sequence < ?"
        return self._store.db.execute(statement, (first, end)).rowcount

    def created_ns(self, index: int) -> int:
        """When an event was accepted, at the latest when the file was opened if that was before."""
        at_ns = int(str(self._store.one(f"SELECT at_ns FROM {self._table} WHERE sequence = ?", index) or 0))
        return min(at_ns, self._opened_ns) if index < self._first_ever else at_ns

    def rows(self, first: int, end: int) -> Iterator[Row]:
        """The events `first` to `end - 1`, in order, read piece by piece."""
        query = f"SELECT sequence, data FROM {self._table} WHERE sequence >= ? AND sequence < ?"
        while first < end:
            piece = self._store.db.execute(f"{query} ORDER BY sequence LIMIT 500", (first, end)).fetchall()
            yield from piece
            first = piece[-1][0] + 1 if piece else end

    def delivered(self, ranges: tuple[Range, ...]) -> None:
        """These were acknowledged."""
        self._store.settle(self._stream, ranges, f"delivered.{self._table}")

    def dropped(self, ranges: tuple[Range, ...], cause: DropCause) -> None:
        """These were given up."""
        self._store.settle(self._stream, ranges, _drops(self._stream, cause))


def _drops(stream: Stream, cause: DropCause) -> str:
    return f"dropped.{stream.name.lower()}.{cause.name.lower()}"


def _ranges(indices: Iterable[int]) -> list[Range]:
    found: list[Range] = []
    for index in indices:
        if found and found[-1][1] == index:
            found[-1] = (found[-1][0], index + 1)
        else:
            found.append((index, index + 1))
    return found
