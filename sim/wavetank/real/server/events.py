"""Stored events: each stateful one once, by (agent, epoch, sequence), whatever order they come in."""

import json
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from wavetank.real.server.records import count
from wavetank.real.server.retention import expired

# How many numbers one look at the stored events asks for; SQLite takes 32,766 in all.
_LOOK = 1_000
_PAGE_BYTES = 4 * 2**20
# Rows of one statement. After each one the store's thread waits for its turn among the threads that parse, so
# that one for every event would make a commit longer. SQLite took 999 values before version 3.32.
_ROWS = 150


class Event(NamedTuple):
    """One event: its number within the epoch (stateful only), and its data as JSON text."""

    sequence: int | None
    data: str


class Stored(NamedTuple):
    """What became of a batch: new events, repeats, and repeats with other contents (among the repeats)."""

    stored: int
    duplicates: int
    conflicting: int


Row = tuple[int, str | None, int | None, str, int]
"""An event as it is stored: agent, epoch, sequence, data, when it came."""


def add_stateless(database: sqlite3.Connection, agent: int, events: list[Event], now_ns: int) -> Stored:
    """Store events that have no number."""
    _insert(database, [(agent, None, None, event.data, now_ns) for event in events])
    count(database, "stored", len(events))
    return Stored(len(events), 0, 0)


def add_stateful(
    database: sqlite3.Connection, agent: int, epoch: str, events: list[Event], now_ns: int
) -> Stored:
    """Store the events whose number is new; the first of a number stays."""
    gone = expired(database, agent, epoch, (event.sequence or 0 for event in events))
    before = database.total_changes
    rows = [(agent, epoch, event.sequence, event.data, now_ns) for event in events]
    _insert(database, [row for row in rows if row[2] not in gone])
    stored = database.total_changes - before
    duplicates = len(events) - stored
    conflicting = _conflicting(database, agent, epoch, events) if duplicates else 0
    count(database, "stored", stored)
    count(database, "duplicate", duplicates)
    count(database, "conflicting", conflicting)
    return Stored(stored, duplicates, conflicting)


def _insert(database: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Store events, but for those whose number is taken."""
    for first in range(0, len(rows), _ROWS):
        some = rows[first : first + _ROWS]
        marks = ",".join(["(?,?,?,?,?)"] * len(some))
        database.execute(
            f"INSERT INTO events(agent, epoch, sequence, data, received_ns) VALUES {marks}"
            " ON CONFLICT DO NOTHING",
            [value for row in some for value in row],
        )


def _conflicting(database: sqlite3.Connection, agent: int, epoch: str, events: list[Event]) -> int:
    """How many of the events are stored with other contents."""
    conflicting = 0
    for first in range(0, len(events), _LOOK):
        some = events[first : first + _LOOK]
        marks = ",".join("?" * len(some))
        kept = dict(
            database.execute(
                f"SELECT sequence, data FROM events WHERE agent = ? AND epoch = ? AND sequence IN ({marks})",
                (agent, epoch, *(event.sequence for event in some)),
            )
        )
        conflicting += sum(kept.get(event.sequence, event.data) != event.data for event in some)
    return conflicting


def page(database: sqlite3.Connection, agent: int | None, after: int, most: int) -> bytes:
    """Stored events with an id above `after`, in order of id, of one agent or of all, as JSON.

    At most `most`, and no more than a few MiB of them; `next` is the last id where there are more, else null.
    """
    whose, values = (
        ("AND agent = ?", (after, agent, most + 1)) if agent is not None else ("", (after, most + 1))
    )
    rows = database.execute(
        "SELECT id, (SELECT uuid FROM agents WHERE id = agent), epoch, sequence, data, received_ns"
        f" FROM events WHERE id > ? {whose} ORDER BY id LIMIT ?",
        values,
    )
    rows_text: list[str] = []
    left_bytes, last, further = _PAGE_BYTES, 0, "null"
    for row in rows:
        if len(rows_text) == most or left_bytes <= 0:
            further = str(last)
            break
        left_bytes -= len(row[4])
        last = row[0]
        rows_text.append(_shown(row))
    return f'{{"events":[{",".join(rows_text)}],"next":{further}}}'.encode()


def _shown(row: tuple[int, str, str | None, int | None, str, int]) -> str:
    """One event as JSON: its data is the text that its agent sent."""
    number, agent, epoch, sequence, data, received_ns = row
    origin = {"stream": "stateless"}
    stateful = {"stream": "stateful", "epoch": epoch, "sequence": sequence}
    around = {
        "id": number,
        "agent": agent,
        **(origin if epoch is None else stateful),
        "received_ns": received_ns,
    }
    return f'{json.dumps(around, separators=(",", ":"))[:-1]},"data":{data}}}'
