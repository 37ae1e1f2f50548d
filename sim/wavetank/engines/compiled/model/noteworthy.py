"""Queues of what becomes noteworthy by time alone, oldest first.

An entry that is not worth keeping any more (`is_void`) stays until it comes to the head, or until room is
short: then all such entries go. So a queue is never longer than twice what is worth keeping.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.fifo import copy_entry, entry_at, forget_head, grow
from wavetank.engines.compiled.containers.layouts import Fifo
from wavetank.engines.compiled.model.parts import attempt_at
from wavetank.engines.compiled.model.signal_parts import agent_signals_at
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import store, word

OPEN, SINCE, COMMANDS, HEARD = range(4)
"""Kinds of entries, and what each holds: (started, attempt, its life), (since, agent), (created, agent, its
number), (heard, agent).
"""


@kernel
def is_void(kind: int, at: int) -> bool:
    """Whether an entry is not worth keeping any more."""
    when_ns, ref, mark = word(at), word(at + 8), word(at + 16)
    if kind == OPEN:
        t = attempt_at(ref)
        return t.life != mark or t.over != 0
    s = agent_signals_at(ref)
    if s.left:
        return True
    if kind == SINCE:
        return s.impaired == 0 or s.stale != 0 or s.since_ns != when_ns
    if kind == COMMANDS:
        return s.delivered >= mark
    return s.silent != 0 or s.heard_ns != when_ns


@entry("judged")
def join_last(w: World, f: Fifo, when_ns: int, ref: int, mark: int) -> None:
    """Put an entry at the end; `when_ns` is not earlier than any that is there."""
    while f.count > 0 and is_void(f.what, entry_at(f, 0)):
        forget_head(f)
    if f.count == f.capacity:
        make_room(f)
    tail = entry_at(f, f.count)
    store(tail, when_ns)
    store(tail + 8, ref)
    store(tail + 16, mark)
    f.count += 1


@kernel
def make_room(f: Fifo) -> None:
    """Drop what is void; with less than half of the room free after that, take twice as much."""
    kept = 0
    for i in range(f.count):
        old = entry_at(f, i)
        if not is_void(f.what, old):
            copy_entry(entry_at(f, kept), old)
            kept += 1
    f.count = kept
    if 2 * kept >= f.capacity:
        grow(f)
