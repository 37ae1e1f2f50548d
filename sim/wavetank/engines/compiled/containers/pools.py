"""Memory for structures of one size: taken, given back, and taken again."""

from __future__ import annotations

from wavetank.engines.compiled.containers.layouts import Pool
from wavetank.engines.compiled.toolchain.kernels import kernel
from wavetank.engines.compiled.toolchain.structs import (
    allocate,
    release,
    store,
    word,
)

CHUNK_BYTES = 65_536


@kernel
def take(pool: Pool) -> int:
    """The address of a structure that nobody uses; what is in it is anything."""
    address = pool.free
    if address != 0:
        pool.free = word(address + 8)
        return address
    if pool.next == pool.end:
        count = max(16, CHUNK_BYTES // pool.size)
        chunk = allocate(16 + count * pool.size)
        store(chunk, pool.chunks)
        pool.chunks = chunk
        pool.next = chunk + 16
        pool.end = pool.next + count * pool.size
    address = pool.next
    pool.next = address + pool.size
    return address


@kernel
def give_back(pool: Pool, address: int) -> None:
    """A structure is used no more. Its first word stays what it is."""
    store(address + 8, pool.free)
    pool.free = address


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
