"""One attempt of a request, told in the order in which it happens, across the network and back.

Each function is a SimPy process or a part of one. After every wait it asks whether it is still wanted:
`attempt.over` (the agent waits no more), `connection.gone` (the node was told so), `connection.lost`
(the node has died since). A process that is not wanted simply ends; what it held was taken back by
whoever ended it.
"""

from collections.abc import Generator
from typing import Any, NamedTuple, Protocol

from simpy.events import Event

from wavetank.engines.reference.balancer import Balancer
from wavetank.engines.reference.channels import Channels
from wavetank.engines.reference.clock import Clock, Instant
from wavetank.engines.reference.costs import Costs
from wavetank.engines.reference.idle import Idle
from wavetank.engines.reference.measure import HANDSHAKE_OPERATION, Measure
from wavetank.engines.reference.network import Links
from wavetank.engines.reference.parts import Attempt, Connection, Job, Refusal, ServerNode
from wavetank.engines.reference.ports import Hears
from wavetank.engines.reference.store import Store
from wavetank.engines.reference.streams import Streams
from wavetank.engines.reference.tracing import Tracer
from wavetank.policy.choices import names_all
from wavetank.policy.codes import Cause, Channel, Stream, Tls
from wavetank.protocol.order import TURN, Kind, Message
from wavetank.protocol.server import Authority, CommandBoard
from wavetank.scenario.resolved import Resolved
from wavetank.units import SECOND as SECOND_NS

names_all(__name__, Tls, "NONE V1_2 V1_3")
names_all(__name__, Channel, "NONE POLL LONG_POLL PIGGYBACK")
names_all(__name__, Stream, "REGISTER LOGIN STATELESS STATEFUL COMMANDS HEARTBEAT")

Process = Generator[Event, Any, Any]
OK = 200
"""The HTTP status of success, whatever the endpoint says in detail."""


class Reply(NamedTuple):
    """A node's answer: HTTP status (0: a reset), its cause, Retry-After, commands that ride on it."""

    status: int
    cause: Cause = Cause.NONE
    retry_after_ns: int = 0
    commands: int = 0


class Answers(Hears, Protocol):
    """Learns how attempts end: `requests.Requests`."""

    def answered(self, attempt: Attempt, reply: Reply) -> None:
        """The answer of a node has arrived at the agent."""
        ...


class Context(Protocol):
    """The parts of the run that an exchange uses."""

    resolved: Resolved
    clock: Clock
    measure: Measure
    tracer: Tracer
    links: Links
    costs: Costs
    tls: Tls
    balancer: Balancer
    store: Store
    board: CommandBoard
    authority: Authority
    streams: Streams
    channels: Channels
    idle: Idle

    @property
    def requests(self) -> Answers:
        """Learns how attempts end."""
        ...

    def before_change(self) -> None:
        """The hold of a poll is about to begin or to end."""
        ...

    def request_bytes(self, attempt: Attempt) -> int:
        """Bytes of a request on the wire."""
        ...

    def response_bytes(self, reply: Reply) -> int:
        """Bytes of an answer on the wire."""
        ...

    def hello_bytes(self, resumed: bool) -> int:
        """Bytes that go up in the handshake."""
        ...

    def can_resume(self, connection: Connection) -> bool:
        """Whether the agent has a TLS ticket that its giver still knows."""
        ...

    def keep_ticket(self, connection: Connection, node: ServerNode) -> None:
        """A handshake is complete: the agent has a ticket of that node's present life."""
        ...

    def vanished(self, connection: Connection, attempt: Attempt) -> None:
        """A message reached a node that is silent."""
        ...

    def watch_route(self, attempt: Attempt) -> None:
        """Set the server's route time-out for a request that has just arrived."""
        ...

    def grant(self, attempt: Attempt) -> None:
        """A login is done: a token lives from now on."""
        ...

    def heard(self, attempt: Attempt) -> int:
        """A heartbeat was accepted; returns how many commands ride on its answer."""
        ...


def attempt_process(w: Context, attempt: Attempt, connection: Connection) -> Process:
    """Connect unless there is a connection, ask, be served, hear the answer."""
    node = connection.node
    if node is None:
        node = yield from open_tcp(w, attempt, connection)
        if node is None:
            return
        if w.tls != Tls.NONE:
            secured = yield from shake_hands(w, attempt, connection, node)
            if not secured:
                return
    attempt.asked = True
    yield w.links.up(connection, attempt, Message.REQUEST, w.request_bytes(attempt))
    if connection.gone or connection.lost or not connection.accepted:
        accepted = yield from arrive(w, attempt, connection, node)
        if not accepted:
            return
    reply = yield from serve(w, attempt, connection, node)
    if reply is not None:
        yield from answer(w, attempt, connection, node, reply)


