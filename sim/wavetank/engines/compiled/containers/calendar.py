"""Pending events: a wheel of buckets, each as wide as some dozens of events.

The bucket whose time it is lies in current_bucket.py.

Events are ordered by (time, first word, second word). The width of a bucket follows the traffic. What lies
beyond the wheel is kept in one list for each half revolution of it, and put into the wheel just before that
begins; what lies beyond those, in a last list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wavetank.engines.compiled.containers.current_bucket import EVENT_BYTES, add, write
from wavetank.engines.compiled.containers.layouts import Calendar, event_at
from wavetank.engines.compiled.containers.order import agent_of, kind_of
from wavetank.engines.compiled.containers.pools import give_back, take
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import allocate, prefetch, release, store, word
from wavetank.protocol.order import Kind

if TYPE_CHECKING:
    from wavetank.engines.compiled.model.world import World

PER_CHUNK = 7
"""With its head a chunk is 240 bytes: it fits into four cache lines."""
CHUNK_BYTES = 16 + PER_CHUNK * EVENT_BYTES
BUCKET_BYTES = 16
"""Two words: the first chunk, and how many events are in it."""
HALVES = 64
"""Events beyond the wheel wait in lists, one for each half revolution. There are so many lists."""
MUCH = 64
"""With more events than this in a bucket on average, sorting costs most: they get narrower."""
LITTLE = 2
"""With fewer than this, mostly empty buckets are looked at: they get wider."""
LINE = 64
"""Bytes of a cache line on x86-64 and most ARM; elsewhere a fetch comes too often or too late."""
FLOW_BYTES = 152
"""How much of a stream its events read: `CLOSED_BYTES` of model/parts.py, which containers do not know."""


@kernel
def append(q: Calendar, head: int, when_ns: int, high: int, low: int, ref: int) -> None:
    """To a bucket: the address of its first chunk, and how many events are in that one; the others are full.

    A chunk begins with its number of events (once it is not the first) and the address of the next.
    """
    chunk, n = word(head), word(head + 8)
    if chunk == 0 or n == PER_CHUNK:
        fresh = take(q.chunks)
        store(fresh + 8, chunk)
        if chunk != 0:
            store(chunk, PER_CHUNK)
        store(head, fresh)
        chunk = fresh
        n = 0
    write(event_at(chunk + 16 + EVENT_BYTES * n), when_ns, high, low, ref)
    store(head + 8, n + 1)


@kernel
def emptied(head: int) -> int:
    """The chunks of a bucket, which is empty from now on."""
    chunk = word(head)
    if chunk != 0:
        store(chunk, word(head + 8))
        store(head, 0)
        store(head + 8, 0)
    return chunk


@kernel
def oldest_first(chunk: int) -> int:
    """The same chunks the other way round: what was put there first mostly comes first."""
    before = 0
    while chunk != 0:
        after = word(chunk + 8)
        store(chunk + 8, before)
        before = chunk
        chunk = after
    return before


@kernel
def fetch_chunk(chunk: int) -> None:
    """A chunk will be looked through soon."""
    for line in range(0, CHUNK_BYTES, LINE):
        prefetch(chunk + line)


@kernel
def half_of(q: Calendar, slot: int) -> int:
    """Which half revolution a bucket is in, counted from the beginning of time."""
    return slot >> q.half_shift


@kernel
def far_list(q: Calendar, half: int) -> int:
    """The list of a half revolution that is still far."""
    place = half & (HALVES - 1) if half - half_of(q, q.current) < HALVES - 1 else HALVES
    return q.buckets + BUCKET_BYTES * (q.mask + 1 + place)


@kernel
def put(w: World, q: Calendar, when_ns: int, high: int, low: int, ref: int) -> None:
    """Where it belongs: current bucket, later bucket, or far list."""
    slot = when_ns >> q.shift
    if slot <= q.current:
        add(w, q, when_ns, high, low, ref)
    elif slot - q.current <= q.mask:
        append(q, q.buckets + BUCKET_BYTES * (slot & q.mask), when_ns, high, low, ref)
        q.count += 1
    else:
        append(q, far_list(q, half_of(q, slot)), when_ns, high, low, ref)
        q.far_count += 1


@entry("core")
def push(w: World, when_ns: int, high: int, low: int, ref: int) -> None:
    """Let an event happen at `when_ns`."""
    put(w, w.calendar, when_ns, high, low, ref)


@entry("core")
def scatter(w: World, chunk: int) -> None:
    """Sort a list of events that were far in the future into the buckets or lists where they belong now."""
    q = w.calendar
    while chunk != 0:
        after = word(chunk + 8)
        fetch_chunk(after)
        q.far_count -= word(chunk)
        for i in range(word(chunk)):
            e = event_at(chunk + 16 + EVENT_BYTES * i)
            put(w, q, e.when_ns, e.high, e.low, e.ref)
        give_back(q.chunks, chunk)
        chunk = after


@kernel
def bring_near(w: World, q: Calendar, place: int) -> None:
    """Put the events of a far list where they belong now."""
    scatter(w, emptied(q.buckets + BUCKET_BYTES * (q.mask + 1 + place)))


@entry("core")
def look_far(w: World) -> None:
    """A half revolution begins: the next but one comes within the wheel's reach."""
    q = w.calendar
    half = half_of(q, q.current)
    bring_near(w, q, half + 1 & HALVES - 1)
    if half & (HALVES - 1) == 0:
        bring_near(w, q, HALVES)


