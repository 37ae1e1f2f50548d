"""Time-outs that are all equally long: one ring and one armed event for all of them (see timers.py).

As they are equally long they end in the order in which they began, so a ring is enough. An entry whose
attempt is over is skipped when it comes to the head. Its twin is engines/reference/timers.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import push
from wavetank.engines.compiled.containers.order import FIRST, of_kind, order_high, order_low
from wavetank.engines.compiled.containers.pools import retain
from wavetank.engines.compiled.model.parts import (
    DEADLINES_BYTES,
    Attempt,
    Deadlines,
    attempt_at,
    deadlines_at,
)
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import address_of, allocate, release, store, word

AGENT, ROUTE, HOLD = range(3)
ENTRY_BYTES = 24
"""Three words: an instant, an attempt, and its life."""


@kernel
def of_agent(w: World, stream: int) -> Deadlines:
    """The agents' time-outs of a stream."""
    return deadlines_at(w.deadlines + DEADLINES_BYTES * stream)


@kernel
def of_route(w: World, stream: int) -> Deadlines:
    """The server's time-outs of a stream."""
    return deadlines_at(w.routes + DEADLINES_BYTES * stream)


@kernel
def of_hold(w: World) -> Deadlines:
    """The server's time-outs of held polls."""
    return deadlines_at(w.holds)


@kernel
def is_done(d: Deadlines, t: Attempt, life: int) -> bool:
    """Whether an attempt needs its deadline no more."""
    if t.life != life:
        return True
    if d.what == AGENT:
        return t.over != 0
    if d.what == ROUTE:
        return t.answered != 0 or t.in_node == 0 or t.connection.lost != 0
    return t.holds == 0


@kernel
def entry_at(d: Deadlines, index: int) -> int:
    """The address of an entry, counted from the first."""
    return d.ring + ENTRY_BYTES * (d.first + index & d.capacity - 1)


@kernel
def forget_first(d: Deadlines) -> None:
    """Drop the first entry, whose attempt is over."""
    d.first = d.first + 1 & d.capacity - 1
    d.count -= 1


@entry("deadlines")
def watch(w: World, d: Deadlines, when_ns: int, t: Attempt) -> None:
    """Set the deadline of `t`; `when_ns` is not earlier than any set before."""
    while d.count > 0:
        head = entry_at(d, 0)
        if not is_done(d, attempt_at(word(head + 8)), word(head + 16)):
            break
        forget_first(d)
    if d.count == d.capacity:
        grow(d)
    tail = entry_at(d, d.count)
    store(tail, when_ns)
    store(tail + 8, address_of(t))
    store(tail + 16, t.life)
    d.count += 1
    if not d.armed:
        arm_deadlines(w, d)


@kernel
def grow(d: Deadlines) -> None:
    """Twice the room."""
    more = max(64, 2 * d.capacity)
    fresh = allocate(more * ENTRY_BYTES)
    for i in range(d.count):
        old = entry_at(d, i)
        for offset in range(0, ENTRY_BYTES, 8):
            store(fresh + ENTRY_BYTES * i + offset, word(old + offset))
    if d.ring:
        release(d.ring)
    d.ring = fresh
    d.first = 0
    d.capacity = more


@kernel
def arm_deadlines(w: World, d: Deadlines) -> None:
    """Look again when the first comes due, ahead of all else in that instant."""
    d.armed = 1
    push(w, word(entry_at(d, 0)), order_high(FIRST, -1, 0, 0), 0, address_of(d))


@entry("deadlines")
def look_at_deadlines(w: World, d: Deadlines) -> None:
    """Queue what is due now under its own key, so that it happens in its turn."""
    d.armed = 0
    while d.count > 0:
        head = entry_at(d, 0)
        when_ns, t, life = word(head), attempt_at(word(head + 8)), word(head + 16)
        done = is_done(d, t, life)
        if when_ns > w.now and not done:
            break
        forget_first(d)
        if not done:
            retain(t)
            push(w, when_ns, of_kind(d.kind, t.high), t.low + order_low(0, d.leg), address_of(t))
    if d.count > 0:
        arm_deadlines(w, d)
