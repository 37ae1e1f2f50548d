"""How the fleet begins: steady, as if it had run for ever; cold, all at once; or ramped up.

A steady fleet is as found at an instant at random: ages of tokens, phases of streams, thinks and holds are
what is left of them. Nothing that happened before t = 0 is counted. Rules: docs/model.md#start,
#steady-cycle, #residuals, #steady-holds and #cold-start-fault. Its twin is engines/reference/startup.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import HELD, at_once, push
from wavetank.engines.compiled.containers.order import order_high
from wavetank.engines.compiled.containers.pools import unused
from wavetank.engines.compiled.model.arrivals import created_until, found_gathering
from wavetank.engines.compiled.model.balancer import choose_node
from wavetank.engines.compiled.model.channels import beat, create_commands, poll
from wavetank.engines.compiled.model.cores import take_worker
from wavetank.engines.compiled.model.idle import go_idle, served_at
from wavetank.engines.compiled.model.latency import latency_begins, latency_window
from wavetank.engines.compiled.model.lifetimes import new_attempt, new_connection
from wavetank.engines.compiled.model.measure import CARRIED_IN, count_events, went_offline
from wavetank.engines.compiled.model.needs import changed, sent
from wavetank.engines.compiled.model.node import admit_connection, enter, give_slot
from wavetank.engines.compiled.model.outbox import append
from wavetank.engines.compiled.model.parts import (
    AGENT_CLASS_BYTES,
    STREAM_PLAN_BYTES,
    Agent,
    AgentStream,
    Attempt,
    Connection,
    agent_class_at,
    attempt_at,
    connection_at,
    stream_plan_at,
)
from wavetank.engines.compiled.model.requests import forget
from wavetank.engines.compiled.model.sending import begin_request, join_attempts, step
from wavetank.engines.compiled.model.signals import note_offline
from wavetank.engines.compiled.model.silence import heard
from wavetank.engines.compiled.model.streams import arm, think
from wavetank.engines.compiled.model.timers import of_agent, watch
from wavetank.engines.compiled.model.tokens import ask, flow_of, go, start_with
from wavetank.engines.compiled.model.world import NO_BRANCH, World, agent_number, flow_at_place
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import address_of
from wavetank.policy.arrivals import phase_ns_of
from wavetank.policy.choices import names_all
from wavetank.policy.codes import (
    Channel,
    ProcessKind,
    Purpose,
    Renewal,
    StartKind,
    Strategy,
    Stream,
    Tls,
)
from wavetank.policy.keyed import draw, key_of
from wavetank.policy.keyed import unit as uniform_of
from wavetank.policy.laws import residual
from wavetank.policy.steady import carried
from wavetank.protocol.order import Kind
from wavetank.protocol.server import UNHEARD
from wavetank.protocol.tables import ExchangeEvent, TokenState

names_all(__name__, StartKind, "STEADY COLD RAMP")
names_all(__name__, Strategy, "PER_REQUEST KEEP_ALIVE")
names_all(__name__, Renewal, "ON_EXPIRY ON_REJECTION BEFORE_EXPIRY")
names_all(__name__, ProcessKind, "NONE POISSON CONSTANT CLOSED")
names_all(__name__, Stream, "REGISTER LOGIN STATELESS STATEFUL COMMANDS HEARTBEAT")

# ---- making ----------------------------------------------------------------------------------------


@entry("core")
def make_fleet(w: World) -> None:
    """All agents with their streams; all fields that are not set are zero."""
    for number in range(w.kind_count):
        kind = agent_class_at(w.kinds + AGENT_CLASS_BYTES * number)
        for index in range(kind.first, kind.first + kind.agents):
            agent = agent_number(w, index)
            agent.index = index
            agent.kind = kind
            agent.invalid = kind.invalid
            agent.trust_expiry = w.auth.renewal != Renewal.ON_REJECTION
            agent.began_ns = -1
            agent.started = 1
            agent.wave_row = -1
            if w.connection.tls != Tls.NONE:
                agent.ticket_node = -1
            for place in range(w.flow_count):
                make_flow(w, agent, flow_at_place(w, agent, place), w.flow_stream[place])


@kernel
def make_flow(w: World, agent: Agent, flow: AgentStream, stream: int) -> None:
    """A stream of an agent; one of events only where its class has it."""
    flow.agent = agent
    flow.stream = stream
    flow.there = 1
    if stream == Stream.STATELESS or stream == Stream.STATEFUL:
        plan = stream_plan_at(agent.kind.stream_plans + STREAM_PLAN_BYTES * (stream - Stream.STATELESS))
        flow.there = plan.source.kind != ProcessKind.NONE
        if flow.there:
            flow.plan = plan
            flow.armed_ns = -1
            flow.looked_ns = -1
            flow.created_ns = -1
            if plan.source.kind != ProcessKind.CLOSED:
                w.open_flows += 1
                flow.key = key_of(w.seed, agent.index, stream, Purpose.PAGE_COUNT)
                flow.found_index = -1


# ---- beginning -------------------------------------------------------------------------------------


@entry("core")
def begin_agents(w: World, first: int, end: int) -> None:
    """The agents `first` to `end - 1` begin as the scenario says."""
    for index in range(first, end):
        agent = agent_number(w, index)
        create_commands(w, agent)
        if w.start == StartKind.STEADY:
            begin_steady(w, agent)
        elif w.start == StartKind.RAMP:
            agent.started = 0
            at_ns = int(uniform(w, agent, Stream.REGISTER, 0) * w.ramp_ns)
            push(w, at_ns, order_high(Kind.AVAILABILITY, index, 0, 0), 0, address_of(agent))
        elif w.start == StartKind.COLD:
            begin_cold(w, agent)
        else:
            w.error = NO_BRANCH
        for place in range(w.flow_count):
            flow = flow_at_place(w, agent, place)
            if flow.plan and flow.plan.source.kind != ProcessKind.CLOSED:
                latency_window(w, flow)


@kernel
def first_beat_ns(w: World, agent: Agent) -> int:
    """When a steady agent's first heartbeat is due."""
    return int(uniform(w, agent, Stream.HEARTBEAT, 0) * w.heartbeat.period_ns)


