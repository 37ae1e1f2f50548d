"""Arrivals in order: a wheel of buckets one window wide, each sorted once, when it is opened.

No arrival makes another one in the window that is open, but for an agent whose request and login are both
under way: what comes again at once goes among the `late`, which are few.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.pools import give_back, take
from wavetank.engines.compiled.fast.layouts import (
    CLOSES,
    LOGIN_CONNECTED,
    RECORD_BYTES,
    Fast,
    Record,
    fast_of,
    record_at,
)
from wavetank.engines.compiled.fast.sorting import ENTRY_BYTES, move, sort
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import address_of, allocate, prefetch, release, store, word

PER_CHUNK = 18
"""With its head a chunk is 1,024 bytes: 16 cache lines, none of them shared."""
CHUNK_BYTES = 16 + PER_CHUNK * RECORD_BYTES
AHEAD = 8
"""So many records ahead are fetched."""


@kernel
def copy(to: Record, r: Record) -> None:
    """Copy a record."""
    here, there = address_of(r), address_of(to)
    for at in range(0, RECORD_BYTES, 8):
        store(there + at, word(here + at))


@kernel
def key_of(f: Fast, r: Record) -> int:
    """The place of a record in its window: by time, then as the general loop has it: agent, stream."""
    order = 1
    if r.flags & CLOSES:
        order = 0 if r.flags & LOGIN_CONNECTED else 2
    return (r.when_ns - (f.current << f.shift)) << 32 | r.agent << 2 | order


@kernel
def append(f: Fast, bucket: int, r: Record) -> None:
    """Into a bucket's list of chunks."""
    chunk = word(bucket)
    if chunk == 0 or word(chunk) == PER_CHUNK:
        fresh = take(f.chunks)
        store(fresh, 0)
        store(fresh + 8, chunk)
        store(bucket, fresh)
        chunk = fresh
    n = word(chunk)
    copy(record_at(chunk + 16 + RECORD_BYTES * n), r)
    store(chunk, n + 1)


@kernel
def put(f: Fast, r: Record) -> None:
    """A record comes in a later window; those beyond the wheel share one list.

    That none comes in this window is what all here rests on.
    """
    slot = r.when_ns >> f.shift
    if slot <= f.current:
        f.broken = 1
    elif slot - f.current <= f.mask:
        append(f, f.buckets + 8 * (slot & f.mask), r)
        f.count += 1
    else:
        append(f, f.buckets + 8 * (f.mask + 1), r)
        f.far_count += 1


@kernel
def again(f: Fast, r: Record) -> None:
    """An opened record comes again: still in this window, or in a later one, to which it goes at the end."""
    if r.when_ns >> f.shift <= f.current:
        come_late(f, r)


@kernel
def come_late(f: Fast, r: Record) -> None:
    """A record comes again in the window that is open; it stays where it lies."""
    if f.late_count == f.late_capacity:
        f.late_capacity = max(64, 2 * f.late_capacity)
        fresh = allocate(ENTRY_BYTES * f.late_capacity)
        move(fresh, f.late, f.late_count)
        if f.late:
            release(f.late)
        f.late = fresh
    key = key_of(f, r)
    place = f.late + ENTRY_BYTES * f.late_count
    while place > f.late and word(place - ENTRY_BYTES) < key:
        move(place, place - ENTRY_BYTES, 1)
        place -= ENTRY_BYTES
    store(place, key)
    store(place + 8, address_of(r))
    f.late_count += 1


@entry("fast")
def look_far(w: World) -> None:
    """Put what was beyond the wheel where it belongs now."""
    f = fast_of(w)
    head = f.buckets + 8 * (f.mask + 1)
    chunk = word(head)
    store(head, 0)
    f.far_count = 0
    while chunk != 0:
        for i in range(word(chunk)):
            put(f, record_at(chunk + 16 + RECORD_BYTES * i))
        after = word(chunk + 8)
        give_back(f.chunks, chunk)
        chunk = after


