"""Linked lists: they hold what a Python list holds, and only they write links."""

import ast
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wavetank

pytest.importorskip("numba")

from wavetank.engines.compiled.containers import lists
from wavetank.engines.compiled.model.parts import AgentStream, Attempt, Connection, Exchange, Job, JobQueue

MODEL = Path(wavetank.__file__).parent / "engines" / "compiled" / "model"
LINKS = {"next", "previous", "next_open", "previous_open", "after", "next_in_batch"}
BY_HAND = {"outbox", "lifetimes"}
"""Ranges of events: those of a batch are a list that ends anywhere, cut out of another one."""
MOVES = st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=40)


def member() -> Any:
    return SimpleNamespace(next=None, previous=None, after=None, before=None)


def held(first: Any, link: str) -> list[Any]:
    entries = []
    while first is not None:
        entries.append(first)
        first = getattr(first, link)
    return entries


@given(MOVES)
def test_chain_holds_what_a_list_holds(moves: list[tuple[bool, int]]) -> None:
    join, leave = lists.chain(AgentStream, "live", "last_live", Exchange, "next", "previous")
    owner, plain = SimpleNamespace(live=None, last_live=None), []
    for joins, place in moves:
        if joins:
            plain.append(member())
            join(owner, plain[-1])
        elif plain:
            leave(owner, plain.pop(place % len(plain)))
        assert held(owner.live, "next") == plain
        assert held(owner.last_live, "previous") == plain[::-1]


@given(MOVES)
def test_stack_holds_what_a_list_holds(moves: list[tuple[bool, int]]) -> None:
    push, leave = lists.stack(AgentStream, "kept", Connection, "after", "before")
    owner = SimpleNamespace(kept=None)
    plain: list[Any] = []
    for joins, place in moves:
        if joins:
            plain.insert(0, member())
            push(owner, plain[0])
        elif plain:
            leave(owner, plain.pop(place % len(plain)))
        assert held(owner.kept, "after") == plain


@given(st.lists(st.booleans(), max_size=40))
def test_queue_holds_what_a_list_holds(moves: list[bool]) -> None:
    join, take = lists.queue(JobQueue, "first", "last", Job, "next")
    owner, plain = SimpleNamespace(first=None, last=None), []
    for joins in moves:
        if joins:
            plain.append(member())
            join(owner, plain[-1])
        elif plain:
            assert take(owner) is plain.pop(0)
        assert held(owner.first, "next") == plain
        assert owner.last is (plain[-1] if plain else None)


def test_fields_that_are_not_there_are_refused() -> None:
    with pytest.raises(TypeError, match="Attempt has no field after that points to Attempt"):
        lists.queue(AgentStream, "attempts", "last_attempt", Attempt, "after")
    with pytest.raises(TypeError, match="AgentStream has no field live that points to Attempt"):
        lists.queue(AgentStream, "live", "last_attempt", Attempt, "next")


def test_nothing_else_writes_links() -> None:
    written = {
        path.stem
        for path in MODEL.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Attribute) and target.attr in LINKS for target in node.targets)
    }
    assert written == BY_HAND
