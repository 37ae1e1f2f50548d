"""Queries of the database: agents, commands, users. Each function is one operation of the store."""

import sqlite3
from typing import NamedTuple


class AgentRow(NamedTuple):
    """An agent as stored; `revoked` for good."""

    id: int
    uuid: str
    name: str
    key: str
    revoked: bool


class CommandRow(NamedTuple):
    """A command that waits for its agent: a JSON object as text."""

    id: int
    agent: int
    body: str


MOST_HOSTS = 64
"""Many more hosts than an agent moves between; a client that invents names fills no memory."""

_WAITING = "SELECT count(*) FROM commands WHERE agent = ? AND confirmed_ns IS NULL"
_AGENT = "SELECT id, uuid, name, key, revoked_ns IS NOT NULL FROM agents"


def _agent(row: tuple[int, str, str, str, int]) -> AgentRow:
    return AgentRow(row[0], row[1], row[2], row[3], bool(row[4]))


def agents(database: sqlite3.Connection) -> list[AgentRow]:
    """All agents, in the order in which they came."""
    return [_agent(row) for row in database.execute(f"{_AGENT} ORDER BY id")]


def hosts(database: sqlite3.Connection) -> set[tuple[int, str]]:
    """Which agent logged in from which host."""
    return set(database.execute("SELECT agent, host FROM hosts"))


def counters(database: sqlite3.Connection) -> dict[str, int]:
    """Return the counters, which run since the database was made."""
    return dict(database.execute("SELECT name, value FROM counters"))


def count(database: sqlite3.Connection, name: str, by: int) -> None:
    """Add to a counter, in the transaction of what it counts."""
    if by:
        database.execute(
            "INSERT INTO counters VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value",
            (name, by),
        )


def register(
    database: sqlite3.Connection, uuid: str, name: str, key: str, now_ns: int
) -> tuple[AgentRow, bool]:
    """Add an agent unless its UUID is taken: the agent there is now, and whether it is new."""
    added = database.execute(
        "INSERT INTO agents(uuid, name, key, registered_ns) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (uuid, name, key, now_ns),
    )
    row = database.execute(f"{_AGENT} WHERE uuid = ?", (uuid,)).fetchone()
    return _agent(row), added.rowcount == 1


def revoke(database: sqlite3.Connection, agent: int, now_ns: int) -> None:
    """Refuse an agent from now on."""
    database.execute("UPDATE agents SET revoked_ns = ? WHERE id = ? AND revoked_ns IS NULL", (now_ns, agent))


def add_host(database: sqlite3.Connection, agent: int, host: str) -> int:
    """Remember that an agent logged in from a host: which of its hosts that is, counted from 1.

    0 where it is known, or one too many: an agent that calls itself otherwise each time fills no database.
    """
    known = int(database.execute("SELECT count(*) FROM hosts WHERE agent = ?", (agent,)).fetchone()[0])
    if known >= MOST_HOSTS:
        return 0
    added = database.execute("INSERT INTO hosts VALUES (?, ?) ON CONFLICT DO NOTHING", (agent, host))
    if added.rowcount == 0:
        return 0
    count(database, "clones", int(known > 0))
    return known + 1


def password_of(database: sqlite3.Connection, user: str) -> str | None:
    """Return the stored hash of a user's password, None for an unknown user."""
    row = database.execute("SELECT password FROM users WHERE name = ?", (user,)).fetchone()
    return row[0] if row else None


def set_password(database: sqlite3.Connection, user: str, stored: str) -> None:
    """Give a user a password, and add the user who is not there."""
    database.execute(
        "INSERT INTO users VALUES (?, ?) ON CONFLICT DO UPDATE SET password = excluded.password",
        (user, stored),
    )


def add_commands(
    database: sqlite3.Connection, agents: list[int], body: str, now_ns: int, most: int
) -> list[CommandRow]:
    """Queue the same command, a JSON object as text, for those agents for which fewer than `most` wait."""
    made = []
    for agent in agents:
        if database.execute(_WAITING, (agent,)).fetchone()[0] >= most:
            continue
        row = database.execute(
            "INSERT INTO commands(agent, body, created_ns) VALUES (?, ?, ?) RETURNING id",
            (agent, body, now_ns),
        ).fetchone()
        made.append(CommandRow(row[0], agent, body))
    return made


def open_commands(database: sqlite3.Connection) -> list[CommandRow]:
    """Commands that were not confirmed, oldest first."""
    rows = database.execute("SELECT id, agent, body FROM commands WHERE confirmed_ns IS NULL ORDER BY id")
    return [CommandRow(*row) for row in rows]


def owner_of(database: sqlite3.Connection, command: int) -> int | None:
    """Whose a command is."""
    row = database.execute("SELECT agent FROM commands WHERE id = ?", (command,)).fetchone()
    return row[0] if row else None


def confirm(database: sqlite3.Connection, command: int, result: str | None, now_ns: int) -> None:
    """The agent has a command; the first result that it gives stays."""
    database.execute(
        "UPDATE commands SET confirmed_ns = coalesce(confirmed_ns, ?), result = coalesce(result, ?)"
        " WHERE id = ?",
        (now_ns, result, command),
    )
