"""Queues of entries (instant, structure, mark), oldest first; and lists of numbers. Both grow.

A queue is a ring whose room is a power of two; it doubles when it is full. Entries are copied as words, so
they must not hold their own addresses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wavetank.engines.compiled.containers.layouts import Fifo, Words
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import allocate, release, store, word

if TYPE_CHECKING:
    from wavetank.engines.compiled.model.world import World

ENTRY_BYTES = 24
"""Three words: an instant, a structure, and a mark that tells whether it is still meant."""


@kernel
def entry_at(f: Fifo, index: int) -> int:
    """The address of an entry, counted from the first."""
    return f.ring + ENTRY_BYTES * (f.first + index & f.capacity - 1)


@kernel
def forget_head(f: Fifo) -> None:
    """The first entry is over."""
    f.first = f.first + 1 & f.capacity - 1
    f.count -= 1


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
        copy_entry(fresh + ENTRY_BYTES * i, entry_at(f, i))
    if f.ring:
        release(f.ring)
    f.ring = fresh
    f.first = 0
    f.capacity = more


@entry("judged")
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
