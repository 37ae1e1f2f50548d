"""How the fleet begins: steady, as if it had run for ever; cold, all at once; or ramped up.

A steady fleet is as found at an instant at random: ages of tokens, phases of streams, thinks and holds are
what is left of them. Nothing that happened before t = 0 is counted. Rules: docs/model.md#start,
#steady-cycle, #residuals, #steady-holds and #cold-start-fault.
"""

from functools import partial
from typing import Protocol

from simpy.events import Event

from wavetank.engines.reference.arrivals import Arrivals
from wavetank.engines.reference.balancer import Balancer
from wavetank.engines.reference.channels import Channels
from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.idle import Idle
from wavetank.engines.reference.latency import Latency
from wavetank.engines.reference.measure import Measure
from wavetank.engines.reference.network import fixed_delay_ns
from wavetank.engines.reference.node import Node
from wavetank.engines.reference.parts import Agent, AgentStream, Attempt, Connection
from wavetank.engines.reference.requests import Requests
from wavetank.engines.reference.signals import Signals
from wavetank.engines.reference.streams import Streams
from wavetank.engines.reference.tokens import Tokens
from wavetank.policy.arrivals import NO_SOURCE, Source, phase_ns_of
from wavetank.policy.choices import names_all
from wavetank.policy.codes import (
    EVENT_STREAMS,
    AgeFrom,
    Channel,
    Overflow,
    ProcessKind,
    Purpose,
    Renewal,
    StartKind,
    Strategy,
    Stream,
)
from wavetank.policy.keyed import key_of
from wavetank.policy.laws import FIXED_LAWS, residual
from wavetank.policy.steady import carried_ns
from wavetank.protocol import stationary_start
from wavetank.protocol.order import Kind
from wavetank.protocol.outbox import Outbox
from wavetank.protocol.server import UNHEARD
from wavetank.protocol.session import Session
from wavetank.protocol.tables import TokenState
from wavetank.results.judge.sample import NO_TOKEN
from wavetank.scenario.resolved import Batching, FleetClass, Resolved

names_all(__name__, StartKind, "STEADY COLD RAMP")
names_all(__name__, Overflow, "DROP_NEWEST DROP_OLDEST")
names_all(__name__, Strategy, "PER_REQUEST KEEP_ALIVE")
names_all(__name__, Renewal, "ON_EXPIRY ON_REJECTION BEFORE_EXPIRY")
names_all(__name__, Channel, "NONE POLL LONG_POLL PIGGYBACK")
names_all(__name__, Stream, "REGISTER LOGIN STATELESS STATEFUL COMMANDS HEARTBEAT")

FEW = 16
"""Reading this many events one by one costs about as much as finding two in the tree."""

_NO_ARRIVALS = Arrivals(NO_SOURCE, 0, False)
_NO_OUTBOX = Outbox(0, False)
_NO_BATCHING = Batching(0, 0, 0, AgeFrom.FIRST_EVENT, 0, 0, 0, Overflow.DROP_OLDEST)


class Context(Protocol):
    """The parts of the run that a fleet begins with."""

    resolved: Resolved
    horizon_ns: int
    clock: Clock
    measure: Measure
    balancer: Balancer
    tokens: Tokens
    requests: Requests
    streams: Streams
    latency: Latency
    channels: Channels
    idle: Idle
    signals: Signals | None

    def changed(self, agent: Agent) -> None:
        """Something happened to an agent that its state, or a need of it, may come from."""
        ...

    def went_offline(self, agent: Agent, change: int) -> None:
        """An agent goes offline (+1) or begins anew (-1)."""
        ...

    def resume_hold(self, attempt: Attempt, node: Node) -> None:
        """A poll that began before the run goes on being held, as long as it still may."""
        ...


