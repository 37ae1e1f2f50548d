"""The servers in memory: nodes, the calendar, pools, time-outs, faults.

Pools begin with the room that a steady fleet takes and grow by themselves. The three kinds of time-outs
have a ring each (model/timers.py).
"""

from wavetank.engines.compiled.build.fleet import FleetMemory
from wavetank.engines.compiled.containers.calendar import CHUNK_BYTES, HALVES
from wavetank.engines.compiled.containers.pools import MARK_BYTES
from wavetank.engines.compiled.model import parts
from wavetank.engines.compiled.model.timers import AGENT, HOLD, ROUTE
from wavetank.policy.codes import (
    Channel,
    Dispatch,
    FaultKind,
    Strategy,
    Stream,
)
from wavetank.policy.shares import affected_agents
from wavetank.protocol.order import Kind

BUCKETS = 1 << 16
"""A power of two, so that a place in the wheel is a mask; their heads take 1 MiB."""

WIDE = 24
"""Buckets of 2**24 ns to begin with: few are broached before the traffic says how wide they should be."""


class ServerMemory(FleetMemory):
    """The nodes of a run, and what is pending in it."""

    def _servers(self) -> None:
        server = self.resolved.server
        self.nodes = memory = self.room(server.nodes * parts.NODE_BYTES)
        per_worker = server.dispatch == Dispatch.PER_WORKER
        count = server.workers if per_worker else 1
        for index in range(server.nodes):
            queues = self.room(count * parts.QUEUE_BYTES)
            for worker in range(count):
                idle = 1 if per_worker else server.workers
                self.put(queues, parts.JobQueue, "idle", idle, worker * parts.QUEUE_BYTES)
            for name, value in (
                ("queues", queues.ctypes.data), ("factor", 1.0), ("idle_cores", server.cores),
                ("index", index), ("up", 1),
            ):  # fmt: skip
                self.put(memory, parts.Node, name, value, index * parts.NODE_BYTES)
        self.set("nodes", memory.ctypes.data)
        self.set("alive", self.words(range(server.nodes)).ctypes.data)
        self.set("alive_count", server.nodes)
        self.set("free_lanes", self.resolved.store.parallelism)

    def _calendar(self) -> None:
        self.set("calendar.buckets", self.zeros(2 * (BUCKETS + HALVES + 1)).ctypes.data)
        self.set("calendar.mask", BUCKETS - 1)
        self.set("calendar.half_shift", BUCKETS.bit_length() - 2)
        self.set("calendar.shift", WIDE)
        self.set("calendar.current", -1)
        self.set("calendar.chunks.size", CHUNK_BYTES + MARK_BYTES)
        for pool, layout in (
            ("attempts", parts.Attempt), ("exchanges", parts.Exchange),
            ("connections", parts.Connection),
            ("jobs", parts.Job), ("ranges", parts.Range), ("pending", parts.Command),
            ("batches", parts.StoreBatch),
        ):  # fmt: skip
            self.set(f"{pool}.size", layout.size + MARK_BYTES)
        self._reserve_pools()

    def _reserve_pools(self) -> None:
        """Reserve what a steady fleet takes: kept connections, held polls, the events of all its streams."""
        r = self.resolved
        streams = len(self.streams())
        held = r.agents if r.commands.channel == Channel.LONG_POLL else 0
        kept = r.agents * streams if r.connection.strategy == Strategy.KEEP_ALIVE else held
        self.reserve("connections", kept)
        self.reserve("attempts", held)
        self.reserve("exchanges", held)
        self.reserve("calendar.chunks", r.agents * streams // 4)

    def _deadlines(self) -> None:
        for path, owner, kind, leg, count in (
            ("deadlines", AGENT, Kind.AGENT_DEADLINE, 0, len(Stream)),
            ("routes", ROUTE, Kind.SERVER_TIMEOUT, 0, len(Stream)),
            ("holds", HOLD, Kind.SERVER_TIMEOUT, 1, 1),
        ):
            memory = self.room(count * parts.DEADLINES_BYTES)
            for index in range(count):
                at = index * parts.DEADLINES_BYTES
                for name, value in (("what", owner), ("kind", kind), ("leg", leg), ("stream", index)):
                    self.put(memory, parts.Deadlines, name, int(value), at)
            self.set(path, memory.ctypes.data)

    def _faults(self) -> None:
        r = self.resolved
        memory = self.room(max(1, len(r.faults)) * parts.FAULT_BYTES)
        for index, fault in enumerate(r.faults):
            hit: tuple[int, ...] = ()
            if fault.kind == FaultKind.INVALID_CREDENTIALS:
                hit = affected_agents(r.seed, r.agents, fault.share, index)
            at = index * parts.FAULT_BYTES
            for name in ("at_ns", "lasts_ns", "factor", "kind", "node"):
                self.put(memory, parts.FaultPlan, name, getattr(fault, name), at)
            self.put(memory, parts.FaultPlan, "struck", hit, at)
        self.set("faults", memory.ctypes.data)
        self.set("fault_count", len(r.faults))