@entry("core")
def leap(w: World) -> None:
    """Nothing is near: go to the first of the far events."""
    q = w.calendar
    first = 1 << 62
    for place in range(HALVES + 1):
        head = q.buckets + BUCKET_BYTES * (q.mask + 1 + place)
        chunk = word(head)
        n = word(head + 8)
        while chunk != 0:
            for i in range(n):
                first = min(first, event_at(chunk + 16 + EVENT_BYTES * i).when_ns)
            chunk = word(chunk + 8)
            n = PER_CHUNK
    q.current = max(q.current, (first >> q.shift) - 1)
    for place in range(HALVES + 1):
        bring_near(w, q, place)


@entry("core")
def resize(w: World, shift: int) -> None:
    """Make the buckets wider or narrower. The current one stays: it comes before all else."""
    q = w.calendar
    chunks = 0
    for i in range(q.mask + 2 + HALVES):
        chunk = emptied(q.buckets + BUCKET_BYTES * i)
        while chunk != 0:
            after = word(chunk + 8)
            store(chunk + 8, chunks)
            chunks = chunk
            chunk = after
    edge_ns = (q.current + 1) << q.shift
    q.shift = shift
    q.current = (edge_ns - 1) >> shift
    q.far_count += q.count
    q.count = 0
    scatter(w, chunks)


@kernel
def fetch_parts(w: World, high: int, ref: int) -> None:
    """Prefetch an event's structure and its agent, which a large fleet has not touched for long."""
    for line in range(0, FLOW_BYTES + LINE if kind_of(high) >= Kind.CREATED else 2 * LINE, LINE):
        prefetch(ref + line)
    prefetch(w.agents + w.agent_bytes * agent_of(high))


@entry("core")
def refill(w: World, end_ns: int) -> int:
    """The next bucket that holds something becomes the current one; 0 when nothing comes before `end_ns`."""
    q = w.calendar
    while q.bucket_events == 0:
        if q.visited >= 2048 or q.drained >= 65_536:
            visited, drained = q.visited, q.drained
            q.visited = 0
            q.drained = 0
            if drained > MUCH * visited and q.shift > 4:
                resize(w, q.shift - 2)
            elif drained < LITTLE * visited and q.shift < 50 and q.count + q.far_count < drained * 64 + 4096:
                resize(w, q.shift + 2)
            continue
        if q.count == 0:
            if q.far_count == 0:
                return 0
            leap(w)
            continue
        q.current += 1
        q.visited += 1
        if q.current << q.shift >= end_ns:
            q.current -= 1
            return 0
        if q.current & (q.mask >> 1) == 0:
            look_far(w)
        fetch_chunk(word(q.buckets + BUCKET_BYTES * (q.current + 2 & q.mask)))
        chunk = oldest_first(emptied(q.buckets + BUCKET_BYTES * (q.current & q.mask)))
        while chunk != 0:
            n = word(chunk)
            for i in range(n):
                e = event_at(chunk + 16 + EVENT_BYTES * i)
                fetch_parts(w, e.high, e.ref)
                add(w, q, e.when_ns, e.high, e.low, e.ref)
            q.count -= n
            q.drained += n
            after = word(chunk + 8)
            give_back(q.chunks, chunk)
            chunk = after
    return 1


# ---- what happens at once --------------------------------------------------------------------------

BEGIN, HELD, DELIVER, SLOT, HOLD_OVER = range(5)


@kernel
def at_once(w: World, step: int, ref: int) -> None:
    """Let something happen in this instant, after all that was said before, ahead of all timed events."""
    if w.ring_count == w.ring_capacity:
        more = max(64, 2 * w.ring_capacity)
        fresh = allocate(16 * more)
        for i in range(w.ring_count):
            old = w.ring + 16 * ((w.ring_first + i) & (w.ring_capacity - 1))
            store(fresh + 16 * i, word(old))
            store(fresh + 16 * i + 8, word(old + 8))
        if w.ring:
            release(w.ring)
        w.ring = fresh
        w.ring_first = 0
        w.ring_capacity = more
    place = w.ring + 16 * ((w.ring_first + w.ring_count) & (w.ring_capacity - 1))
    store(place, step)
    store(place + 8, ref)
    w.ring_count += 1
