"""The network between agents and nodes: delay, bandwidth, and the order of messages on a connection.

A message's arrival is an event whose `ref` is the attempt, or (bit 0 of the extra bits) the connection it
concerns; the other extra bits are its row in the trace.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import push
from wavetank.engines.compiled.containers.order import (
    agent_of,
    attempt_of,
    of_kind,
    order_high,
    order_low,
    request_of,
    stream_of,
)
from wavetank.engines.compiled.model.parts import Agent, Attempt, Connection
from wavetank.engines.compiled.model.tracing import sent
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import address_of
from wavetank.policy.codes import LawKind, Purpose, Tls
from wavetank.policy.keyed import draw, key_of, key_under
from wavetank.policy.laws import Law, sample
from wavetank.policy.loss import retransmission_ns
from wavetank.protocol.order import Kind, Message

DETERMINISTIC = int(LawKind.DETERMINISTIC)
OF_CONNECTION = 1
"""The lowest bit of an event's extra: its message belongs to a connection, not to an attempt."""
PURPOSE = (
    int(Purpose.DELAY_SYN),
    int(Purpose.DELAY_SYN_ACK),
    int(Purpose.DELAY_ACK),
    int(Purpose.DELAY_TLS_DOWN),
    int(Purpose.DELAY_TLS_UP),
    int(Purpose.DELAY_TLS_DOWN_2),
    int(Purpose.DELAY_REQUEST),
    int(Purpose.DELAY_RESPONSE),
    int(Purpose.DELAY_FIN),
    int(Purpose.DELAY_RESET),
)
"""The purpose under which a message's delay is drawn, by `Message`."""


@entry("laws")
def drawn(w: World, law: Law, high: int, low: int, purpose: int) -> int:
    """A sample of a law for the attempt with that key."""
    key = key_under(w.seed_key, agent_of(high), stream_of(high), purpose)
    return sample(law, draw(key, request_of(high), attempt_of(low)), w.empirical)


@kernel
def sampled(w: World, law: Law, high: int, low: int, purpose: int) -> int:
    """A sample of a law for the attempt with that key, without a draw where there is nothing to draw."""
    if law.kind <= DETERMINISTIC:
        return law.low
    return drawn(w, law, high, low, purpose)


@entry("loss")
def repeated_ns(w: World, loss: float, high: int, low: int, purpose: int) -> int:
    """How long a message of the attempt with that key is late because it was lost."""
    key = key_of(w.seed, agent_of(high), stream_of(high), purpose)
    return retransmission_ns(loss, draw(key, request_of(high), attempt_of(low)))


@kernel
def delay_ns(w: World, agent: Agent, high: int, low: int, message: int) -> int:
    """How long a message takes."""
    if agent.kind.delay_ns >= 0:
        return agent.kind.delay_ns
    network = agent.kind.network
    taken_ns = sampled(w, network.delay, high, low, PURPOSE[message])
    if network.loss > 0.0:
        taken_ns += repeated_ns(w, network.loss, high, low, PURPOSE[message])
    return taken_ns


@kernel
def up(w: World, t: Attempt, message: int, size_bytes: int) -> None:
    """A message of an attempt on its way to the node."""
    send_up(w, t.connection, t.high, t.low, message, size_bytes, t.exchange.events, address_of(t), 0)


@entry("core")
def send_up(
    w: World,
    c: Connection,
    high: int,
    low: int,
    message: int,
    size_bytes: int,
    events: int,
    ref: int,
    extra: int,
) -> None:
    """From the agent to its node, in the name of the attempt with that key."""
    agent = c.agent
    start_ns = begin_ns = w.now
    bandwidth = agent.kind.network.bandwidth_bytes_per_s
    if bandwidth > 0.0 and size_bytes > 0:
        begin_ns = max(begin_ns, agent.up_free_ns)
        start_ns = begin_ns + round(size_bytes * 1e9 / bandwidth)
        agent.up_free_ns = start_ns
    arrival_ns = max(start_ns + delay_ns(w, agent, high, low, message), c.last_up_ns)
    c.last_up_ns = arrival_ns
    w.bytes_up += size_bytes
    if agent.traced:
        carried = events if message == Message.REQUEST else 0
        extra += sent(w, c, begin_ns, high, low, message, 0, carried, 1) << 1
    push(w, arrival_ns, of_kind(Kind.MESSAGE_ARRIVES, high), low + order_low(0, message) + extra, ref)


@entry("core")
def send_down(
    w: World, c: Connection, high: int, low: int, message: int, size_bytes: int, status: int, events: int,
    ref: int,
    extra: int,
) -> None:  # fmt: skip
    """From the node to the agent, in the name of the attempt with that key."""
    agent, node = c.agent, c.node
    start_ns = begin_ns = w.now
    line = w.server.limits.bandwidth_bytes_per_s
    if line > 0.0 and size_bytes > 0:
        begin_ns = max(begin_ns, node.down_free_ns)
        start_ns = begin_ns + round(size_bytes * 1e9 / line)
        node.down_free_ns = start_ns
    bandwidth = agent.kind.network.bandwidth_bytes_per_s
    if bandwidth > 0.0 and size_bytes > 0:
        if start_ns == begin_ns:
            start_ns = begin_ns = max(start_ns, agent.down_free_ns)
        start_ns = max(start_ns, agent.down_free_ns) + round(size_bytes * 1e9 / bandwidth)
        agent.down_free_ns = start_ns
    arrival_ns = max(start_ns + delay_ns(w, agent, high, low, message), c.last_down_ns)
    c.last_down_ns = arrival_ns
    w.bytes_down += size_bytes
    if agent.traced:
        extra += sent(w, c, begin_ns, high, low, message, status, events, 0) << 1
    push(w, arrival_ns, of_kind(Kind.ANSWER_ARRIVES, high), low + order_low(0, message) + extra, ref)


@kernel
def down(w: World, t: Attempt, message: int, size_bytes: int) -> None:
    """A message for an attempt on its way to the agent."""
    send_down(w, t.connection, t.high, t.low, message, size_bytes, 0, 0, address_of(t), 0)


@kernel
def connection_high(c: Connection) -> int:
    """The first word of the key of the attempt that made a connection."""
    return order_high(0, c.agent.index, c.stream, c.made_request)


@kernel
def connection_low(c: Connection) -> int:
    """The second word of the key of the attempt that made a connection."""
    return order_low(c.made_attempt, 0)


@kernel
def request_bytes(w: World, t: Attempt) -> int:
    """Bytes of a request on the wire."""
    return w.connection.wire.request_bytes + t.exchange.body_bytes


@kernel
def hello_bytes(w: World, resumed: int) -> int:
    """Bytes that go up in the handshake."""
    if w.connection.tls == Tls.NONE:
        return 0
    return w.connection.wire.resumed_up_bytes if resumed else w.connection.wire.handshake_up_bytes
