"""Queues of what becomes noteworthy by time alone, oldest first; and lists that grow.

An entry that is not worth keeping any more (`is_void`) stays until it comes to the head, or until room is
short: then all such entries go. So a queue is never longer than twice what is worth keeping.
"""

from __future__ import annotations

from wavetank.engines.compiled.layouts import attempt_at
from wavetank.engines.compiled.memory import allocate, release, store, word
from wavetank.engines.compiled.signal_layouts import Fifo, Words, agent_signals_at
from wavetank.engines.compiled.units import kernel, unit
from wavetank.engines.compiled.world import World

OPEN, SINCE, COMMANDS, HEARD = range(4)
"""Kinds of entries, and what each holds: (started, attempt, its life), (since, agent), (created, agent, its
number), (heard, agent).
"""
ENTRY_BYTES = 24


@kernel
def entry(f: Fifo, index: int) -> int:
    """The address of an entry, counted from the first."""
    return f.ring + ENTRY_BYTES * (f.first + index & f.capacity - 1)


@kernel
def is_void(what: int, at: int) -> bool:
    """Whether an entry is not worth keeping any more."""
    when_ns, ref, mark = word(at), word(at + 8), word(at + 16)
    if what == OPEN:
        t = attempt_at(ref)
        return t.life != mark or t.over != 0
    s = agent_signals_at(ref)
    if s.left:
        return True
    if what == SINCE:
        return s.impaired == 0 or s.stale != 0 or s.since_ns != when_ns
    if what == COMMANDS:
        return s.delivered >= mark
    return s.silent != 0 or s.heard_ns != when_ns


@kernel
def forget_head(f: Fifo) -> None:
    """The first entry is over."""
    f.first = f.first + 1 & f.capacity - 1
    f.count -= 1


@unit("judged")
def join_last(w: World, f: Fifo, when_ns: int, ref: int, mark: int) -> None:
    """Put an entry at the end; `when_ns` is not earlier than any that is there."""
    while f.count > 0 and is_void(f.what, entry(f, 0)):
        forget_head(f)
    if f.count == f.capacity:
        make_room(f)
    tail = entry(f, f.count)
    store(tail, when_ns)
    store(tail + 8, ref)
    store(tail + 16, mark)
    f.count += 1


@kernel
def make_room(f: Fifo) -> None:
    """Drop what is void; with less than half of the room free after that, take twice as much."""
    kept = 0
    for i in range(f.count):
        old = entry(f, i)
        if not is_void(f.what, old):
            copy_entry(entry(f, kept), old)
            kept += 1
    f.count = kept
    if 2 * kept >= f.capacity:
        grow(f)


@kernel
def copy_entry(to: int, old: int) -> None:
    """Copy an entry."""
    for offset in range(0, ENTRY_BYTES, 8):
        store(to + offset, word(old + offset))


@kernel
def grow(f: Fifo) -> None:
    """Twice the room."""
    more = max(64, 2 * f.capacity)
    fresh = allocate(more * ENTRY_BYTES)
    for i in range(f.count):
        copy_entry(fresh + ENTRY_BYTES * i, entry(f, i))
    if f.ring:
        release(f.ring)
    f.ring = fresh
    f.first = 0
    f.capacity = more


@unit("judged")
def append_word(w: World, those: Words, value: int) -> None:
    """Put a number at the end of a list."""
    if those.count == those.capacity:
        more = max(64, 2 * those.capacity)
        fresh = allocate(8 * more)
        for i in range(those.count):
            store(fresh + 8 * i, word(those.address + 8 * i))
        if those.address:
            release(those.address)
        those.address = fresh
        those.capacity = more
    store(those.address + 8 * those.count, value)
    those.count += 1


__all__ = [
    "COMMANDS", "ENTRY_BYTES", "HEARD", "OPEN", "SINCE", "append_word", "entry", "forget_head", "is_void",
    "join_last",
]  # fmt: skip