def held_process(w: Context, attempt: Attempt, connection: Connection, node: ServerNode) -> Process:
    """A long poll that was under way already when the run began."""
    reply = yield from hold(w, attempt, connection)
    if reply is not None:
        yield from answer(w, attempt, connection, node, reply)


def open_tcp(w: Context, attempt: Attempt, connection: Connection) -> Process:
    """SYN and SYN-ACK, with repeats; the node when the agent may send on (its ACK goes with that)."""
    first_ns = w.clock.ns
    repeats = 0
    while True:
        w.measure.connecting()
        yield w.links.up(connection, attempt, Message.SYN, 0)
        node = connection.node
        if node is None:
            node = connection.node = w.balancer.choose(attempt)
        refused = False
        if node.silent:
            w.vanished(connection, attempt)
        elif not node.up:
            refused = True
        elif not connection.agent_closed:
            said = node.syn(connection)
            if said is None:
                break
            refused = said[0] == 0
        if refused:
            yield w.links.down(node, connection, attempt.key, Message.RESET, 0)
            w.requests.lost(attempt)
            return None
        if attempt.over:
            return None
        repeats += 1
        again_ns = max(w.clock.ns, first_ns + ((1 << repeats) - 1) * SECOND_NS)
        yield w.clock.at(again_ns, (Kind.WAIT_OVER, *attempt.key, Message.SYN), Instant(w.clock))
        if attempt.over:
            return None
    yield w.links.down(node, connection, attempt.key, Message.SYN_ACK, 0)
    return None if attempt.over else node


def arrive(w: Context, attempt: Attempt, connection: Connection, node: ServerNode) -> Process:
    """The first message after the SYN-ACK has arrived; True when the connection has its slot."""
    if connection.gone or connection.lost:
        yield from unreached(w, attempt, connection, node)
        return False
    if connection.turn_ns > w.clock.ns:
        key = (Kind.MESSAGE_ARRIVES, *attempt.key, TURN)
        yield w.clock.at(connection.turn_ns, key, Instant(w.clock))
        if connection.gone or connection.lost:
            return False
    slot = node.accept(connection)
    if slot is not None:
        yield slot
    return not (connection.gone or connection.lost)


def shake_hands(w: Context, attempt: Attempt, connection: Connection, node: ServerNode) -> Process:
    """The TLS handshake: its CPU is one job; TLS 1.2 in full goes a second time around."""
    resumed = w.can_resume(connection)
    yield w.links.up(connection, attempt, Message.ACK, w.hello_bytes(resumed))
    accepted = yield from arrive(w, attempt, connection, node)
    if not accepted:
        return False
    w.measure.handshake(resumed)
    parts = w.costs.handshake(attempt, resumed)
    if parts:
        yield node.work(Job(w.clock, attempt, HANDSHAKE_OPERATION, parts, False, connection.worker))
        if connection.gone or connection.lost:
            return False
    wire = w.resolved.connection.wire
    size_bytes = wire.resumed_down_bytes if resumed else wire.handshake_down_bytes
    yield w.links.down(node, connection, attempt.key, Message.SERVER_HELLO, size_bytes)
    if attempt.over:
        return False
    if w.tls == Tls.V1_2 and not resumed:
        yield w.links.up(connection, attempt, Message.TLS_KEY, 0)
        if connection.gone or connection.lost:
            yield from unreached(w, attempt, connection, node)
            return False
        yield w.links.down(node, connection, attempt.key, Message.TLS_DONE, 0)
        if attempt.over:
            return False
    w.keep_ticket(connection, node)
    return True


def unreached(w: Context, attempt: Attempt, connection: Connection, node: ServerNode) -> Process:
    """A message did not find its connection: nobody is there, or the node knows nothing of it and resets."""
    if node.silent:
        w.vanished(connection, attempt)
        return
    forgotten = connection.lost and node.up
    if connection.reset_sent or not (forgotten or connection.node_closed):
        return
    connection.reset_sent = True
    yield w.links.down(node, connection, attempt.key, Message.RESET, 0)
    w.requests.lost(attempt)


