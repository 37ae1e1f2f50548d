"""The database does not grow for ever, and forgets no number."""

import sqlite3
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.real.server.parts import Running, running
from wavetank.real.server import records, retention
from wavetank.real.server.database import make_tables
from wavetank.real.server.events import add_stateful

KEPT = 40


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, keep_events=KEPT) as server:
        yield server


def batch(first: int, count: int) -> dict[str, object]:
    return {"epoch": "e", "events": [{"sequence": first + n, "data": first + n} for n in range(count)]}


def test_oldest_are_removed_and_their_repeats_recognised(small: Running) -> None:
    agent, other = small.register(), small.register()
    token = small.token(agent)
    for first in range(0, 200, 20):
        assert small.send("/stateful", batch(first, 20), token).json["stored"] == 20
    small.send("/stateless", {"events": [{"data": "x"}]}, token)
    small.eventually(lambda: small.metric("wavetank_events_expired_total") == 201 - KEPT)
    kept = [event["data"] for event in small.events(agent)]
    assert kept == [*range(200 - KEPT + 1, 200), "x"]
    assert small.send("/stateful", batch(0, 200), token).json == {"stored": 0, "duplicates": 200}
    assert small.send("/stateful", batch(190, 20), token).json == {"stored": 10, "duplicates": 10}
    assert small.send("/stateful", batch(0, 5), small.token(other)).json == {"stored": 5, "duplicates": 0}
    assert small.metric("wavetank_events_conflicting_total") == 0


def test_repeats_push_nothing_out(small: Running) -> None:
    agent = small.register()
    token = small.token(agent)
    for _ in range(5):
        small.send("/stateful", batch(0, KEPT), token)
    assert len(small.events(agent)) == KEPT
    assert small.metric("wavetank_events_expired_total") == 0


def test_it_goes_on_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        agent = server.register()
        server.send("/stateful", batch(0, 100), server.token(agent))
    with running(tmp_path, keep_events=10) as server:
        server.eventually(lambda: server.metric("wavetank_events_expired_total") == 90)
        assert len(server.events(agent)) == 10
        server.send("/stateful", batch(0, 100), server.token(agent))
        assert server.metric("wavetank_events_stored_total") == 100


def test_commands_that_wait_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "KEPT_COMMANDS", 2)
    database = sqlite3.connect(":memory:", isolation_level=None)
    make_tables(database)
    made = records.add_commands(database, [1] * 6, '{"command":"ping"}', 0, 10)
    for command in (made[0], made[2], made[5]):
        records.confirm(database, command.id, None, 0)
    retention.forget_commands(database)
    left = [number for (number,) in database.execute("SELECT id FROM commands ORDER BY id")]
    assert left == [made[n].id for n in (1, 3, 4, 5)]
    database.close()


MOST = 2**63 - 1
NUMBERS = st.lists(st.one_of(st.integers(0, 12), st.integers(MOST - 12, MOST)), min_size=1, max_size=12)


@given(batches=st.lists(NUMBERS, max_size=12), keep=st.integers(0, 8))
def test_whatever_was_stored_is_never_stored_again(batches: list[list[int]], keep: int) -> None:
    """Against a set; and ranges that touch are one."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    make_tables(database)
    seen: set[int] = set()
    for numbers in batches:
        stored = add_stateful(database, 1, "e", numbers, ["1"] * len(numbers), 0).stored
        assert stored == len(set(numbers) - seen)
        seen |= set(numbers)
        retention.expire(database, keep)
    assert retention.expired(database, 1, "e", sorted(seen)) | kept(database) == seen
    assert len(kept(database)) == min(keep, len(seen)) if batches else True
    ranges = database.execute("SELECT first, last FROM expired ORDER BY first").fetchall()
    assert all(last + 1 < first for (_, last), (first, _) in pairwise(ranges))
    database.close()


def kept(database: sqlite3.Connection) -> set[int]:
    rows = database.execute("SELECT sequence FROM events")
    return {number for (number,) in rows}
