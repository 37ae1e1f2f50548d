"""Stored events: each stateful one once, by (agent, epoch, sequence), in any order of arrival."""

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


class Stored(NamedTuple):
    """The fate of a batch: new events, repeats, and repeats with other contents (among the repeats)."""

    stored: int
    duplicates: int
    conflicting: int


def add_stateless(database: sqlite3.Connection, agent: int, data: Sequence[str], now_ns: int) -> Stored:
    """Store events that have no number; `data` is the JSON text of each."""
    for first in range(0, len(data), _ROWS):
        some = data[first : first + _ROWS]
        rows = ",".join(["(?)"] * len(some))
        database.execute(
            f"INSERT INTO events(agent, received_ns, data) SELECT ?, ?, * FROM (VALUES {rows})",
            (agent, now_ns, *some),
        )
    count(database, "stored", len(data))
    return Stored(len(data), 0, 0)


def add_stateful(
    database: sqlite3.Connection,
    agent: int,
    epoch: str,
    sequences: Sequence[int],
    data: Sequence[str],
    now_ns: int,
) -> Stored:
    """Store the events whose number is new; the first of a number stays."""
    before = database.total_changes
    gone = expired(database, agent, epoch, sequences)
    kept = [at for at, sequence in enumerate(sequences) if sequence not in gone]
    for first in range(0, len(kept), _ROWS):
        some = kept[first : first + _ROWS]
        values = [value for at in some for value in (sequences[at], data[at])]
        rows = ",".join(["(?,?)"] * len(some))
        database.execute(
            "INSERT INTO events(agent, epoch, received_ns, sequence, data)"
            f" SELECT ?, ?, ?, * FROM (VALUES {rows}) WHERE true ON CONFLICT DO NOTHING",
            (agent, epoch, now_ns, *values),
        )
    stored = database.total_changes - before
    duplicates = len(data) - stored
    conflicting = _conflicting(database, agent, epoch, sequences, data) if duplicates else 0
    count(database, "stored", stored)
    count(database, "duplicate", duplicates)
    count(database, "conflicting", conflicting)
    return Stored(stored, duplicates, conflicting)


def _conflicting(
    database: sqlite3.Connection, agent: int, epoch: str, sequences: Sequence[int], data: Sequence[str]
) -> int:
    """How many of the events are stored with other contents."""
    conflicting = 0
    for first in range(0, len(sequences), _LOOK):
        some = sequences[first : first + _LOOK]
        marks = ",".join("?" * len(some))
        kept = dict(
            database.execute(
                f"SELECT sequence, data FROM events WHERE agent = ? AND epoch = ? AND sequence IN ({marks})",
                (agent, epoch, *some),
            )
        )
        new = zip(some, data[first : first + _LOOK], strict=True)
        conflicting += sum(kept.get(sequence, text) != text for sequence, text in new)
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
