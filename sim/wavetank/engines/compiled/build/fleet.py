"""The fleet in memory: classes, streams, agents, and only what the scenario uses of them.

Agents lie one behind the other, each with its streams, and shorter where a scenario has no TLS or no pause.
All records of a run have one size, so an agent is found by its number.
"""

from itertools import accumulate

from wavetank.engines.compiled.build.arena import Memory
from wavetank.engines.compiled.build.plan import PlanMemory
from wavetank.engines.compiled.model import parts
from wavetank.policy.arrivals import Source
from wavetank.policy.choices import names_all
from wavetank.policy.codes import (
    AuthScheme,
    Channel,
    ProcessKind,
    Stream,
    Tls,
)
from wavetank.policy.laws import FIXED_LAWS
from wavetank.protocol.stationary_start import past_of
from wavetank.scenario.resolved import Batching

names_all(__name__, Channel, "NONE POLL LONG_POLL PIGGYBACK")
names_all(__name__, ProcessKind, "NONE POISSON CONSTANT CLOSED")
names_all(__name__, Stream, "REGISTER LOGIN STATELESS STATEFUL COMMANDS HEARTBEAT")


class FleetMemory(PlanMemory):
    """The agents of a run, their classes and streams."""

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
        """Return how many bytes of a stream's structure this scenario uses."""
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
        memory = self.room(len(r.classes) * parts.AGENT_CLASS_BYTES)
        networks = [self._alone(network, "Network") for network in r.networks]
        for index, kind in enumerate(r.classes):
            network = r.networks[kind.network]
            fixed = network.delay.kind in FIXED_LAWS and not network.loss
            for name, value in (
                ("network", networks[kind.network]),
                ("delay_ns", network.delay.low if fixed else -1),
                ("stream_plans", self.get("stream_plans") + 2 * index * parts.STREAM_PLAN_BYTES),
                ("first", kind.first),
                ("agents", kind.agents),
                ("invalid", kind.invalid_credentials),
            ):
                self.put(memory, parts.AgentClass, name, value, index * parts.AGENT_CLASS_BYTES)
        self.set("kinds", memory.ctypes.data)
        self.set("kind_count", len(r.classes))

    def _lanes(self) -> None:
        r = self.resolved
        memory = self.room(2 * len(r.classes) * parts.STREAM_PLAN_BYTES)
        batchings = [self._alone(batching, "Batching") for batching in r.batching]
        self.latencies: list[tuple[Memory, list[Memory]]] = []
        for index, (kind, stream) in enumerate((kind, s) for kind in r.classes for s in range(2)):
            source = (kind.stateless, kind.stateful)[stream]
            batching = r.batching[stream]
            latency = self._latency(ProcessKind(source.kind))
            past = past_of(source, batching, r.empirical)
            at = index * parts.STREAM_PLAN_BYTES
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
                self.put(memory, parts.StreamPlan, name, value, at)
        self.set("stream_plans", memory.ctypes.data)

    def _latency(self, kind: ProcessKind) -> Memory:
        """The latencies of one stream, by window."""
        entries = self.room(self.entries * parts.LATENCY_BYTES)
        histograms = [self.histogram(kind) for _ in range(self.entries)]
        for index, histogram in enumerate(histograms):
            at = index * parts.LATENCY_BYTES
            self.put(entries, parts.EventLatency, "histogram", histogram.ctypes.data, at)
        self.latencies.append((entries, histograms))
        return entries


def _far_from_full(source: Source, batching: Batching) -> int:
    """With fewer events than this in the outbox, the age comes before the batch's bytes (0: not known)."""
    if not (batching.bytes and batching.age_ns and source.kind == ProcessKind.POISSON):
        return 0
    if source.size.kind not in FIXED_LAWS:
        return 0
    if not source.size.low:
        return 1 << 62
    # since it was last looked at, and from now until its age has come: a pause and an age each
    window_ns = 2 * (batching.age_ns + batching.pause_after_ns)
    pages = (window_ns * max(source.factors) >> 20 >> source.page_bits) + 2
    return max(0, batching.bytes // source.size.low - pages * len(source.page_counts))
