"""Memory for structures of one size: taken, given back, and taken again.

With `WAVETANK_CHECKED=1` in the environment kernels are compiled into a checked build. Each structure then
has one word more, which says whether it is in use; what is given back is poisoned; and a pool counts what is
given back twice, or written after it was given back. compiled/checking.py reads that at the end of a run.
"""

from __future__ import annotations

import os
from typing import Any

from wavetank.engines.compiled.containers.layouts import Pool
from wavetank.engines.compiled.toolchain.kernels import kernel
from wavetank.engines.compiled.toolchain.structs import (
    allocate,
    release,
    store,
    word,
)

CHUNK_BYTES = 65_536
"""Memory is asked of the system in pieces of this size: large beside a structure, small beside a fleet."""
HEAD_BYTES = 16
"""Of a chunk: the chunk before it, and a word that keeps structures at even addresses."""
CHECKED = int(os.environ.get("WAVETANK_CHECKED", "") == "1")
"""Whether kernels are a checked build; nothing of it is compiled otherwise."""
MARK_BYTES = 8 * CHECKED
"""Extra bytes of each structure in a checked build."""
USED, FREE = 0x600D_600D, 0x0BAD_0BAD
"""Marks that are no address, no small number, and easy to see in a memory dump."""
POISON = -0x2A2A_2A2A_2A2A_2A2B
"""No address; negative in any of its parts, so that a reference count among them is not taken to be one."""
KEPT_BYTES = 16
"""Bytes that survive when a structure is given back: its first word, and the link to the next free one."""


@kernel
def take(pool: Pool) -> int:
    """The address of a structure that nobody uses; what is in it is anything."""
    address = pool.free
    if address != 0:
        pool.free = word(address + 8)
        if CHECKED:
            look_at_poison(pool, address)
            store(address + pool.size - MARK_BYTES, USED)
        return address
    if pool.next == pool.end:
        count = max(16, CHUNK_BYTES // pool.size)
        chunk = allocate(HEAD_BYTES + count * pool.size)
        store(chunk, pool.chunks)
        pool.chunks = chunk
        pool.next = chunk + HEAD_BYTES
        pool.end = pool.next + count * pool.size
    address = pool.next
    pool.next = address + pool.size
    if CHECKED:
        store(address + pool.size - MARK_BYTES, USED)
    return address


@kernel
def give_back(pool: Pool, address: int) -> None:
    """A structure is used no more. Its first word stays what it is."""
    if CHECKED and word(address + pool.size - MARK_BYTES) != USED:
        pool.mistakes += 1
        return
    store(address + 8, pool.free)
    pool.free = address
    if CHECKED:
        for offset in range(KEPT_BYTES, pool.size - MARK_BYTES, 8):
            store(address + offset, POISON)
        store(address + pool.size - MARK_BYTES, FREE)


@kernel
def look_at_poison(pool: Pool, address: int) -> None:
    """Nobody has written into a structure since it was given back."""
    for offset in range(KEPT_BYTES, pool.size - MARK_BYTES, 8):
        if word(address + offset) != POISON:
            pool.mistakes += 1


@kernel
def retain(structure: Any) -> None:
    """One more looks at a structure."""
    structure.refs += 1


@kernel
def unused(pool: Pool, structure: Any) -> bool:
    """One looks at a structure no more; whether that was the last one, and it is to be given back."""
    if CHECKED and structure.refs <= 0:
        pool.mistakes += 1
    structure.refs -= 1
    return structure.refs == 0


@kernel
def empty(pool: Pool) -> None:
    """Give all memory of a pool back."""
    chunk = pool.chunks
    while chunk != 0:
        before = word(chunk)
        release(chunk)
        chunk = before
    pool.chunks = 0
    pool.next = 0
    pool.end = 0
    pool.free = 0


@kernel
def freed(address: int) -> int:
    """Give memory back, if there is any; 0."""
    if address != 0:
        release(address)
    return 0