@kernel
def uniform(w: World, agent: Agent, stream: int, turn: int) -> float:
    """A phase in [0, 1) of an agent's stream."""
    return uniform_of(draw(key_of(w.seed, agent.index, stream, Purpose.START), turn, 0))


@entry("heartbeat")
def remember_beats(w: World) -> None:
    """When the server heard each agent's last heartbeat before the run (UNHEARD: it never did)."""
    for index in range(w.agent_count):
        agent = agent_number(w, index)
        agent.last_heard_ns = UNHEARD
        if w.start == StartKind.STEADY:
            agent.last_heard_ns = first_beat_ns(w, agent) - w.heartbeat.period_ns


@entry("cold")
def on_available(w: World, agent: Agent) -> None:
    """An agent of a ramp begins."""
    agent.started = 1
    for place in range(w.flow_count):
        flow = flow_at_place(w, agent, place)
        if flow.plan and flow.plan.source.kind != ProcessKind.CLOSED:
            flow.origin = created_until(w, flow, w.now - 1)
            flow.seen = flow.origin
            if not w.closed:
                latency_begins(w, flow)
    if w.signals and w.heartbeat.period_ns:
        heard(w, agent)
    begin_cold(w, agent)
    changed(w, agent)


@entry("cold")
def begin_cold(w: World, agent: Agent) -> None:
    """No token: login first; ages count from now; polls and heartbeats are due at once."""
    if w.needs_token:
        agent.began_ns = w.now
        w.cold_begins += 1
        ask(w, agent)
    for place in range(w.flow_count):
        flow = flow_at_place(w, agent, place)
        if flow.stream == Stream.HEARTBEAT:
            beat(w, flow, w.now)
        elif flow.stream == Stream.COMMANDS:
            poll(w, flow, w.now)
        elif flow.plan:
            flow.since_ns = w.now
            if flow.plan.source.kind == ProcessKind.CLOSED and flow.created == 0 and not flow.thinking:
                think(w, flow)
            arm(w, flow)


@entry("faults")
def begin_again(w: World, agent: Agent) -> None:
    """The agent restarts cold; its outbox persists, and frozen batches are sent again."""
    agent.incarnation += 1
    if w.connection.tls != Tls.NONE:
        agent.ticket_node = -1
    agent.state = int(TokenState.NONE)
    if agent.offline:
        agent.offline = 0
        went_offline(w, -1)
        if w.signals:
            note_offline(w, agent, -1)
    for place in range(w.flow_count):
        forget(w, flow_at_place(w, agent, place))
    begin_cold(w, agent)
    for place in range(w.flow_count):
        flow = flow_at_place(w, agent, place)
        if flow.plan:
            x = flow.live
            while x:
                after = x.next
                go(w, flow, x)
                x = after
    changed(w, agent)


# ---- steady ----------------------------------------------------------------------------------------


@entry("steady")
def begin_steady(w: World, agent: Agent) -> None:
    """Phases are uniform, as in a fleet that has run for long."""
    if w.needs_token:
        early_ns = w.auth.margin_ns if w.auth.renewal == Renewal.BEFORE_EXPIRY else 0
        start_with(w, agent, -int(uniform(w, agent, Stream.LOGIN, 0) * max(1, w.auth.ttl_ns - early_ns)))
    if w.connection.resume:
        node = choose_node(w, agent.index, Stream.REGISTER, 0, 0)
        agent.ticket_node, agent.ticket_incarnation = node.index, node.incarnation
    for place in range(w.flow_count):
        flow = flow_at_place(w, agent, place)
        if not flow.there or flow.stream == Stream.LOGIN:
            continue
        if flow.stream == Stream.HEARTBEAT:
            beat(w, flow, first_beat_ns(w, agent))
        elif flow.stream == Stream.COMMANDS:
            if w.command_plan.channel != Channel.POLL:
                continue
            poll(w, flow, int(uniform(w, agent, flow.stream, 0) * w.command_plan.period_ns))
        else:
            gather_from_before(w, flow)
            arm(w, flow)
        if w.connection.strategy == Strategy.KEEP_ALIVE:
            keep_from_before(w, agent, flow)


