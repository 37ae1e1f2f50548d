"""One run: everything that takes part, and what agents and nodes have to do with each other.

It is the only module that builds the collaborators and hands them to one another. A run has one clock, and
every event of it a place in the order of docs/model.md#order.
"""

from functools import partial

from simpy.events import Event

from wavetank.engines.progress import Progress
from wavetank.engines.reference import faults
from wavetank.engines.reference.balancer import Balancer
from wavetank.engines.reference.channels import Channels
from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.costs import Costs
from wavetank.engines.reference.exchange import Reply, deliver, held_process
from wavetank.engines.reference.idle import Idle
from wavetank.engines.reference.latency import Latency
from wavetank.engines.reference.measure import Measure
from wavetank.engines.reference.network import Links
from wavetank.engines.reference.node import Node
from wavetank.engines.reference.parts import Agent, AgentStream, Attempt, Connection, ServerNode
from wavetank.engines.reference.requests import Requests
from wavetank.engines.reference.sampling import Sampling
from wavetank.engines.reference.signals import Signals
from wavetank.engines.reference.startup import Start
from wavetank.engines.reference.store import Store
from wavetank.engines.reference.streams import Streams
from wavetank.engines.reference.timers import Deadlines
from wavetank.engines.reference.tokens import Tokens
from wavetank.engines.reference.tracing import Tracer
from wavetank.engines.reference.wave import Wave
from wavetank.policy.choices import names_all
from wavetank.policy.codes import Cause, DropCause, Stream, Tls
from wavetank.protocol.order import Kind, Message
from wavetank.protocol.server import Authority, CommandBoard
from wavetank.protocol.session import Exchange
from wavetank.protocol.tables import ExchangeEvent
from wavetank.results.requests import RequestLog
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved

names_all(__name__, Stream, "REGISTER LOGIN STATELESS STATEFUL COMMANDS HEARTBEAT")

REQUEST_TIMEOUT = 408
"""The HTTP status of a route time-out."""

HOLD_LEG = 1
"""Orders events of one instant: a hold expires after the route time-out of the same attempt."""
MOST_AT_ONCE = 300
"""Far more events per agent in one instant than the start of a whole fleet causes: more is a livelock."""


