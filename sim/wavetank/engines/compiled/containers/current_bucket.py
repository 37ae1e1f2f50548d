"""The events of the bucket whose time it is: in order as long as they are few, a heap when they are many.

Few are put in order sooner than into a heap. Many are there when a fleet starts or comes back at once. Both
forms give the same order, that of `comes_before`, so which one is in use changes no figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wavetank.engines.compiled.containers.layouts import Calendar, Event, event_at
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import allocate, release

if TYPE_CHECKING:
    from wavetank.engines.compiled.model.world import World

EVENT_BYTES = Event.size
FEW = 512
"""Up to here an event is inserted in place: 16 KiB, half a first-level cache. Beyond, a heap is quicker."""


@kernel
def comes_before(e: Event, when_ns: int, high: int, low: int) -> bool:
    """Whether `e` comes before (or with) an event of that place."""
    if e.when_ns != when_ns:
        return e.when_ns < when_ns
    if e.high != high:
        return e.high < high
    return e.low <= low


@kernel
def write(e: Event, when_ns: int, high: int, low: int, ref: int) -> None:
    """Fill an event in."""
    e.when_ns = when_ns
    e.high = high
    e.low = low
    e.ref = ref


@kernel
def copy(to: Event, e: Event) -> None:
    """Copy an event."""
    to.when_ns = e.when_ns
    to.high = e.high
    to.low = e.low
    to.ref = e.ref


@kernel
def add(w: World, q: Calendar, when_ns: int, high: int, low: int, ref: int) -> None:
    """An event that comes in the current bucket."""
    if q.in_order and q.bucket_events < FEW:
        insert(q, when_ns, high, low, ref)
    else:
        crowd(w, when_ns, high, low, ref)


@kernel
def first(q: Calendar) -> Event:
    """The first event, where there is one."""
    return event_at(q.first)


@kernel
def drop_first(w: World, q: Calendar) -> None:
    """Take the first event away."""
    if q.in_order:
        q.first += EVENT_BYTES
        q.bucket_events -= 1
    else:
        drop_of_many(w)


# ---- few -------------------------------------------------------------------------------------------


@entry("core")
def open_current(w: World) -> None:
    """Room for few."""
    q = w.calendar
    q.capacity = 2 * FEW
    q.bucket = allocate(EVENT_BYTES * q.capacity)
    q.first = q.bucket
    q.in_order = 1


@kernel
def insert(q: Calendar, when_ns: int, high: int, low: int, ref: int) -> None:
    """Among events that are in order: mostly it is the last."""
    place = q.first + EVENT_BYTES * q.bucket_events
    if place == q.bucket + EVENT_BYTES * q.capacity:
        move_down(q)
        place = q.first + EVENT_BYTES * q.bucket_events
    q.bucket_events += 1
    while place > q.first:
        e = event_at(place - EVENT_BYTES)
        if comes_before(e, when_ns, high, low):
            break
        copy(event_at(place), e)
        place -= EVENT_BYTES
    write(event_at(place), when_ns, high, low, ref)


@kernel
def move_down(q: Calendar) -> None:
    """To where the room begins."""
    for i in range(q.bucket_events):
        copy(event_at(q.bucket + EVENT_BYTES * i), event_at(q.first + EVENT_BYTES * i))
    q.first = q.bucket


# ---- many ------------------------------------------------------------------------------------------


@entry("core")
def crowd(w: World, when_ns: int, high: int, low: int, ref: int) -> None:
    """One event more, where there are many, or begin to be: what is in order is a heap."""
    q = w.calendar
    if q.in_order:
        move_down(q)
        q.in_order = 0
    if q.bucket_events == q.capacity:
        grow(q)
    heap_push(q, when_ns, high, low, ref)


@entry("core")
def drop_of_many(w: World) -> None:
    """Take the first event of the heap away."""
    q = w.calendar
    heap_drop(q)
    if q.bucket_events == 0:
        q.in_order = 1


@kernel
def grow(q: Calendar) -> None:
    """Twice the room."""
    fresh = allocate(2 * q.capacity * EVENT_BYTES)
    for i in range(q.bucket_events):
        copy(event_at(fresh + EVENT_BYTES * i), event_at(q.bucket + EVENT_BYTES * i))
    release(q.bucket)
    q.bucket = q.first = fresh
    q.capacity *= 2


@kernel
def heap_push(q: Calendar, when_ns: int, high: int, low: int, ref: int) -> None:
    """Into the heap; there is room."""
    n = q.bucket_events
    q.bucket_events = n + 1
    base = q.bucket
    while n > 0:
        up = (n - 1) >> 1
        e = event_at(base + EVENT_BYTES * up)
        if comes_before(e, when_ns, high, low):
            break
        copy(event_at(base + EVENT_BYTES * n), e)
        n = up
    write(event_at(base + EVENT_BYTES * n), when_ns, high, low, ref)


@kernel
def heap_drop(q: Calendar) -> None:
    """Take the first event of the heap away."""
    n = q.bucket_events - 1
    q.bucket_events = n
    if n == 0:
        return
    base = q.bucket
    last = event_at(base + EVENT_BYTES * n)
    when_ns, high, low, ref = last.when_ns, last.high, last.low, last.ref
    at = 0
    while True:
        child = 2 * at + 1
        if child >= n:
            break
        e = event_at(base + EVENT_BYTES * child)
        if child + 1 < n:
            other = event_at(base + EVENT_BYTES * (child + 1))
            if comes_before(other, e.when_ns, e.high, e.low):
                child += 1
                e = other
        if not comes_before(e, when_ns, high, low):
            break
        copy(event_at(base + EVENT_BYTES * at), e)
        at = child
    write(event_at(base + EVENT_BYTES * at), when_ns, high, low, ref)