@entry("idle")
def keep_from_before(w: World, agent: Agent, flow: AgentStream) -> None:
    """A connection that was kept from before, idle for a time uniform over the time-out."""
    c = connected(w, agent, flow)
    if c:
        bound_ns = least(w.connection.idle_ns, w.server.idle_ns)
        since_ns = -int(uniform(w, agent, flow.stream, 1) * bound_ns)
        go_idle(w, flow, c, since_ns)
        unused(w.connections, c)  # this function has looked at it
        served_at(w, c, since_ns)


@kernel
def connected(w: World, agent: Agent, flow: AgentStream) -> Connection:
    """An open connection (who asks looks at it), or NOTHING where its node is full."""
    c = new_connection(w, flow, 0, 0)
    node = choose_node(w, agent.index, flow.stream, 0, 0)
    cap = w.server.limits.connections.value
    if cap and node.open.value >= cap:
        c = connection_at(0)
    else:
        c.node = node
        c.refs = 1
        admit_connection(node, c)
        give_slot(w, node, c)
    return c


@kernel
def least(first: int, other: int) -> int:
    """The smaller of those that are not 0; 0 when both are."""
    if first == 0 or other == 0:
        return first + other
    return min(first, other)


@entry("channels")
def hold_from_before(w: World) -> int:
    """Long polls that are held already, begun at a time uniform over the hold: fills `begun` with (begin,
    attempt), agent after agent; returns how many.
    """
    bound_ns = least(w.patience_ns[Stream.COMMANDS], w.command_plan.server_hold_ns)
    count = 0
    for index in range(w.agent_count):
        agent = agent_number(w, index)
        flow = flow_of(w, agent, Stream.COMMANDS)
        age_ns = int(uniform(w, agent, Stream.COMMANDS, 0) * bound_ns)
        c = connected(w, agent, flow)
        if not c:
            poll(w, flow, 0)
            continue
        x = begin_request(w, flow)
        step(w, x, int(ExchangeEvent.READY))
        x.serial = agent.serial
        t = new_attempt(w, flow, x)
        t.started_ns = -age_ns
        t.asked = 1
        t.connection = c
        c.attempt = t
        t.refs = 3  # the flow, the connection, the process
        join_attempts(flow, t)
        w.carried_in[flow.stream] += 1
        w.begun[2 * count] = -age_ns
        w.begun[2 * count + 1] = address_of(t)
        count += 1
    return count


@entry("channels")
def resume_hold(w: World, address: int) -> None:
    """A poll that began before the run goes on being held, as long as it still may."""
    t: Attempt = attempt_at(address)
    c = t.connection
    enter(c.node, t)
    if w.server.blocking:
        t.keeps_worker = take_worker(w, c)
    sent(w, t)
    patience_ns = w.patience_ns[Stream.COMMANDS]
    if patience_ns:
        watch(w, of_agent(w, Stream.COMMANDS), t.started_ns + patience_ns, t)
    at_once(w, HELD, address)


@entry("channels")
def resume_holds(w: World, count: int) -> None:
    """All polls of `begun`, in that order."""
    for i in range(count):
        resume_hold(w, w.begun[2 * i + 1])


# ---- streams of a steady fleet ---------------------------------------------------------------------


@entry("steady")
def gather_from_before(w: World, flow: AgentStream) -> None:
    """A stream of events in the midst of its cycle: what it gathers, its age, its pause."""
    plan = flow.plan
    if plan.source.kind == ProcessKind.CLOSED:
        think_residual(w, flow)
        return
    if plan.gap_ns == 0.0:
        return
    most, window_ns, flow.since_ns, flow.pause_end_ns, first_ns = found_gathering(w, flow)
    past_key = key_of(w.seed, flow.agent.index, flow.stream, Purpose.CARRIED)
    phase_ns = phase_ns_of(plan.source, flow.key)
    waiting = carried(plan.past, past_key, phase_ns, most, window_ns, first_ns)
    if plan.capacity:
        waiting = min(waiting, plan.capacity)
    if waiting > 0:
        flow.origin = -waiting
        append(w, flow, -waiting, 0)
        flow.outbox_held = waiting
        count_events(w, flow.stream, CARRIED_IN, waiting)
        w.s_carried_in += waiting


@kernel
def think_residual(w: World, flow: AgentStream) -> None:
    """A closed stream thinks already: what is left of its think time."""
    flow.thinking = 1
    law = flow.plan.source.think
    key = key_of(w.seed, flow.agent.index, flow.stream, Purpose.THINK)
    think_ns = residual(law, draw(key, 0, 0), w.empirical)
    push(w, think_ns, order_high(Kind.CREATED, flow.agent.index, flow.stream, 0), 0, address_of(flow))