class World:
    """The fleet, the nodes and what is between them, for one run of one scenario."""

    def __init__(
        self, resolved: Resolved, trace_agents: frozenset[int], trace_rows: int, progress: Progress | None,
        requests: bool, reverse: bool, horizon_ns: int = 0, judged: bool = False,
    ) -> None:  # fmt: skip
        """`horizon_ns`: the latest possible end (0: the duration); `judged`: samples will be taken."""
        self.resolved = resolved
        self.horizon_ns = horizon_ns or resolved.duration_ns
        self.clock = Clock()
        self.measure = Measure(resolved, self.clock, self.horizon_ns)
        self.tracer = Tracer(self.clock, trace_rows)
        self.links = Links(resolved, self.clock, self.measure.tally, self.tracer)
        self.costs = Costs(resolved)
        self.tls = Tls(resolved.connection.tls)
        self.nodes = [Node(resolved, self.clock, i, self.measure) for i in range(resolved.server.nodes)]
        self.balancer = Balancer(resolved, self.clock, self.nodes, self.measure, self.horizon_ns)
        self.store = Store(resolved, self.clock)
        self.board = CommandBoard()
        self.authority = Authority(resolved.auth.scheme, resolved.auth.ttl_ns, _invalid(resolved))
        self.wave = Wave(resolved, self.clock)
        self.tokens = Tokens(self)
        self.requests = Requests(self, RequestLog() if requests else None)
        self.streams = Streams(self)
        self.latency = Latency(self)
        self.channels = Channels(self)
        self.idle = Idle(self)
        self.start = Start(self)
        self.sampling = Sampling(self, progress)
        self._routes = [
            Deadlines(self.clock, Kind.SERVER_TIMEOUT, _route_is_over, self._route_timeout) for _ in Stream
        ]
        self._holds = Deadlines(
            self.clock, Kind.SERVER_TIMEOUT, lambda a: a.hold is None, self._hold_expires, HOLD_LEG
        )
        self.signals = self._make_signals() if judged else None
        self.agents = self._make_agents(trace_agents, reverse)

    def _make_signals(self) -> Signals:
        return Signals(
            self.resolved,
            self.clock,
            self.measure,
            self.tokens,
            self.authority,
            patience_ns=self.requests.patience_ns,
            created=self.streams.created,
            holds=self.channels.holds,
            last_beat_ns=self.start.last_beat_ns,
        )

    def _make_agents(self, traced: frozenset[int], reverse: bool) -> list[Agent]:
        places = [
            (kind, class_index, index)
            for class_index, kind in enumerate(self.resolved.classes)
            for index in range(kind.first, kind.first + kind.agents)
        ]
        agents = [self.start.make(*place) for place in (reversed(places) if reverse else places)]
        for agent in agents:
            agent.traced = agent.index in traced
        return sorted(agents, key=lambda agent: agent.index)

    def run(self) -> Tally:
        """Let everything before the duration happen; returns what was counted."""
        self.begin()
        self.advance(self.resolved.duration_ns)
        return self.finish()

    def begin(self) -> None:
        """Set up what happens at the beginning, and by itself later."""
        faults.plan(self)
        self.start.fleet(self.agents)
        self.wave.join(self.agents)
        if self.signals is not None:
            self.signals.join(self.agents)
        self.sampling.plan()

    def advance(self, until_ns: int) -> None:
        """Let everything before `until_ns` happen; closes the books when the duration is reached."""
        duration_ns = self.resolved.duration_ns
        if self.clock.ns < duration_ns <= until_ns:
            self._happen(duration_ns)
            self.sampling.close()
        self._happen(until_ns)

    def _happen(self, until_ns: int) -> None:
        if until_ns > self.clock.ns:
            self.measure.extend(until_ns)
            self.clock.run_until(until_ns, MOST_AT_ONCE * (len(self.agents) + 100))

    def finish(self) -> Tally:
        """End the run, at the duration or later; returns what was counted."""
        books = self.measure.books
        self.sampling.finish()
        self.wave.close(books)
        self.tracer.close(books)
        return books

    # ---- what a judge looks at --------------------------------------------------------------

    def changed(self, agent: Agent) -> None:
        """Something happened to an agent that its state in the wave, or a need of it, may come from."""
        if agent.wave_row >= 0:
            self.wave.look(agent)
        if self.signals is not None:
            self.signals.needs.look(agent)

    def changed_need(self, agent: Agent) -> None:
        """A need of an agent may have begun or ended by something that the wave does not show."""
        if self.signals is not None:
            self.signals.needs.look(agent)

    def before_change(self) -> None:
        """The hold of a poll is about to begin or to end."""
        if self.signals is not None:
            self.signals.needs.catch_up()

    def dropped(self, flow: AgentStream, events: int, cause: DropCause, received: bool) -> None:
        """Events were given up; `received`: the server has them all the same."""
        self.measure.dropped(flow.stream, events, cause, received)
        if self.signals is not None:
            self.signals.dropped(flow, events)

    def went_offline(self, agent: Agent, change: int) -> None:
        """An agent goes offline (+1) or begins anew (-1)."""
        self.measure.went_offline(change)
        if self.signals is not None:
            self.signals.went_offline(agent, change)

    # ---- bytes ------------------------------------------------------------------------------

    def request_bytes(self, attempt: Attempt) -> int:
        """Bytes of a request on the wire."""
        return self.resolved.connection.wire.request_bytes + attempt.exchange.body_bytes

    def response_bytes(self, reply: Reply) -> int:
        """Bytes of an answer on the wire."""
        wire = self.resolved.connection.wire
        return wire.response_bytes + reply.commands * wire.command_bytes

    def hello_bytes(self, resumed: bool) -> int:
        """Bytes that go up in the handshake."""
        wire = self.resolved.connection.wire
        if self.tls == Tls.NONE:
            return 0
        return wire.resumed_up_bytes if resumed else wire.handshake_up_bytes

    # ---- connections ------------------------------------------------------------------------

    def can_resume(self, connection: Connection) -> bool:
        """Whether the agent has a TLS ticket that its giver still knows."""
        agent = connection.agent
        if not self.resolved.connection.resume or self.tls == Tls.NONE or agent.ticket_node < 0:
            return False
        return self.nodes[agent.ticket_node].incarnation == agent.ticket_incarnation

    def keep_ticket(self, connection: Connection, node: ServerNode) -> None:
        """A handshake is complete: the agent has a ticket of that node's present life."""
        connection.agent.ticket_node, connection.agent.ticket_incarnation = node.index, node.incarnation

    def agent_closes(self, connection: Connection, key: tuple[int, int, int, int], message: Message) -> None:
        """The agent sends a FIN or a RESET; the node learns of it when it arrives."""
        arrival = self.links.send_up(connection, key, message, 0, 0)
        arrival.callbacks.append(partial(self._hung_up, connection, connection.attempt))
        connection.attempt = None

    def _hung_up(self, connection: Connection, attempt: Attempt | None, _: Event) -> None:
        node = connection.node
        if node is None or node.silent or connection.lost:
            return
        node.close(connection)
        if attempt is not None and attempt.over and not attempt.answered:
            self._abandon(attempt)

    def _abandon(self, attempt: Attempt) -> None:
        """Nobody waits for the answer: what has not begun is taken back, unless it is served all the same."""
        if attempt.hold is not None:
            self.channels.end_hold(attempt, 0)
            return
        job, node = attempt.job, attempt.connection.node
        if self.resolved.server.serve_abandoned or job is None or node is None:
            return
        if node.cores.remove(job):
            node.leave(attempt)

    def reset(self, connection: Connection, node: ServerNode) -> None:
        """Send a reset for a connection of a dying node. The agent learns of it when the reset arrives."""
        connection.reset_sent = True
        attempt = connection.attempt
        agent, stream = connection.agent.index, connection.stream
        key = attempt.key if attempt is not None else (agent, stream, *connection.made_by)
        arrival = self.links.down(node, connection, key, Message.RESET, 0)
        arrival.callbacks.append(lambda _: self.requests.reset(connection))

    def vanished(self, connection: Connection, attempt: Attempt) -> None:
        """A message reached a node that is silent."""
        if connection.agent.traced:
            self.tracer.vanished(connection, attempt.key)

    # ---- requests at the node ---------------------------------------------------------------

    def watch_route(self, attempt: Attempt) -> None:
        """Set the server's route time-out for a request that has just arrived."""
        timeout_ns = self.resolved.server.route_timeout_ns[attempt.flow.stream]
        if timeout_ns:
            self._routes[attempt.flow.stream].set(self.clock.ns + timeout_ns, attempt)

    def _route_timeout(self, attempt: Attempt) -> None:
        """Answer 408, unless the agent has hung up; the work goes on only where abandoned work is served."""
        connection = attempt.connection
        node = connection.node
        if connection.gone or node is None:
            return
        node.leave(attempt)
        attempt.answered = True
        self._abandon(attempt)
        reply = Reply(REQUEST_TIMEOUT, Cause.ROUTE_TIMEOUT)
        self.clock.process(deliver(self, attempt, connection, node, reply))

    def watch_hold(self, attempt: Attempt) -> None:
        """Set the server's time-out of a held poll; it may have been held before the run began."""
        since_ns = attempt.started_ns if attempt.started_ns < 0 else self.clock.ns
        if self.resolved.commands.server_hold_ns:
            self._holds.set(since_ns + self.resolved.commands.server_hold_ns, attempt)

    def _hold_expires(self, attempt: Attempt) -> None:
        self.channels.end_hold(attempt, 0)

    def resume_hold(self, attempt: Attempt, node: ServerNode) -> None:
        """A poll that began before the run goes on being held, as long as it still may."""
        connection = attempt.connection
        node.enter(attempt)
        attempt.keeps_worker = node.blocking and node.cores.take_worker(connection)
        self.requests.watch(attempt)
        self.clock.process(held_process(self, attempt, connection, node))

    def grant(self, attempt: Attempt) -> None:
        """A login is done: a token lives from now on."""
        attempt.generation = self.authority.generation
        attempt.expires_ns = self.clock.ns + self.resolved.auth.ttl_ns

    def heard(self, attempt: Attempt) -> int:
        """A heartbeat was accepted; returns how many commands ride on its answer."""
        return self.sampling.heard(attempt.flow.agent)

    # ---- what the agent learns --------------------------------------------------------------

    def acknowledged(self, flow: AgentStream, exchange: Exchange, attempt: Attempt) -> None:
        """A request did what it was for."""
        if flow.stream == Stream.LOGIN:
            self.tokens.granted(flow.agent, attempt)
        elif flow.stream == Stream.COMMANDS:
            self.channels.polled(flow)
        elif flow.has_events:
            self.streams.acknowledged(flow, exchange)

    def gave_up(self, flow: AgentStream, exchange: Exchange, event: ExchangeEvent) -> None:
        """A request will not be repeated."""
        if flow.stream == Stream.LOGIN:
            self.tokens.refused(flow.agent)
        elif flow.stream == Stream.COMMANDS:
            self.channels.polled(flow)
        elif flow.has_events:
            self.streams.gave_up(flow, exchange, event)

    def commands_arrived(self, agent: Agent, commands: int) -> None:
        """Commands have reached their agent."""
        delivered = self.board.deliver(agent.index, commands)
        for created_ns in delivered:
            self.measure.command_delivered(created_ns)
        if self.signals is not None:
            self.signals.commands.delivered(agent, len(delivered))

    def logged_in(self, agent: Agent) -> None:
        """An agent has a new token."""
        self.measure.logged_in()
        if agent.began_ns >= 0:
            self.measure.tally.logged_in.add(self.clock.ns - agent.began_ns)
            agent.began_ns = -1


def _invalid(resolved: Resolved) -> list[int]:
    return [
        index
        for kind in resolved.classes
        if kind.invalid_credentials
        for index in range(kind.first, kind.first + kind.agents)
    ]


def _route_is_over(attempt: Attempt) -> bool:
    return attempt.answered or not attempt.in_node or attempt.connection.lost
