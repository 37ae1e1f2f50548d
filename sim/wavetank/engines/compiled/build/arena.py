"""Memory of one run: blocks that live as long as the run, and fields that Python writes by name.

The offset of a field always comes from its `Layout`. Blocks do not move, because kernels hold their
addresses.
"""

import mmap
from collections.abc import Iterable
from struct import pack_into, unpack_from
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavetank.engines.compiled.containers import layouts
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.structs import Layout, _layouts, offset_of
from wavetank.policy.choices import names_all
from wavetank.policy.codes import (
    ProcessKind,
)
from wavetank.results.histogram import BINS
from wavetank.scenario.resolved import Resolved

names_all(__name__, ProcessKind, "NONE POISSON CONSTANT CLOSED")

Memory = NDArray[np.int8]
Words = NDArray[np.int64]
FORMATS = {8: "q", 4: "i", 2: "h", 1: "b"}
HUGE_BYTES = 1 << 22
"""Memory is asked for in large pages, at least so much at once: looking up where it is costs as much as
reading it, and to be given it page by page more than to fill it.
"""
LINE_BYTES = 64
"""A cache line of x86-64 and of most ARM processors: no two arrays share one."""


class Arena:
    """One world; everything that its addresses point to is kept alive here."""

    def __init__(self, resolved: Resolved) -> None:
        self.resolved = resolved
        self._kept: list[Any] = []
        self._arena, self._taken = _pages(HUGE_BYTES), 0
        self.world = self.room(World.size)
        self.arrays: dict[str, Words] = {}
        self.reserved: dict[str, Memory] = {}

    @property
    def address(self) -> int:
        """Where the world is."""
        return int(self.world.ctypes.data)

    @property
    def kept(self) -> list[Any]:
        """Every array that addresses of the world point to."""
        return self._kept

    def room(self, size: int) -> Memory:
        """Zeroed memory that lives as long as this; what is small lies together."""
        if size >= HUGE_BYTES:
            made = _pages(size)
        else:
            if self._taken + size > HUGE_BYTES:
                self._arena, self._taken = _pages(HUGE_BYTES), 0
            made = self._arena[self._taken : self._taken + size]
            self._taken += -(-size // LINE_BYTES) * LINE_BYTES
        self._kept.append(made)
        return made

    def zeros(self, count: int) -> Words:
        """Zeros that live as long as this."""
        return self.room(8 * max(1, count)).view(np.int64)

    def reserve(self, pool: str, count: int) -> None:
        """Room for so many structures of a pool at once; more come as they are needed."""
        size = self.get(f"{pool}.size")
        if count * size >= HUGE_BYTES:
            memory = self.room(count * size)
            begin = int(memory.ctypes.data)
            self.reserved[pool] = memory
            self.set(f"{pool}.next", begin)
            self.set(f"{pool}.end", begin + count * size)

    def words(self, values: Iterable[int] | Words) -> Words:
        """An array of int64 that lives as long as this."""
        made = np.array(values if isinstance(values, np.ndarray) else list(values), dtype=np.int64)
        made = made if made.size else np.zeros(1, np.int64)
        self._kept.append(made)
        return made

    def put(self, memory: Memory, layout: type[Layout], path: str, value: Any, at: int = 0) -> None:
        """Write one field of a structure that begins `at` bytes into `memory`."""
        field = offset_of(layout, path)
        begin = at + field.offset
        if field.kind == "inner":
            self.fill(memory, _layouts[field.of], value, begin)
        elif field.kind == "ints":
            array = value if isinstance(value, np.ndarray) else self.words(value)
            pack_into("qq", memory.data, begin, array.ctypes.data, len(value))
        else:
            pack_into("d" if field.kind == "f8" else FORMATS[field.size], memory.data, begin, value)

    def fill(self, memory: Memory, layout: type[Layout], value: Any, at: int = 0) -> None:
        """Write all fields of a mirrored NamedTuple."""
        for name in layout.fields:
            self.put(memory, layout, name, getattr(value, name), at)

    def set(self, path: str, value: Any) -> None:
        """Write one field of the world."""
        self.put(self.world, World, path, value)

    def get(self, path: str) -> int:
        """Read one field of the world."""
        field = offset_of(World, path)
        value: int = unpack_from(FORMATS[field.size], self.world.data, field.offset)[0]
        return value

    def array(self, path: str, size: int) -> Words:
        """An array of zeros as a field of the world."""
        made = self.zeros(size)
        self.arrays[path] = made
        self.set(path, made)
        return made

    def table(self, path: str, layout: type[Layout], values: Iterable[Any]) -> None:
        """Structures one after the other; their address as a field of the world."""
        several = list(values)
        memory = self.room(max(1, len(several)) * layout.size)
        (name,) = layout.fields
        for index, value in enumerate(several):
            self.put(memory, layout, name, value, index * layout.size)
        self.set(path, memory.ctypes.data)

    def _alone(self, value: Any, layout: str) -> int:
        """The address of a mirrored NamedTuple."""
        memory = self.room(_layouts[layout].size)
        self.fill(memory, _layouts[layout], value)
        return int(memory.ctypes.data)

    def histogram(self, kind: ProcessKind) -> Memory:
        """Allot an empty histogram for a stream of events; one that has none gets no bins."""
        made = self.room(layouts.HISTOGRAM_BYTES)
        if kind != ProcessKind.NONE:
            self._weigh(made, 0)
        if kind == ProcessKind.POISSON:
            self.put(made, layouts.Histogram, "steps", self._on_demand(BINS), 0)
        return made

    def _weigh(self, memory: Memory, at: int) -> None:
        counts = self.room(layouts.TIMES_BYTES * BINS)
        self.put(memory, layouts.Histogram, "counts", counts.ctypes.data, at)
        self.put(memory, layouts.Histogram, "weights", self._on_demand(BINS), at)

    def _on_demand(self, count: int) -> Words:
        """Zeros of which most are never touched: apart from all others, and in small pages."""
        made = _pages(8 * count, large=False).view(np.int64)
        self._kept.append(made)
        return made

    def histograms(self, path: str, count: int) -> Memory:
        """Empty histograms one after the other; their address as a field of the world."""
        made = self.room(count * layouts.HISTOGRAM_BYTES)
        for index in range(count):
            self._weigh(made, index * layouts.HISTOGRAM_BYTES)
        self.set(path, made.ctypes.data)
        return made


def _pages(size: int, large: bool = True) -> Memory:
    """Zeroed memory; where the system has them and they are wanted, in large pages."""
    pages = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if large and hasattr(mmap, "MADV_HUGEPAGE"):
        pages.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(pages, np.int8)
