"""Delete the oldest events and commands, so that the database does not grow for ever.

The numbers of stateful events are kept, as ranges: an event that comes again is a repeat however late.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from wavetank.protocol.outbox import ranges_of
from wavetank.real.server.records import count, counters

AT_ONCE = 1_000
"""Some ms of deleting, so that writers wait no longer for the database."""

KEPT_COMMANDS = 100_000
"""Confirmed commands beyond the latest of these are forgotten: enough to look back on, and bounded."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS expired(
    agent INTEGER NOT NULL, epoch TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY(agent, epoch, first)
) WITHOUT ROWID;
"""


def expire(database: sqlite3.Connection, keep: int) -> int:
    """Forget the oldest events beyond the newest `keep`, at most AT_ONCE; returns how many."""
    counted = counters(database)
    excess = counted.get("stored", 0) - counted.get("expired", 0) - keep
    if excess <= 0:
        return 0
    rows = database.execute(
        "SELECT id, agent, epoch, sequence FROM events ORDER BY id LIMIT ?", (min(excess, AT_ONCE),)
    ).fetchall()
    numbers: dict[tuple[int, str], list[int]] = defaultdict(list)
    for _, agent, epoch, sequence in rows:
        if epoch is not None:
            numbers[agent, epoch].append(sequence)
    for (agent, epoch), sequences in numbers.items():
        for first, end in ranges_of(sorted(sequences)):
            _remember(database, agent, epoch, first, end - 1)
    if rows:
        database.execute("DELETE FROM events WHERE id <= ?", (rows[-1][0],))
    count(database, "expired", len(rows))
    return len(rows)


def forget_commands(database: sqlite3.Connection) -> None:
    """Forget the oldest commands that were confirmed; those that wait are kept."""
    database.execute(
        "DELETE FROM commands WHERE confirmed_ns IS NOT NULL AND id <= (SELECT max(id) FROM commands) - ?",
        (KEPT_COMMANDS,),
    )


def _remember(database: sqlite3.Connection, agent: int, epoch: str, first: int, last: int) -> None:
    """Add a range, as one with those that it touches."""
    query = "SELECT first, last FROM expired WHERE agent = ? AND epoch = ? AND first"
    for side in ("< ? ORDER BY first DESC", "> ? ORDER BY first"):
        there = database.execute(f"{query} {side} LIMIT 1", (agent, epoch, first)).fetchone()
        if there is not None and (there[1] + 1 == first or last + 1 == there[0]):
            database.execute(
                "DELETE FROM expired WHERE agent = ? AND epoch = ? AND first = ?", (agent, epoch, there[0])
            )
            first, last = min(first, there[0]), max(last, there[1])
    database.execute("INSERT INTO expired VALUES (?, ?, ?, ?)", (agent, epoch, first, last))


def expired(database: sqlite3.Connection, agent: int, epoch: str, numbers: Sequence[int]) -> set[int]:
    """Which of these numbers belong to events that were stored once and are forgotten.

    Each is looked up on its own: an agent whose numbers have gaps may have left any number of ranges.
    """
    of_epoch = "FROM expired WHERE agent = ? AND epoch = ?"
    if not database.execute(f"SELECT EXISTS(SELECT 1 {of_epoch})", (agent, epoch)).fetchone()[0]:
        return set()
    gone: set[int] = set()
    for at in range(0, len(numbers), AT_ONCE):
        some = numbers[at : at + AT_ONCE]
        marks = ",".join(["(?)"] * len(some))
        rows = database.execute(
            f"SELECT column1 FROM (VALUES {marks})"
            f" WHERE (SELECT last {of_epoch} AND first <= column1 ORDER BY first DESC LIMIT 1) >= column1",
            (*some, agent, epoch),
        )
        gone.update(number for (number,) in rows)
    return gone