class Start:
    """Makes the agents and gets them going."""

    def __init__(self, w: Context) -> None:
        self._w = w
        self._trusts = w.resolved.auth.renewal != Renewal.ON_REJECTION
        batching, empirical = w.resolved.batching, w.resolved.empirical
        self._pasts = [
            [
                stationary_start.past_of(source, of_stream, empirical)
                for source, of_stream in zip((kind.stateless, kind.stateful), batching, strict=True)
            ]
            for kind in w.resolved.classes
        ]

    # ---- making -----------------------------------------------------------------------------

    def make(self, kind: FleetClass, class_index: int, index: int) -> Agent:
        """One agent with its streams."""
        w = self._w
        network = w.resolved.networks[kind.network]
        agent = Agent(index, kind, class_index, network, fixed_delay_ns(network), Session(self._trusts))
        if w.tokens.needed:
            self._quiet_flow(agent, Stream.LOGIN)
        for stream, source in zip(EVENT_STREAMS, (kind.stateless, kind.stateful), strict=True):
            if source.kind != ProcessKind.NONE:
                self._event_flow(agent, stream, source, w.resolved.batching[stream - Stream.STATELESS])
        if w.resolved.commands.channel in (Channel.POLL, Channel.LONG_POLL):
            self._quiet_flow(agent, Stream.COMMANDS)
        if w.resolved.heartbeat.period_ns:
            self._quiet_flow(agent, Stream.HEARTBEAT)
        return agent

    def _quiet_flow(self, agent: Agent, stream: Stream) -> None:
        """A stream without events: its arrivals and its outbox are empty for ever."""
        agent.flows[stream] = AgentStream(agent, stream, _NO_BATCHING, _NO_ARRIVALS, _NO_OUTBOX)

    def _event_flow(self, agent: Agent, stream: Stream, source: Source, batching: Batching) -> None:
        key = key_of(self._w.resolved.seed, agent.index, stream, Purpose.PAGE_COUNT)
        capacity = batching.buffer_events if stream == Stream.STATELESS else 0
        outbox = Outbox(capacity, batching.overflow == Overflow.DROP_OLDEST)
        arrivals = Arrivals(source, key, _few_per_batch(source, batching), self._w.horizon_ns)
        flow = AgentStream(agent, stream, batching, arrivals, outbox)
        flow.far_from_full = _far_from_full(source, batching)
        agent.flows[stream] = flow

    # ---- beginning --------------------------------------------------------------------------

    def fleet(self, agents: list[Agent]) -> None:
        """Begin as the scenario says."""
        w, start = self._w, self._w.resolved.start
        for agent in agents:
            w.channels.create_commands(agent)
            if start == StartKind.STEADY:
                self._steady(agent)
            elif start == StartKind.RAMP:
                agent.started = False
                at_ns = stationary_start.ramp_ns(w.resolved, agent.index)
                order = (Kind.AVAILABILITY, agent.index, 0, 0, 0, 0)
                w.clock.call(at_ns, order, partial(self._ramped, agent))
            else:
                self._cold(agent)
            for stream in EVENT_STREAMS:
                flow = agent.flows[stream]
                if flow is not None:
                    w.latency.window(flow)
        if start == StartKind.STEADY and w.resolved.commands.channel == Channel.LONG_POLL:
            self._held(agents)

    def last_beat_ns(self, agent: Agent) -> int:
        """When the server heard an agent's last heartbeat before the run (UNHEARD: it never did)."""
        if self._w.resolved.start != StartKind.STEADY:
            return UNHEARD
        return self._first_beat_ns(agent) - self._w.resolved.heartbeat.period_ns

    def _first_beat_ns(self, agent: Agent) -> int:
        return int(self._uniform(agent, Stream.HEARTBEAT) * self._w.resolved.heartbeat.period_ns)

    def _uniform(self, agent: Agent, stream: int, turn: int = 0) -> float:
        return stationary_start.uniform(self._w.resolved.seed, agent.index, stream, turn)

    def _ramped(self, agent: Agent, _: Event) -> None:
        agent.started = True
        for stream in EVENT_STREAMS:
            flow = agent.flows[stream]
            if flow is not None:
                flow.origin = self._w.streams.created(flow, self._w.clock.ns - 1)
                flow.outbox.seen = flow.origin
                self._w.latency.begin_at(flow)
        if self._w.signals is not None:
            self._w.signals.begins(agent)
        self._cold(agent)
        self._w.changed(agent)

    def _cold(self, agent: Agent) -> None:
        """No token: login first; ages count from now; polls and heartbeats are due at once."""
        w, now = self._w, self._w.clock.ns
        if w.tokens.needed:
            agent.began_ns = now
            w.measure.tally.cold_begins += 1
            w.tokens.ask(agent)
        for flow in agent.flows:
            if flow is None or flow.stream == Stream.LOGIN:
                continue
            if flow.stream == Stream.HEARTBEAT:
                w.channels.beat(flow, now)
            elif flow.stream == Stream.COMMANDS:
                w.channels.poll(flow, now)
            else:
                flow.since_ns = now
                if flow.source.kind == ProcessKind.CLOSED and flow.created == 0 and not flow.thinking:
                    w.streams.think(flow)
                w.streams.arm(flow)

    def again(self, agent: Agent) -> None:
        """The agent restarts cold; its outbox persists, and frozen batches are sent again."""
        w = self._w
        agent.incarnation += 1
        agent.ticket_node = -1
        agent.session.state = int(TokenState.NONE)
        agent.session.issued_ns = NO_TOKEN
        if agent.offline:
            agent.offline = False
            w.went_offline(agent, -1)
        for flow in agent.flows:
            if flow is not None:
                w.requests.forget(flow)
        self._cold(agent)
        for stream in EVENT_STREAMS:
            flow = agent.flows[stream]
            if flow is not None:
                for exchange in flow.live:
                    w.requests.go(flow, exchange)
        w.changed(agent)

    # ---- steady -----------------------------------------------------------------------------

    def _steady(self, agent: Agent) -> None:
        """Phases are uniform, as in a fleet that has run for long."""
        w = self._w
        if w.tokens.needed:
            w.tokens.start_with(agent, -stationary_start.token_age_ns(w.resolved, agent.index))
        if w.resolved.connection.resume:
            node = w.balancer.choose_for(agent.index, Stream.REGISTER, 0, 0)
            agent.ticket_node, agent.ticket_incarnation = node.index, node.incarnation
        for flow in agent.flows:
            if flow is None or flow.stream == Stream.LOGIN:
                continue
            if flow.stream == Stream.HEARTBEAT:
                w.channels.beat(flow, self._first_beat_ns(agent))
            elif flow.stream == Stream.COMMANDS:
                if w.resolved.commands.channel == Channel.POLL:
                    w.channels.poll(flow, stationary_start.first_poll_ns(w.resolved, agent.index))
                else:
                    continue
            else:
                self._gathering(flow)
                w.streams.arm(flow)
            if w.resolved.connection.strategy == Strategy.KEEP_ALIVE:
                self._kept(agent, flow)

    def _gathering(self, flow: AgentStream) -> None:
        """A stream of events in the midst of its cycle: what it gathers, its age, its pause."""
        if flow.source.kind == ProcessKind.CLOSED:
            self._w.streams.think(flow, residual)
            return
        past = self._past(flow)
        if not past.gap_ns:
            return
        waiting, flow.since_ns, flow.pause_end_ns, _ = self._standing(flow, past)
        if waiting:
            flow.origin = -waiting
            flow.outbox.restore([(-waiting, 0)], 0)
            self._w.measure.events_carried_in(flow.stream, waiting)

    def _past(self, flow: AgentStream) -> stationary_start.Past:
        return self._pasts[flow.agent.class_index][flow.stream - Stream.STATELESS]

    def _standing(self, flow: AgentStream, past: stationary_start.Past) -> stationary_start.Standing:
        phase_ns = phase_ns_of(flow.source, flow.arrivals.key)
        resolved, agent = self._w.resolved, flow.agent.index
        return stationary_start.standing(resolved, past, agent, flow.stream, phase_ns, flow.outbox.capacity)

    def carried_ns(self, flow: AgentStream, index: int) -> int:
        """When an event that was carried in was created, below 0."""
        past = self._past(flow)
        if index == flow.origin:
            first_ns = self._standing(flow, past).first_ns
            if first_ns >= 0:
                return -max(1, first_ns)
        phase_ns = phase_ns_of(flow.source, flow.arrivals.key)
        key = stationary_start.past_key(self._w.resolved.seed, flow.agent.index, flow.stream)
        return carried_ns(past.source, key, phase_ns, -index)

    def _kept(self, agent: Agent, flow: AgentStream) -> None:
        """A connection that was kept from before, idle for a time uniform over the time-out."""
        w = self._w
        connected = self._connected(agent, flow)
        if connected is not None:
            w.idle.go_idle(
                flow, connected[0], -stationary_start.idle_for_ns(w.resolved, agent.index, flow.stream)
            )

    def _connected(self, agent: Agent, flow: AgentStream) -> tuple[Connection, Node] | None:
        """An open connection and its node, unless that is full."""
        connection = Connection(agent, flow.stream, (0, 0))
        node = self._w.balancer.choose_for(agent.index, flow.stream, 0, 0)
        cap = node.limits.connections.value
        if cap and node.open >= cap:
            return None
        connection.node = node
        node.restore(connection)
        return connection, node

    def _held(self, agents: list[Agent]) -> None:
        """Long polls that are held already, begun at a time uniform over the hold."""
        w = self._w
        begun: list[tuple[int, int, Attempt, Node]] = []
        for agent in agents:
            flow = agent.flow(Stream.COMMANDS)
            age_ns = stationary_start.held_ns(w.resolved, agent.index)
            connected = self._connected(agent, flow)
            if connected is None:
                w.channels.poll(flow, 0)
                continue
            connection, node = connected
            attempt = w.requests.hold_from_before(flow, connection, -age_ns)
            begun.append((-age_ns, agent.index, attempt, node))
        for _, _, attempt, node in sorted(begun, key=lambda entry: entry[:2]):
            w.resume_hold(attempt, node)


def _few_per_batch(source: Source, batching: Batching) -> bool:
    """Whether a batch gathers so few events that reading them all is cheaper than finding two."""
    return source.rate_per_s * batching.age_ns < FEW * 1e9


def _far_from_full(source: Source, batching: Batching) -> int:
    """With fewer events than this in the outbox, the age comes before the batch's bytes (0: not known)."""
    if not (batching.bytes and batching.age_ns and source.kind == ProcessKind.POISSON):
        return 0
    if source.size.kind not in FIXED_LAWS:
        return 0
    if not source.size.low:
        return 1 << 62
    # the events of two spans count, before and after now: each is at most a pause and an age long
    window_ns = 2 * (batching.age_ns + batching.pause_after_ns)
    pages = (window_ns * max(source.factors) >> 20 >> source.page_bits) + 2
    return max(0, batching.bytes // source.size.low - pages * len(source.page_counts))
