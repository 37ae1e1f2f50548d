"""Polls for commands that are held, and the commands made for agents.

A poll is a request like any other until its node holds it. An agent has at most one held poll: a newer one
ends the older. Rules: docs/model.md#held-polls, #hold-of-agent and #unheard-polls. Its twin is
engines/reference/channels.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import HOLD_OVER, at_once, push
from wavetank.engines.compiled.containers.lists import queue
from wavetank.engines.compiled.containers.order import order_high
from wavetank.engines.compiled.containers.pools import give_back, take
from wavetank.engines.compiled.model.lifetimes import drop
from wavetank.engines.compiled.model.measure import command_created, command_delivered
from wavetank.engines.compiled.model.needs import catch_up, changed, look_at_needs
from wavetank.engines.compiled.model.outstanding import note_created, note_delivered
from wavetank.engines.compiled.model.parts import Agent, AgentStream, Attempt, Command, Node, command_at
from wavetank.engines.compiled.model.timers import of_hold, watch
from wavetank.engines.compiled.model.world import World, agent_number
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import NOTHING, address_of, same, store, word
from wavetank.policy.arrivals import time_of
from wavetank.policy.codes import Channel, ProcessKind, Purpose, Stream
from wavetank.policy.keyed import draw, key_of
from wavetank.policy.keyed import unit as uniform_of
from wavetank.policy.rate_map import NEVER
from wavetank.protocol.order import Kind

join_commands, take_command = queue(Agent, "commands", "last_command", Command, "next")


@entry("channels")
def poll(w: World, flow: AgentStream, at_ns: int) -> None:
    """Ask for commands at `at_ns`."""
    high = order_high(Kind.FLUSH, flow.agent.index, flow.stream, flow.requests)
    push(w, at_ns, high, flow.agent.incarnation, address_of(flow))


@kernel
def polled(w: World, flow: AgentStream) -> None:
    """A poll is over: the next follows after the period, or after the pause."""
    plan = w.command_plan
    poll(w, flow, w.now + (plan.period_ns if plan.channel == Channel.POLL else plan.pause_after_ns))


@kernel
def create_commands(w: World, agent: Agent) -> None:
    """Schedule the first command for `agent`; each command schedules the next."""
    if w.command_plan.source.kind != ProcessKind.NONE:
        next_command(w, agent, 0)


@entry("channels")
def next_command(w: World, agent: Agent, index: int) -> None:
    """Plan the creation of command `index`; the agent's cursor in the arrivals lies in a list apart."""
    cursor = w.command_cursors + 16 * agent.index
    key = key_of(w.seed, agent.index, Stream.COMMANDS, Purpose.PAGE_COUNT)
    page, before, at_ns = time_of(w.command_plan.source, key, word(cursor), word(cursor + 8), index)
    store(cursor, page)
    store(cursor + 8, before)
    if at_ns < min(NEVER, w.horizon_ns):
        push(w, at_ns, order_high(Kind.CREATED, agent.index, Stream.COMMANDS, index), 0, address_of(agent))


@entry("channels")
def on_command(w: World, agent: Agent, index: int) -> None:
    """A command for an agent is created."""
    made = command_at(take(w.pending))
    made.created_ns = w.now
    join_commands(agent, made)
    agent.waiting_commands += 1
    command_created(w)
    if w.signals:
        note_created(w, agent)
    if agent.held:
        end_hold(w, agent.held, agent.waiting_commands)
    next_command(w, agent, index + 1)


@entry("channels")
def commands_arrived(w: World, agent: Agent, commands: int) -> None:
    """Commands have reached their agent."""
    before = agent.waiting_commands
    while commands > 0 and agent.commands:
        command = take_command(agent)
        agent.waiting_commands -= 1
        command_delivered(w, command.created_ns)
        give_back(w.pending, address_of(command))
        commands -= 1
    if w.signals:
        note_delivered(w, agent, before - agent.waiting_commands)


@entry("channels")
def hold(w: World, t: Attempt) -> None:
    """A node holds a poll; a newer poll of the same agent ends the older."""
    agent = t.flow.agent
    catch_up(w)
    t.holds = 1
    if agent.held:
        end_hold(w, agent.held, 0)
    agent.held = t
    if w.command_plan.server_hold_ns:
        since_ns = t.started_ns if t.started_ns < 0 else w.now  # held before the run began
        watch(w, of_hold(w), since_ns + w.command_plan.server_hold_ns, t)
    changed(w, agent)


@entry("channels")
def end_hold(w: World, t: Attempt, commands: int) -> None:
    """Let the node answer a held poll now."""
    if not t.holds:
        return
    catch_up(w)
    t.holds = 0
    agent = t.flow.agent
    if agent.held and same(agent.held, t):
        agent.held = NOTHING
    t.commands = commands
    at_once(w, HOLD_OVER, address_of(t))
    if w.signals:
        look_at_needs(w, agent)


@entry("faults")
def holds_died(w: World, node: Node) -> None:
    """Held polls of a node are gone with it."""
    catch_up(w)
    for index in range(w.agent_count):
        agent = agent_number(w, index)
        t = agent.held
        if t and t.connection.node and same(t.connection.node, node):
            t.holds = 0
            agent.held = NOTHING
            if w.signals:
                look_at_needs(w, agent)
            drop(w, t)


@entry("heartbeat")
def beat(w: World, flow: AgentStream, due_ns: int) -> None:
    """Plan the heartbeat that is due at `due_ns` (jitter comes on top)."""
    plan = w.heartbeat
    at_ns = due_ns
    if plan.jitter_ns:
        key = key_of(w.seed, flow.agent.index, Stream.HEARTBEAT, Purpose.HEARTBEAT_JITTER)
        at_ns += round(uniform_of(draw(key, due_ns // plan.period_ns + 1, 0)) * plan.jitter_ns)
    if at_ns < w.horizon_ns:
        high = order_high(Kind.HEARTBEAT, flow.agent.index, flow.stream, flow.requests)
        push(w, at_ns, high, flow.agent.incarnation, address_of(flow))
        flow.since_ns = due_ns
