"""The durable outbox: accepted is committed, and committed stays until it is acknowledged.

SQLite in WAL mode, synchronous=FULL, through one connection that locks out every other. What is counted
changes in the transaction of what is kept, so produced = delivered + dropped + queued after any crash.
"""

import json
import os
import secrets
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType

from wavetank.errors import WavetankError
from wavetank.policy.codes import DropCause, Stream
from wavetank.protocol.outbox import Outbox, Range, ranges_of
from wavetank.protocol.wire import EVENT_MOST_BYTES, Row, event_data, size_of
from wavetank.real.ownership import Watch
from wavetank.real.reserve import Reserve

_PRAGMAS = ("locking_mode=EXCLUSIVE", "auto_vacuum=INCREMENTAL", "journal_mode=WAL", "synchronous=FULL")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sources (name TEXT PRIMARY KEY, position TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS stateless (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, at_ns INTEGER NOT NULL, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS stateful (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, at_ns INTEGER NOT NULL, data TEXT NOT NULL);
"""


class BadOutbox(WavetankError):
    """An outbox that cannot be opened: where, and why."""


class Refused(Exception):
    """Nothing was accepted, as it could not be committed; and why."""


class Store:
    """The outbox file. `refused` counts the commits that failed since it was opened."""

    def __init__(self, path: Path, now_ns: int, capacity: int = 0, drop_oldest: bool = False) -> None:
        """`capacity` in events and `drop_oldest` are the stateless stream's. Raises BadOutbox."""
        self.refused = 0
        self._reserve = Reserve(path.with_name("reserve"))
        self._unsettled: list[tuple[Stream, tuple[Range, ...], str]] = []
        self._log = path.with_name(f"{path.name}-wal")
        try:
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
            self.db = sqlite3.connect(path, isolation_level=None, timeout=0)
            for pragma in _PRAGMAS:
                self.db.execute(f"PRAGMA {pragma}")
            self.db.executescript(_SCHEMA)
            self.db.execute("INSERT OR IGNORE INTO meta VALUES ('epoch', ?)", (secrets.token_hex(16),))
            self._watch = Watch(path, self._log)
            self.epoch = str(self.one("SELECT value FROM meta WHERE name = 'epoch'"))
            self.counts = Counter[str]({name: int(n) for name, n in self.db.execute("SELECT * FROM counts")})
            self.streams = {
                Stream.STATELESS: Kept(self, Stream.STATELESS, Outbox(capacity, drop_oldest), now_ns),
                Stream.STATEFUL: Kept(self, Stream.STATEFUL, Outbox(0, False), now_ns),
            }
        except (OSError, sqlite3.Error, ValueError, TypeError) as error:
            raise BadOutbox(f"{path}: {error}") from error

    def one(self, query: str, *values: object) -> object:
        """The first value that a query finds."""
        row = self.db.execute(query, values).fetchone()
        return None if row is None else row[0]

    def accept(
        self,
        stream: Stream,
        texts: Iterable[str],
        now_ns: int,
        source: str = "",
        position: object = None,
        counted: Mapping[str, int] = MappingProxyType({}),
    ) -> list[int | None]:
        """Commit events, and the `position` up to which their source was read, with what is `counted` there;
        returns their sequences, None for one that was counted and dropped: too large, or too many.
        Raises Refused.
        """
        kept, outbox = self.streams[stream], self.streams[stream].outbox
        mark, sequences = outbox.mark(), list[int | None]()
        try:
            if not self._reserve.keep() and not (self._shrink() and self._reserve.keep()):
                raise OSError("no space left on device")
            with self._transaction() as counts:
                counts.update(counted)
                for text in texts:
                    data = event_data(text)
                    counts[f"produced.{kept.table}"] += 1
                    fits = size_of(data) <= EVENT_MOST_BYTES
                    sequences.append(kept.insert(now_ns, data) if fits else None)
                    counts[_drops(kept, DropCause.BODY)] += not fits
                over = outbox.admit(
                    max((sequence + 1 for sequence in sequences if sequence is not None), default=0)
                )
                counts[_drops(kept, DropCause.OVERFLOW)] += kept.delete(over)
                if source:
                    place = (source, json.dumps(position))
                    self.db.execute("INSERT OR REPLACE INTO sources VALUES (?, ?)", place)
        except (OSError, sqlite3.Error) as error:
            outbox.undo(mark)
            self.refused += 1
            raise Refused(str(error)) from error
        gone = {index for first, end in over for index in range(first, end)}
        return [None if sequence in gone else sequence for sequence in sequences]

    def position(self, source: str) -> object:
        """Up to where a source was read, as given to `accept`; None for the beginning."""
        return json.loads(str(self.one("SELECT position FROM sources WHERE name = ?", source) or "null"))

    def queued(self) -> dict[str, int]:
        """How many events are kept, per stream."""
        held = {kept.table: kept.outbox.held for kept in self.streams.values()}
        for stream, ranges, _ in self._unsettled:
            held[self.streams[stream].table] += sum(end - first for first, end in ranges)
        return held

    def settle(self, stream: Stream, ranges: tuple[Range, ...], count: str) -> None:
        """These events need not be kept; where the disk is full, what was kept free makes room for that."""
        self._unsettled.append((stream, ranges, count))
        self.tidy()

    def tidy(self) -> bool:
        """Delete what was settled and could not be deleted before; whether all is."""
        while self._unsettled:
            try:
                with self._transaction():
                    pass
            except (OSError, sqlite3.Error):
                self.refused += 1
                if not self._reserve.give():
                    return False
        return True

    def _shrink(self) -> bool:
        """Give the room of what was deleted back to the disk."""
        self._watch.check()
        try:
            for pragma in ("incremental_vacuum", "wal_checkpoint(TRUNCATE)"):
                self.db.execute(f"PRAGMA {pragma}").fetchall()
        finally:
            self._watch.learn()
        return True

    @contextmanager
    def _transaction(self) -> Iterator[Counter[str]]:
        """All or nothing, with what was settled before; gives what is to be counted."""
        counts: Counter[str] = Counter()
        self._watch.check()
        self.db.execute("BEGIN IMMEDIATE")
        try:
            for stream, ranges, name in self._unsettled:
                counts[name] += self.streams[stream].delete(ranges)
            yield counts
            self.db.executemany(
                "INSERT INTO counts VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = value + ?2",
                (+counts).items(),
            )
            self.db.execute("COMMIT")
            self._watch.check(self._log)  # a commit may cut the database, which gives room back
            self._watch.learn()
        except BaseException:
            with suppress(sqlite3.Error):
                self.db.execute("ROLLBACK")
            raise
        self._unsettled.clear()
        self.counts.update(+counts)

    def close(self) -> None:
        """Close the file; what is not settled will be sent again."""
        self.db.close()


class Kept:
    """The events of one stream in the file (`wavetank.protocol.agent_stream.Events`)."""

    def __init__(self, store: Store, stream: Stream, outbox: Outbox, now_ns: int) -> None:
        self.outbox = outbox
        self.table = stream.name.lower()
        self._store = store
        self._stream = stream
        self._opened_ns = now_ns
        last = store.one("SELECT seq FROM sqlite_sequence WHERE name = ?", self.table)
        self._first_new = int(str(last or 0)) + 1
        rows = store.db.execute(f"SELECT sequence FROM {self.table} ORDER BY sequence")
        outbox.restore(ranges_of(index for (index,) in rows), self._first_new)

    def insert(self, now_ns: int, data: str) -> int:
        """Within a transaction: keep an event; returns its sequence."""
        statement = f"INSERT INTO {self.table} (at_ns, data) VALUES (?, ?)"
        return int(self._store.db.execute(statement, (now_ns, data)).lastrowid or 0)

    def delete(self, ranges: Iterable[Range]) -> int:
        """Within a transaction: forget events; returns how many there were."""
        statement = f"DELETE FROM {self.table} WHERE sequence >= ? AND sequence < ?"
        return sum(self._store.db.execute(statement, ends).rowcount for ends in ranges)

    def created_ns(self, index: int) -> int:
        """When an event was accepted; before the file was opened another clock may have counted."""
        at_ns = self._store.one(f"SELECT at_ns FROM {self.table} WHERE sequence = ?", index)
        known_ns = int(str(at_ns or 0))
        return min(known_ns, self._opened_ns) if index < self._first_new else known_ns

    def rows(self, first: int, end: int) -> Iterator[Row]:
        """The events `first` to `end - 1`, in order, read piece by piece."""
        query = f"SELECT sequence, data FROM {self.table} WHERE sequence >= ? AND sequence < ?"
        while first < end:
            piece = self._store.db.execute(f"{query} ORDER BY sequence LIMIT 500", (first, end)).fetchall()
            yield from piece
            first = piece[-1][0] + 1 if piece else end

    def delivered(self, ranges: tuple[Range, ...]) -> None:
        """These were acknowledged."""
        self._store.settle(self._stream, ranges, f"delivered.{self.table}")

    def dropped(self, ranges: tuple[Range, ...], cause: DropCause) -> None:
        """These were given up."""
        self._store.settle(self._stream, ranges, _drops(self, cause))


def _drops(kept: Kept, cause: DropCause) -> str:
    return f"dropped.{kept.table}.{cause.name.lower()}"
