"""Requests of agents beside events: polls for commands, and heartbeats.

A poll is a request like any other until its node holds it. An agent has at most one held poll: a newer one
ends the older. Rules: docs/model.md#held-polls, #hold-of-agent and #unheard-polls.
"""

from functools import partial
from typing import Protocol

from simpy.events import Event

from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.measure import Measure
from wavetank.engines.reference.parts import Agent, AgentStream, Attempt
from wavetank.engines.reference.ports import Sends
from wavetank.engines.reference.signals import Signals
from wavetank.policy.arrivals import time_of
from wavetank.policy.codes import Channel, ProcessKind, Purpose, Stream
from wavetank.policy.keyed import draw, key_of, unit
from wavetank.policy.rate_map import NEVER
from wavetank.protocol.order import Kind
from wavetank.protocol.server import CommandBoard
from wavetank.scenario.resolved import Resolved


class Context(Protocol):
    """The parts of the run that channels use."""

    resolved: Resolved
    horizon_ns: int
    clock: Clock
    measure: Measure
    board: CommandBoard
    signals: Signals | None

    @property
    def requests(self) -> Sends:
        """Begins requests and lets them go."""
        ...

    def changed(self, agent: Agent) -> None:
        """Something happened to an agent that its state, or a need of it, may come from."""
        ...

    def changed_need(self, agent: Agent) -> None:
        """A need of an agent may have begun or ended."""
        ...

    def before_change(self) -> None:
        """The hold of a poll is about to begin or to end."""
        ...

    def watch_hold(self, attempt: Attempt) -> None:
        """Set the server's time-out of a held poll."""
        ...


class Channels:
    """Polls and heartbeats of the agents, and the commands made for them."""

    def __init__(self, w: Context) -> None:
        self._w = w
        self._commands = w.resolved.commands
        self._heartbeat = w.resolved.heartbeat
        self._seed = w.resolved.seed
        self._held: dict[int, Attempt] = {}

    # ---- commands ---------------------------------------------------------------------------

    def poll(self, flow: AgentStream, at_ns: int) -> None:
        """Ask for commands at `at_ns`."""
        order = (Kind.FLUSH, flow.agent.index, flow.stream, flow.requests, 0, 0)
        self._w.clock.call(at_ns, order, partial(self._poll, flow, flow.agent.incarnation))

    def _poll(self, flow: AgentStream, incarnation: int, _: Event) -> None:
        agent = flow.agent
        if agent.incarnation == incarnation and not agent.offline and not flow.in_flight:
            self._w.requests.go(flow, self._w.requests.begin(flow))

    def polled(self, flow: AgentStream) -> None:
        """A poll is over: the next follows after the period, or after the pause."""
        plan = self._commands
        pause_ns = plan.period_ns if plan.channel == Channel.POLL else plan.pause_after_ns
        self.poll(flow, self._w.clock.ns + pause_ns)

    def create_commands(self, agent: Agent) -> None:
        """Schedule the first command for `agent`; each command schedules the next."""
        if self._commands.source.kind != ProcessKind.NONE:
            key = key_of(self._seed, agent.index, Stream.COMMANDS, Purpose.PAGE_COUNT)
            self._next_command(agent, key, 0, 0, 0)

    def _next_command(self, agent: Agent, key: int, page: int, before: int, index: int) -> None:
        page, before, at_ns = time_of(self._commands.source, key, page, before, index)
        if at_ns < min(NEVER, self._w.horizon_ns):
            order = (Kind.CREATED, agent.index, Stream.COMMANDS, index, 0, 0)
            happening = partial(self._created, agent, key, page, before, index)
            self._w.clock.call(at_ns, order, happening)

    def _created(self, agent: Agent, key: int, page: int, before: int, index: int, _: Event) -> None:
        self._w.board.create(agent.index, self._w.clock.ns)
        self._w.measure.command_created()
        if self._w.signals is not None:
            self._w.signals.commands.created(agent)
        held = self._held.get(agent.index)
        if held is not None:
            self.end_hold(held, self._w.board.waiting(agent.index))
        self._next_command(agent, key, page, before, index + 1)

    def hold(self, attempt: Attempt) -> None:
        """A node holds a poll; a newer poll of the same agent ends the older."""
        older = self._held.get(attempt.flow.agent.index)
        if older is not None:
            self.end_hold(older, 0)
        self._held[attempt.flow.agent.index] = attempt
        self._w.watch_hold(attempt)
        self._w.changed(attempt.flow.agent)

    def holds(self, agent: Agent) -> bool:
        """Whether a node holds a poll of `agent`, as far as the servers know."""
        return agent.index in self._held

    def end_hold(self, attempt: Attempt, commands: int) -> None:
        """Let the node answer a held poll now."""
        if attempt.hold is None:
            return
        self._w.before_change()
        hold, attempt.hold = attempt.hold, None
        if self._held.get(attempt.flow.agent.index) is attempt:
            del self._held[attempt.flow.agent.index]
        hold._value = commands
        self._w.clock.schedule(hold)
        self._w.changed_need(attempt.flow.agent)

    def node_died(self, node: object) -> None:
        """Held polls of a node are gone with it."""
        self._w.before_change()
        for agent, attempt in list(self._held.items()):
            if attempt.connection.node is node:
                attempt.hold = None
                del self._held[agent]
                self._w.changed_need(attempt.flow.agent)

    # ---- heartbeats -------------------------------------------------------------------------

    def beat(self, flow: AgentStream, due_ns: int) -> None:
        """Send a heartbeat that is due at `due_ns` (jitter comes on top)."""
        plan = self._heartbeat
        at_ns = due_ns
        if plan.jitter_ns:
            key = key_of(self._seed, flow.agent.index, Stream.HEARTBEAT, Purpose.HEARTBEAT_JITTER)
            at_ns += round(unit(draw(key, due_ns // plan.period_ns + 1, 0)) * plan.jitter_ns)
        if at_ns < self._w.horizon_ns:
            order = (Kind.HEARTBEAT, flow.agent.index, flow.stream, flow.requests, 0, 0)
            self._w.clock.call(at_ns, order, partial(self._beat, flow, due_ns, flow.agent.incarnation))

    def _beat(self, flow: AgentStream, due_ns: int, incarnation: int, _: Event) -> None:
        agent = flow.agent
        if agent.incarnation != incarnation or agent.offline:
            return
        self.beat(flow, due_ns + self._heartbeat.period_ns)
        if not flow.in_flight:
            exchange = self._w.requests.begin(flow)
            exchange.body_bytes = self._heartbeat.size_bytes
            self._w.requests.go(flow, exchange)
