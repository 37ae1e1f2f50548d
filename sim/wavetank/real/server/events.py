"""Stored events: each stateful one once, by (agent, epoch, sequence), whatever order they come in."""

import json
import sqlite3
from typing import NamedTuple

from wavetank.real.server.records import count

# How many numbers one look at the stored events asks for; SQLite takes 32,766 in all.
_LOOK = 1_000


class Event(NamedTuple):
    """One event: its number within the epoch (stateful only), and its data as JSON text."""

    sequence: int | None
    data: str


class Stored(NamedTuple):
    """What became of a batch: new events, repeats, and repeats with other contents (among the repeats)."""

    stored: int
    duplicates: int
    conflicting: int


def add_stateless(database: sqlite3.Connection, agent: int, events: list[Event], now_ns: int) -> Stored:
    """Store events that have no number."""
    database.executemany(
        "INSERT INTO events(agent, data, received_ns) VALUES (?, ?, ?)",
        [(agent, event.data, now_ns) for event in events],
    )
    count(database, "stored", len(events))
    return Stored(len(events), 0, 0)


def add_stateful(
    database: sqlite3.Connection, agent: int, epoch: str, events: list[Event], now_ns: int
) -> Stored:
    """Store the events whose number is new; the first of a number stays."""
    before = database.total_changes
    database.executemany(
        "INSERT INTO events(agent, epoch, sequence, data, received_ns) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        [(agent, epoch, event.sequence, event.data, now_ns) for event in events],
    )
    stored = database.total_changes - before
    duplicates = len(events) - stored
    conflicting = _conflicting(database, agent, epoch, events) if duplicates else 0
    count(database, "stored", stored)
    count(database, "duplicate", duplicates)
    count(database, "conflicting", conflicting)
    return Stored(stored, duplicates, conflicting)


def _conflicting(database: sqlite3.Connection, agent: int, epoch: str, events: list[Event]) -> int:
    """How many of the events are stored with other contents."""
    found = 0
    for first in range(0, len(events), _LOOK):
        some = events[first : first + _LOOK]
        marks = ",".join("?" * len(some))
        kept = dict(
            database.execute(
                f"SELECT sequence, data FROM events WHERE agent = ? AND epoch = ? AND sequence IN ({marks})",
                (agent, epoch, *(event.sequence for event in some)),
            )
        )
        found += sum(kept[event.sequence] != event.data for event in some)
    return found


def page(database: sqlite3.Connection, agent: int | None, after: int, most: int) -> list[dict[str, object]]:
    """At most `most` stored events with an id above `after`, in order of id; of one agent or of all."""
    whose, values = ("AND agent = ?", (after, agent, most)) if agent is not None else ("", (after, most))
    rows = database.execute(
        "SELECT e.id, a.uuid, e.epoch, e.sequence, e.data, e.received_ns FROM"
        f" (SELECT * FROM events WHERE id > ? {whose} ORDER BY id LIMIT ?) e JOIN agents a ON a.id = e.agent"
        " ORDER BY e.id",
        values,
    )
    return [
        {
            "id": row[0],
            "agent": row[1],
            "stream": "stateless" if row[2] is None else "stateful",
            **({} if row[2] is None else {"epoch": row[2], "sequence": row[3]}),
            "data": json.loads(row[4]),
            "received_ns": row[5],
        }
        for row in rows
    ]
