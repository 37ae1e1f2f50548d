"""A world in memory from what `resolve` returns: numbers by name, tables as arrays, room allotted."""

import mmap
from collections.abc import Iterable
from itertools import accumulate
from struct import pack_into, unpack_from
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavetank.engines.compiled.containers import layouts
from wavetank.engines.compiled.containers.calendar import CHUNK_BYTES, HALVES
from wavetank.engines.compiled.model import parts
from wavetank.engines.compiled.model.measure import ACTIVITIES, EVENT_COUNTS
from wavetank.engines.compiled.model.sending import ACTIONS
from wavetank.engines.compiled.model.timers import AGENT, HOLD, ROUTE
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.structs import Layout, _layouts, offset_of
from wavetank.policy.arrivals import Source
from wavetank.policy.codes import (
    AuthScheme,
    Cause,
    Channel,
    Dispatch,
    FaultKind,
    LawKind,
    ProcessKind,
    Strategy,
    Stream,
    Tls,
)
from wavetank.policy.keyed import GOLDEN, mix
from wavetank.policy.laws import NO_LAW
from wavetank.policy.shares import spread, struck
from wavetank.protocol.beginning import past_of
from wavetank.protocol.order import Kind
from wavetank.protocol.tables import EXCHANGE, TOKEN, Table
from wavetank.protocol.waits import patience_of
from wavetank.results.histogram import BINS
from wavetank.results.tally import EVENT_STREAMS, OPERATIONS
from wavetank.results.windows import windows_of
from wavetank.scenario.resolved import Batching, Resolved

Memory = NDArray[np.int8]
Words = NDArray[np.int64]
FORMATS = {8: "q", 4: "i", 2: "h", 1: "b"}
LOOP = 300
"""Events per agent in one instant that a real beginning of a whole fleet never comes near."""
BUCKETS = 1 << 16
WIDE = 24
"""Buckets of 2**24 ns to begin with: few are broached before the traffic says how wide they should be."""
HUGE_BYTES = 1 << 22
"""Memory is asked for in large pages, at least so much at once: looking up where it is costs as much as
reading it, and to be given it page by page more than to fill it.
"""
LINE_BYTES = 64
FIXED = (LawKind.NONE, LawKind.DETERMINISTIC)
WAVE_ROWS = 2_000
WAVE_BINS = 1_000