def serve(w: Context, attempt: Attempt, connection: Connection, node: ServerNode) -> Process:
    """Process a request at its node; returns the `Reply`, or None when nobody will hear one."""
    incarnation = node.incarnation
    if node.bandwidth_bytes_per_s:
        received = node.receive(attempt, w.request_bytes(attempt))
        w.tracer.late(connection, attempt.key, received)
        yield received
        if connection.lost or connection.gone:
            return None
    refused = node.judge(attempt, attempt.exchange.body_bytes)
    if refused is not None:
        return (yield from refuse(w, attempt, connection, node, refused))
    node.enter(attempt)
    w.watch_route(attempt)
    stream = attempt.flow.stream
    cause = w.authority.refusal(
        attempt.flow.agent.index, stream, attempt.generation, attempt.expires_ns, w.clock.ns
    )
    parts = w.costs.refused(attempt, True) if cause else w.costs.served(attempt)
    attempt.keeps_worker = node.blocking
    if parts or node.blocking:
        worker = connection.worker
        yield node.work(Job(w.clock, attempt, stream, parts, node.blocking, worker))
        if died_since(node, incarnation):
            return None
    if cause:
        return Reply(401, Cause(cause))
    if attempt.exchange.events:
        if w.store.present:
            yield w.store.commit(node.index, attempt)
            if died_since(node, incarnation):
                return None
        w.streams.commit(attempt)
    elif stream == Stream.COMMANDS:
        return (yield from give_commands(w, attempt, connection))
    elif stream == Stream.LOGIN:
        w.grant(attempt)
    return Reply(OK, commands=w.heard(attempt) if stream == Stream.HEARTBEAT else 0)


def died_since(node: ServerNode, incarnation: int) -> bool:
    """Whether a node has died since its life `incarnation`, its work with it.

    `connection.lost` does not say so of a connection that was closed before: the node had forgotten it.
    """
    return node.incarnation != incarnation


def refuse(
    w: Context, attempt: Attempt, connection: Connection, node: ServerNode, refused: Refusal
) -> Process:
    """A limit was reached: the request is parsed, and refused."""
    status, cause, retry_after_ns = refused
    parts, incarnation = w.costs.refused(attempt, False), node.incarnation
    if parts:
        yield node.work(Job(w.clock, attempt, attempt.flow.stream, parts, False, connection.worker))
        if died_since(node, incarnation):
            return None
    if status < 0:
        w.measure.met_with_silence(cause)
        return None
    return Reply(status, cause, retry_after_ns)


def give_commands(w: Context, attempt: Attempt, connection: Connection) -> Process:
    """Answer a poll: at once with what waits, or (long poll) when a command is created."""
    waiting = w.board.waiting(attempt.flow.agent.index)
    if waiting or w.resolved.commands.channel == Channel.POLL:
        return Reply(OK, commands=waiting)
    if connection.gone:
        return Reply(OK)
    return (yield from hold(w, attempt, connection))


def hold(w: Context, attempt: Attempt, connection: Connection) -> Process:
    """Hold a poll: no core, a worker only where the server is blocking."""
    w.before_change()
    attempt.hold = Instant(w.clock)
    w.channels.hold(attempt)
    commands = yield attempt.hold
    attempt.hold = None
    if connection.lost:
        return None
    return Reply(OK, commands=commands or 0)


def answer(
    w: Context, attempt: Attempt, connection: Connection, node: ServerNode, reply: Reply
) -> Process:  # fmt: skip
    """Send the answer, unless the connection is closed or a time-out has answered already."""
    node.leave(attempt)
    if attempt.keeps_worker:
        attempt.keeps_worker = False
        node.cores.free_worker(connection.worker)
    if connection.gone or attempt.answered:
        return
    attempt.answered = True
    yield from deliver(w, attempt, connection, node, reply)


def deliver(
    w: Context, attempt: Attempt, connection: Connection, node: ServerNode, reply: Reply
) -> Process:  # fmt: skip
    """The answer's way to the agent."""
    w.idle.served(connection, w.clock.ns)
    if reply.status == 0:
        connection.reset_sent = True
        node.close(connection)
        w.measure.connection_refused(node.index, reply.cause)
        yield w.links.down(node, connection, attempt.key, Message.RESET, 0)
        w.requests.lost(attempt)
        return
    size_bytes = w.response_bytes(reply)
    yield w.links.down(
        node, connection, attempt.key, Message.RESPONSE, size_bytes, reply.status, reply.commands
    )
    w.requests.answered(attempt, reply)
