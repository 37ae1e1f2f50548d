"""Report structures that a run never gave back, or gave back twice; in a checked build only.

`WAVETANK_CHECKED=1` makes kernels a checked build (containers/pools.py). A structure that is in use must be
reachable: from the world, the fleet, the nodes, pending events, or from one that is. Any other has lost its
last reader without being given back. Words that are addresses of structures are taken for pointers, whatever
they mean. So a leak may be missed, but what is reported is one.
"""

from collections.abc import Iterator
from ctypes import c_int64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavetank.engines.compiled.build import Build
from wavetank.engines.compiled.containers.current_bucket import EVENT_BYTES
from wavetank.engines.compiled.containers.pools import CHECKED, CHUNK_BYTES, HEAD_BYTES, MARK_BYTES, USED
from wavetank.engines.compiled.model.tracing import ROW_WORDS

Words = NDArray[np.int64]
POOLS = (
    "attempts", "exchanges", "connections", "jobs", "ranges", "pending", "batches", "calendar.chunks",
)  # fmt: skip
ENTRY_WORDS = 2
"""Words of an event of the current instant: its kind, and the address of its structure (calendar.py)."""


class MemoryMistake(AssertionError):
    """Kernels have lost, or given back twice, a structure."""


def check_memory(build: Build) -> None:
    """Raise MemoryMistake where a checked build has something to say; does nothing in any other."""
    if not CHECKED:
        return
    counts = {pool: build.get(f"{pool}.mistakes") for pool in POOLS}
    said = [f"{count} {pool} given back twice, or used afterwards" for pool, count in counts.items() if count]
    said += [f"{count} {pool} lost without being given back" for pool, count in lost(build).items() if count]
    if said:
        raise MemoryMistake("; ".join(said))


def lost(build: Build) -> dict[str, int]:
    """By pool, how many structures are in use that nothing leads to."""
    slots = {pool: _in_use(build, pool) for pool in POOLS}
    starts = np.sort(np.concatenate(list(slots.values())))
    sizes = {int(start): build.get(f"{pool}.size") for pool, these in slots.items() for start in these}
    unseen, named = starts, [np.intersect1d(words, starts) for words in _roots(build)]
    reached = np.unique(np.concatenate(named))
    while reached.size:
        unseen = np.setdiff1d(unseen, reached, assume_unique=True)
        words = [_words(int(start), sizes[int(start)] - MARK_BYTES) for start in reached]
        reached = np.intersect1d(np.concatenate(words), unseen)
    return {pool: int(np.isin(these, unseen).sum()) for pool, these in slots.items()}


def _words(address: int, size: int) -> Words:
    return np.ctypeslib.as_array((c_int64 * (size // 8)).from_address(address))


def _in_use(build: Build, pool: str) -> Words:
    """The addresses of a pool's structures that are in use."""
    size, top = build.get(f"{pool}.size"), build.get(f"{pool}.next")
    starts = [np.arange(begin, min(end, top) if begin <= top <= end else end, size)
              for begin, end in _pieces(build, pool, size)]  # fmt: skip
    every = np.concatenate([np.zeros(0, np.int64), *starts])
    return np.array([at for at in every.tolist() if _words(at + size - MARK_BYTES, 8)[0] == USED], np.int64)


def _pieces(build: Build, pool: str, size: int) -> Iterator[tuple[int, int]]:
    """Where a pool's structures lie: what was reserved for them, and chunks."""
    if pool in build.reserved:
        memory = build.reserved[pool]
        yield memory.ctypes.data, memory.ctypes.data + memory.size // size * size
    chunk = build.get(f"{pool}.chunks")
    while chunk:
        begin = chunk + HEAD_BYTES
        yield begin, begin + max(16, CHUNK_BYTES // size) * size
        chunk = int(_words(chunk, 8)[0])


def _roots(build: Build) -> Iterator[Words]:
    """Everything that may point to structures and is none of them."""
    reserved = [memory.ctypes.data for memory in build.reserved.values()]
    for array in build.kept:
        if array.ctypes.data not in reserved:
            yield _whole_words(array)
    yield _words(build.get("calendar.first"), EVENT_BYTES * build.get("calendar.bucket_events"))
    entries, first, capacity = build.get("ring"), build.get("ring_first"), build.get("ring_capacity")
    for index in range(build.get("ring_count")):
        yield _words(entries + 8 * ENTRY_WORDS * ((first + index) % capacity), 8 * ENTRY_WORDS)
    yield _words(build.get("trace"), 8 * ROW_WORDS * build.get("trace_count"))


def _whole_words(array: NDArray[Any]) -> Words:
    return _words(array.ctypes.data, array.nbytes // 8 * 8)