@entry("fast")
def open_next(w: World) -> int:
    """Open the next window that holds something; 0 when there is none before the end."""
    f = fast_of(w)
    close_window(f, w.duration_ns)
    last = w.duration_ns >> f.shift
    while f.count + f.far_count > 0 and f.current < last:
        f.current += 1
        if f.far_count and f.current & (f.mask >> 1) == 0:
            look_far(w)
        bucket = f.buckets + 8 * (f.current & f.mask)
        f.opened = word(bucket)
        if f.opened != 0:
            store(bucket, 0)
            list_entries(f)
            sort(f)
            return 1
    return 0


@kernel
def close_window(f: Fast, end_ns: int) -> None:
    """Put the records of the window where they come again. Each goes to some other place in memory, so the
    places of one chunk's records are fetched while those of the one before are written.
    """
    chunk = f.opened
    if chunk != 0:
        fetch_places(f, chunk)
    while chunk != 0:
        after = word(chunk + 8)
        fetch_ends(f, chunk)
        if after != 0:
            fetch_places(f, after)
        for i in range(word(chunk)):
            r = record_at(chunk + 16 + RECORD_BYTES * i)
            if r.when_ns < end_ns:
                put(f, r)
        give_back(f.chunks, chunk)
        chunk = after
    f.opened = 0


@kernel
def fetch_places(f: Fast, chunk: int) -> None:
    """The buckets of a chunk's records will be looked at soon."""
    for i in range(word(chunk)):
        prefetch(f.buckets + 8 * (record_at(chunk + 16 + RECORD_BYTES * i).when_ns >> f.shift & f.mask))


@kernel
def fetch_ends(f: Fast, chunk: int) -> None:
    """The ends of those buckets will be written soon."""
    for i in range(word(chunk)):
        slot = record_at(chunk + 16 + RECORD_BYTES * i).when_ns >> f.shift
        end = word(f.buckets + 8 * (slot & f.mask))
        prefetch(end)
        prefetch(end + CHUNK_BYTES // 2)


@kernel
def list_entries(f: Fast) -> None:
    """The records of the opened bucket, not yet in order."""
    n = 0
    chunk = f.opened
    while chunk != 0:
        n += word(chunk)
        chunk = word(chunk + 8)
    if n + AHEAD > f.capacity:
        f.capacity = 2 * n + AHEAD
        f.entries = renewed(f.entries, ENTRY_BYTES * f.capacity)
        f.spare = renewed(f.spare, ENTRY_BYTES * f.capacity)
        f.logs = renewed(f.logs, 8 * f.capacity)
    place = f.entries
    chunk = f.opened
    while chunk != 0:
        for i in range(word(chunk)):
            address = chunk + 16 + RECORD_BYTES * i
            store(place, key_of(f, record_at(address)))
            store(place + 8, address)
            place += ENTRY_BYTES
        chunk = word(chunk + 8)
    f.count -= n
    f.entry_count = n
    f.position = 0


@kernel
def renewed(old: int, size_bytes: int) -> int:
    """Other memory in place of some."""
    if old:
        release(old)
    return allocate(size_bytes)


# ---- in order --------------------------------------------------------------------------------------


@kernel
def next_key(f: Fast) -> int:
    """The key of the next record of the window; -1 when there is none."""
    key = -1
    if f.position < f.entry_count:
        key = word(f.entries + ENTRY_BYTES * f.position)
    if f.late_count > 0:
        late = word(f.late + ENTRY_BYTES * (f.late_count - 1))
        if key < 0 or late < key:
            key = late
    return key


@kernel
def take_next(f: Fast, key: int) -> Record:
    """The record of that key."""
    if f.late_count > 0 and word(f.late + ENTRY_BYTES * (f.late_count - 1)) == key:
        f.late_count -= 1
        f.taken = -1
        return record_at(word(f.late + ENTRY_BYTES * f.late_count + 8))
    place = f.entries + ENTRY_BYTES * f.position
    f.taken = f.position
    f.position += 1
    ahead = word(place + AHEAD * ENTRY_BYTES + 8)  # there is room behind the last entry
    prefetch(ahead)
    prefetch(ahead + RECORD_BYTES)
    return record_at(word(place + 8))