class Build:
    """One world; everything that its addresses point to is kept alive here."""

    def __init__(
        self, resolved: Resolved, trace_agents: Iterable[int], trace_rows: int, requests: bool
    ) -> None:
        self.resolved = resolved
        self._kept: list[Any] = []
        self._arena, self._taken = _pages(HUGE_BYTES), 0
        self.world = self.room(World.size)
        self.arrays: dict[str, Words] = {}
        self._numbers()
        self._plans()
        self._fleet(frozenset(trace_agents))
        self._servers()
        self._calendar()
        self._deadlines()
        self._faults()
        self._counts()
        self._wave()
        self.set("trace_rows", trace_rows)
        self.set("logs_requests", requests)

    # ---- memory ---------------------------------------------------------------------------------

    @property
    def address(self) -> int:
        """Where the world is."""
        return int(self.world.ctypes.data)

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
            begin = int(self.room(count * size).ctypes.data)
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
        found: int = unpack_from(FORMATS[field.size], self.world.data, field.offset)[0]
        return found

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

    # ---- parts ----------------------------------------------------------------------------------

    def _numbers(self) -> None:
        r = self.resolved
        for name in ("duration_ns", "warmup_ns", "bin_ns", "sample_bins", "start", "ramp_ns"):
            self.set(name, getattr(r, name))
        for name, word in (("seed", r.seed), ("seed_key", mix(r.seed + GOLDEN))):
            self.set(name, word - (1 << 64) if word >> 63 else word)
        self.set("latency_end_ns", r.duration_ns - r.tail_ns)
        windows = windows_of(r)
        self.entries = max(1, windows.number)
        self.set("edges_ns", windows.edges_ns)
        self.set("window_of_piece", windows.of_piece)
        bins = -(-r.duration_ns // r.bin_ns)
        for name in ("bins", "bin_room"):
            self.set(name, bins)
        for name in ("horizon_ns", "until_ns", "booked_until_ns", "busy_until_ns"):
            self.set(name, r.duration_ns)
        self.set("login_second", -1)
        self.set("agent_count", r.agents)
        self.set("most_at_once", LOOP * (r.agents + 100))

    def _plans(self) -> None:
        r = self.resolved
        for name in ("auth", "connection", "heartbeat", "balancer", "server", "store"):
            self.set(name, getattr(r, name))
        self.set("command_plan", r.commands)
        self.set("empirical", r.empirical)
        self.set("route_timeout_ns", r.server.route_timeout_ns)
        self.table("operations", parts._Laws, r.server.service.operation)
        self.table("retries", parts._Retries, r.retry)
        patience = patience_of(r.retry, r.commands)
        self.set("patience_ns", patience.ns)
        self.set("hold_is_shorter", patience.hold_is_shorter)
        self.set("needs_token", r.auth.scheme == AuthScheme.SERVER_TOKEN)
        self.set("keeps_alive", r.connection.strategy == Strategy.KEEP_ALIVE)
        self.set("per_worker", r.server.dispatch == Dispatch.PER_WORKER)
        self.set("token_table", _flat(TOKEN))
        self.set("exchange_table", _flat(EXCHANGE))
        self._fixed_costs()

    def _fixed_costs(self) -> None:
        """What the laws give every request alike, where none of them has to be drawn (see costs.py)."""
        r = self.resolved
        service, authenticates = r.server.service, r.auth.scheme != AuthScheme.NONE
        fixed, is_fixed = [], []
        for stream in Stream:
            login = stream == Stream.LOGIN
            laws = (
                service.parse,
                service.auth if authenticates and not login else NO_LAW,
                service.operation[stream],
                service.per_event,
                service.per_byte,
                r.auth.sign if login else NO_LAW,
            )
            is_fixed.append(all(law.kind in FIXED for law in laws))
            fixed += [law.low for law in laws]
        self.set("is_fixed", is_fixed)
        self.set("fixed_costs", fixed)

    def streams(self) -> list[Stream]:
        """The streams that agents of this scenario have, in order."""
        r = self.resolved
        there = {
            Stream.LOGIN: r.auth.scheme == AuthScheme.SERVER_TOKEN,
            Stream.STATELESS: any(kind.stateless.kind != ProcessKind.NONE for kind in r.classes),
            Stream.STATEFUL: any(kind.stateful.kind != ProcessKind.NONE for kind in r.classes),
            Stream.COMMANDS: r.commands.channel in (Channel.POLL, Channel.LONG_POLL),
            Stream.HEARTBEAT: bool(r.heartbeat.period_ns),
        }
        return [stream for stream, is_there in there.items() if is_there]

    def _fleet(self, traced: frozenset[int]) -> None:
        r = self.resolved
        streams = self.streams()
        places = [streams.index(stream) if stream in streams else -1 for stream in Stream]
        self.set("flow_count", len(streams))
        self.set("flow_place", places)
        self.set("flow_stream", [int(stream) for stream in streams])
        offsets = list(accumulate(map(self._flow_bytes, streams), initial=self._agent_bytes()))
        self.agent_bytes = offsets.pop()
        self.set("flow_offset", offsets)
        self.set("agent_bytes", self.agent_bytes)
        self.agents = self.room(max(1, r.agents) * self.agent_bytes)
        self.set("agents", self.agents.ctypes.data)
        if r.commands.source.kind != ProcessKind.NONE:
            self.set("command_cursors", self.room(16 * r.agents).ctypes.data)
        if r.commands.channel == Channel.LONG_POLL:
            self.array("begun", 2 * r.agents)
        self._lanes()
        self._kinds()
        self.traced = [agent for agent in sorted(traced) if 0 <= agent < r.agents]
        self.set("traced", bool(self.traced))

    def _agent_bytes(self) -> int:
        """How much of an agent's structure this scenario uses."""
        r = self.resolved
        whole = (
            r.commands.channel != Channel.NONE
            or r.commands.source.kind != ProcessKind.NONE
            or r.heartbeat.period_ns
            or r.connection.tls != Tls.NONE
            or any(network.bandwidth_bytes_per_s for network in r.networks)
        )
        return parts.WHOLE_AGENT_BYTES if whole else parts.AGENT_BYTES

    def _flow_bytes(self, stream: Stream) -> int:
        """How much of a stream's structure this scenario uses."""
        if stream not in (Stream.STATELESS, Stream.STATEFUL):
            return parts.FLOW_BYTES
        sources = [
            kind.stateless if stream == Stream.STATELESS else kind.stateful for kind in self.resolved.classes
        ]
        closed = all(source.kind in (ProcessKind.NONE, ProcessKind.CLOSED) for source in sources)
        return parts.CLOSED_BYTES if closed else parts.OPEN_BYTES

    def mark_traced(self) -> None:
        """Note in the agents, once they are made, which of them are traced."""
        for agent in self.traced:
            self.put(self.agents, parts.Agent, "traced", 1, agent * self.agent_bytes)

    def _kinds(self) -> None:
        r = self.resolved
        memory = self.room(len(r.classes) * parts.KIND_BYTES)
        networks = [self._alone(network, "Network") for network in r.networks]
        for index, kind in enumerate(r.classes):
            network = r.networks[kind.network]
            fixed = network.delay.kind in FIXED and not network.loss
            for name, value in (
                ("network", networks[kind.network]),
                ("delay_ns", network.delay.low if fixed else -1),
                ("lanes", self.get("lanes") + 2 * index * parts.LANE_BYTES),
                ("first", kind.first),
                ("agents", kind.agents),
                ("invalid", kind.invalid_credentials),
            ):
                self.put(memory, parts.AgentKind, name, value, index * parts.KIND_BYTES)
        self.set("kinds", memory.ctypes.data)
        self.set("kind_count", len(r.classes))

    def _lanes(self) -> None:
        r = self.resolved
        memory = self.room(2 * len(r.classes) * parts.LANE_BYTES)
        batchings = [self._alone(batching, "Batching") for batching in r.batching]
        self.latencies: list[tuple[Memory, list[Memory]]] = []
        for index, (kind, stream) in enumerate((kind, s) for kind in r.classes for s in range(2)):
            source = (kind.stateless, kind.stateful)[stream]
            batching = r.batching[stream]
            latency = self._latency(ProcessKind(source.kind))
            past = past_of(source, batching, r.empirical)
            at = index * parts.LANE_BYTES
            for name, value in (
                ("source", self._alone(source, "Source")),
                ("past", self._alone(past.source, "Source")),
                ("gap_ns", past.gap_ns),
                ("full", past.full),
                ("batching", batchings[stream]),
                ("far_from_full", _far_from_full(source, batching)),
                ("most_factor", max(source.factors)),
                ("capacity", batching.buffer_events if stream == 0 else 0),
                ("latency", latency.ctypes.data),
            ):
                self.put(memory, parts.Lane, name, value, at)
        self.set("lanes", memory.ctypes.data)

    def _alone(self, value: Any, layout: str) -> int:
        """The address of a mirrored NamedTuple."""
        memory = self.room(_layouts[layout].size)
        self.fill(memory, _layouts[layout], value)
        return int(memory.ctypes.data)

    def _servers(self) -> None:
        server = self.resolved.server
        memory = self.room(server.nodes * parts.NODE_BYTES)
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
        self.set("calendar.chunks.size", CHUNK_BYTES)
        for pool, layout in (
            ("attempts", parts.Attempt), ("exchanges", parts.Exchange),
            ("connections", parts.Connection),
            ("jobs", parts.Job), ("ranges", parts.Range), ("pending", parts.Command),
            ("batches", parts.StoreBatch),
        ):  # fmt: skip
            self.set(f"{pool}.size", layout.size)
        self._reserve_pools()

    def _reserve_pools(self) -> None:
        """What a steady fleet takes: kept connections, held polls, the events of all its streams."""
        r = self.resolved
        streams = len(self.streams())
        held = r.agents if r.commands.channel == Channel.LONG_POLL else 0
        kept = r.agents * streams if r.connection.strategy == Strategy.KEEP_ALIVE else held
        self.reserve("connections", kept)
        self.reserve("attempts", held)
        self.reserve("exchanges", held)
        self.reserve("calendar.chunks", r.agents * streams // 4)

    def _deadlines(self) -> None:
        for path, what, kind, leg, count in (
            ("deadlines", AGENT, Kind.AGENT_DEADLINE, 0, len(Stream)),
            ("routes", ROUTE, Kind.SERVER_TIMEOUT, 0, len(Stream)),
            ("holds", HOLD, Kind.SERVER_TIMEOUT, 1, 1),
        ):
            memory = self.room(count * parts.DEADLINES_BYTES)
            for index in range(count):
                at = index * parts.DEADLINES_BYTES
                for name, value in (("what", what), ("kind", kind), ("leg", leg), ("stream", index)):
                    self.put(memory, parts.Deadlines, name, int(value), at)
            self.set(path, memory.ctypes.data)

    def _faults(self) -> None:
        r = self.resolved
        memory = self.room(max(1, len(r.faults)) * parts.FAULT_BYTES)
        for index, fault in enumerate(r.faults):
            hit: tuple[int, ...] = ()
            if fault.kind == FaultKind.INVALID_CREDENTIALS:
                hit = struck(r.seed, r.agents, fault.share, index)
            at = index * parts.FAULT_BYTES
            for name in ("at_ns", "lasts_ns", "factor", "kind", "node"):
                self.put(memory, parts.FaultPlan, name, getattr(fault, name), at)
            self.put(memory, parts.FaultPlan, "struck", hit, at)
        self.set("faults", memory.ctypes.data)
        self.set("fault_count", len(r.faults))

    def _latency(self, kind: ProcessKind) -> Memory:
        """The latencies of one stream, by window."""
        entries = self.room(self.entries * parts.LATENCY_BYTES)
        histograms = [self.histogram(kind) for _ in range(self.entries)]
        for index, histogram in enumerate(histograms):
            at = index * parts.LATENCY_BYTES
            self.put(entries, parts.EventLatency, "histogram", histogram.ctypes.data, at)
        self.latencies.append((entries, histograms))
        return entries

    def histogram(self, kind: ProcessKind) -> Memory:
        """Allot an empty histogram for a stream of events; one that has none gets no bins."""
        made = self.room(layouts.HISTOGRAM_BYTES)
        if kind != ProcessKind.NONE:
            self._weigh(made, 0)
        if kind == ProcessKind.POISSON:
            self.put(made, layouts.Histogram, "steps", self.zeros(BINS), 0)
        return made

    def _weigh(self, memory: Memory, at: int) -> None:
        self.put(memory, layouts.Histogram, "weights", self.zeros(BINS), at)

    def histograms(self, path: str, count: int) -> Memory:
        """Empty histograms one after the other; their address as a field of the world."""
        made = self.room(count * layouts.HISTOGRAM_BYTES)
        for index in range(count):
            self._weigh(made, index * layouts.HISTOGRAM_BYTES)
        self.set(path, made.ctypes.data)
        return made

    def _counts(self) -> None:
        r = self.resolved
        bins = self.get("bins")
        for name in (
            "issued",
            "carried_in",
            "ok",
            "rejected",
            "timed_out",
            "lost",
            "open",
            "window_requests",
        ):
            self.array(name, len(Stream))
        self.array("causes", len(Cause))
        self.array("silent", len(Cause))
        self.array("window_handshakes", 2)
        self.array("events", len(EVENT_STREAMS) * EVENT_COUNTS)
        self.array("busy_ns", r.server.nodes * ACTIVITIES)
        self.array("wasted_ns", r.server.nodes)
        for name in (
            "requests", "logins", "handshakes", "delivered", "dropped", "rejected", "timed_out", "lost",
            "retries", "queue_length", "connections",
        ):  # fmt: skip
            self.array(f"s_{name}", bins)
        self.array("s_busy_ns", r.server.nodes * bins)
        self.array("s_produced", bins // r.sample_bins + 2)
        self.request_latency = self.histograms("request_latency", len(Stream))
        self.server_wait = self.histograms("server_wait", len(OPERATIONS))
        self.command_latency = self.histograms("command_latency", self.entries)
        self.array("window_commands_due", self.entries)
        self.array("window_command_censor_ns", self.entries)
        self.offline_detection = self.histograms("offline_detection", 1)
        self.node_detection = self.histograms("node_detection", int(bool(r.balancer.health_check_ns)))
        self.logged_in = self.histograms("logged_in", 1)
        self.set("ring", 0)

    def _wave(self) -> None:
        r = self.resolved
        rows = min(WAVE_ROWS, r.agents)
        bins = min(WAVE_BINS, max(1, r.duration_ns // 1_000_000))
        self.set("wave_rows", rows)
        self.set("wave_bins", bins)
        self.set("wave_room", bins)
        self.set("wave_agents", spread(r.agents, WAVE_ROWS))
        for name in ("wave_state", "wave_filled", "wave_expiry"):
            self.array(name, rows)
        self.lines = self.room(rows * bins)
        self.set("wave_lines", self.lines.ctypes.data)


def _pages(size: int) -> Memory:
    """Zeroed memory in large pages, where the system has them."""
    pages = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        pages.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(pages, np.int8)


def _flat(table: Table) -> list[int]:
    return [after * ACTIONS + action for row in table for after, action in row]


def _far_from_full(source: Source, batching: Batching) -> int:
    """With fewer events than this in the outbox, the age comes before the batch's bytes (0: not known)."""
    if not (batching.bytes and batching.age_ns and source.kind == ProcessKind.POISSON):
        return 0
    if source.size.kind not in FIXED:
        return 0
    if not source.size.low:
        return 1 << 62
    # since it was last looked at, and from now until its age has come: a rest and an age each
    window_ns = 2 * (batching.age_ns + batching.pause_after_ns)
    pages = (window_ns * max(source.factors) >> 20 >> source.page_bits) + 2
    return max(0, batching.bytes // source.size.low - pages * len(source.page_counts))
