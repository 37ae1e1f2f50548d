"""A run on the fast path from Python: what its kernels need beside the world of the general loop.

It is chosen by fast/eligibility.py, never by the user, and must be equal to the general loop. It runs the
whole duration at once: nobody can look at it between.
"""

from typing import Any

import numpy as np

from wavetank.engines.compiled.containers.layouts import TIMES_BYTES
from wavetank.engines.compiled.containers.pools import MARK_BYTES
from wavetank.engines.compiled.fast import layouts, loop
from wavetank.engines.compiled.fast.eligibility import source_of, stream_of, window_ns
from wavetank.engines.compiled.fast.sorting import DIGITS
from wavetank.engines.compiled.fast.thinking import is_logarithm
from wavetank.engines.compiled.fast.wheel import CHUNK_BYTES, PER_CHUNK
from wavetank.engines.compiled.model import parts as general
from wavetank.engines.compiled.running import Running
from wavetank.engines.compiled.toolchain.structs import offset_of
from wavetank.policy.codes import Stream
from wavetank.policy.rate_map import NEVER
from wavetank.results.peaks import FULL, PLACES, REQUESTS, RESUMED
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import FleetClass
from wavetank.units import SECOND as SECOND_NS

BUCKETS = 1 << 14
"""A power of two, so that a place in the wheel is a mask; their heads take 128 KiB, which a core's cache
holds."""

FOR_EVER = NEVER >> 1


class FastRunning(Running):
    """One run on the fast path."""

    release = loop.release_fast

    def groups(self, asked: frozenset[str]) -> frozenset[str]:
        """The groups of entries that this run may call, of those that the scenario asks for."""
        return frozenset({"fast", *asked & {"always"}})

    def run(self) -> Tally:
        """From the beginning to the end."""
        self._lay_out()
        self.call(loop.begin_all)
        self.repeat(loop.advance_fast)
        self.call(loop.close_all)
        field = offset_of(layouts.Fast, "broken").offset
        assert not self.fast[field], "an arrival made another one within a window"
        per_second = self.second_logins[self.resolved.warmup_ns // SECOND_NS :]
        self.build.set("login_peak", int(per_second.max(initial=0)))
        self._peaks()
        return self.tally()

    def _peaks(self) -> None:
        """Take the most of each second from the counts of all."""
        counts = self.seconds.reshape(PLACES, -1)[:, self.resolved.warmup_ns // SECOND_NS :]
        sums = [counts[REQUESTS : REQUESTS + len(Stream)], counts[[FULL, RESUMED]]]
        peaks = [*counts, *(rows.sum(axis=0, dtype=np.int64) for rows in sums)]
        self.build.arrays["peaks"][:] = [row.max(initial=0) for row in peaks]

    def _lay_out(self) -> None:
        """Room for the wheel and the cores; the classes of the fleet."""
        r, build = self.resolved, self.build
        width_ns = window_ns(r)
        count = min(r.server.cores, r.server.workers)
        ring = 1 << count.bit_length()
        self.fast = memory = build.room(layouts.Fast.size)
        self.second_logins = build.zeros(-(-r.duration_ns // SECOND_NS))
        self.seconds = build.room(TIMES_BYTES * PLACES * len(self.second_logins)).view(np.uint32)
        chunk_bytes = CHUNK_BYTES + MARK_BYTES
        room = chunk_bytes * (r.agents // PER_CHUNK * 5 // 4)
        chunks = int(build.room(room).ctypes.data)
        values: dict[str, Any] = {
            "shift": width_ns.bit_length() - 1,
            "current": -1,
            "mask": BUCKETS - 1,
            "buckets": build.room(8 * (BUCKETS + 1)).ctypes.data,
            "chunks.size": chunk_bytes,
            "chunks.next": chunks,
            "chunks.end": chunks + room,
            "digits": build.room(8 * DIGITS).ctypes.data,
            "agent_most": r.agents - 1,
            "has_logarithms": any(is_logarithm(source_of(kind).think) for kind in r.classes),
            "kinds": self._kinds(),
            "cores": build.room(8 * ring).ctypes.data,
            "core_count": count,
            "core_mask": ring - 1,
            "next_bin_ns": r.bin_ns,
            "warms_up_ns": r.warmup_ns,
            "made": build.room(8 * build.get("bins")).ctypes.data,
            "second_logins": self.second_logins.ctypes.data,
            "seconds": self.seconds.ctypes.data,
            "second_count": len(self.second_logins),
            "node": build.get("nodes"),
            "job": build.room(general.Job.size).ctypes.data,
            "exchange": build.room(general.Exchange.size).ctypes.data,
            "reset": build.room(layouts.Record.size).ctypes.data,
        }
        for name, value in values.items():
            build.put(memory, layouts.Fast, name, value)
        build.set("fast", memory.ctypes.data)

    def _kinds(self) -> int:
        """The address of the classes."""
        r, build = self.resolved, self.build
        memory = build.room(len(r.classes) * layouts.KIND_BYTES)
        for index, kind in enumerate(r.classes):
            for name, value in self._kind(index, kind).items():
                build.put(memory, layouts.Kind, name, value, index * layouts.KIND_BYTES)
        return int(memory.ctypes.data)

    def _kind(self, index: int, kind: FleetClass) -> dict[str, int]:
        r, stream, service = self.resolved, stream_of(kind), self.resolved.server.service
        place = 2 * index + stream - Stream.STATELESS
        size = source_of(kind).size.low
        return {
            "plan": self.build.get("stream_plans") + general.STREAM_PLAN_BYTES * place,
            "stream": stream,
            "delay_ns": r.networks[kind.network].delay.low,
            "patience_ns": r.retry[stream].timeout_ns or FOR_EVER,
            "login_patience_ns": r.retry[Stream.LOGIN].timeout_ns or FOR_EVER,
            "body_bytes": size,
            "work_ns": service.operation[stream].low + service.per_event.low + size * service.per_byte.low,
        }
