"""The network between agents and nodes: delay, bandwidth, and the order of messages on a connection.

A message occupies its link for bytes / rate, then takes the delay. No message overtakes another of its
connection and direction. Rules: docs/model.md#bandwidth, #loss and #connecting.
"""

from simpy.events import Event

from wavetank.engines.reference.clock import Clock, Instant
from wavetank.engines.reference.parts import Attempt, Connection, ServerNode
from wavetank.engines.reference.tracing import Tracer
from wavetank.policy.codes import Purpose
from wavetank.policy.keyed import draw, key_of
from wavetank.policy.laws import FIXED_LAWS, sample
from wavetank.policy.loss import retransmission_ns
from wavetank.protocol.order import Kind, Message
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Network, Resolved

_PURPOSE = {
    Message.SYN: Purpose.DELAY_SYN,
    Message.SYN_ACK: Purpose.DELAY_SYN_ACK,
    Message.ACK: Purpose.DELAY_ACK,
    Message.SERVER_HELLO: Purpose.DELAY_TLS_DOWN,
    Message.TLS_KEY: Purpose.DELAY_TLS_UP,
    Message.TLS_DONE: Purpose.DELAY_TLS_DOWN_2,
    Message.REQUEST: Purpose.DELAY_REQUEST,
    Message.RESPONSE: Purpose.DELAY_RESPONSE,
    Message.FIN: Purpose.DELAY_FIN,
    Message.RESET: Purpose.DELAY_RESET,
}


def fixed_delay_ns(network: Network) -> int:
    """The one-way delay of every message; -1 where it is drawn, or may be lost."""
    return network.delay.low if network.delay.kind in FIXED_LAWS and not network.loss else -1


class Links:
    """Carries messages. Each call returns the event of the message's arrival."""

    def __init__(self, resolved: Resolved, clock: Clock, tally: Tally, tracer: Tracer) -> None:
        self._clock = clock
        self._seed = resolved.seed
        self._empirical = resolved.empirical
        self._tally = tally
        self._tracer = tracer

    def _drawn_delay_ns(
        self, connection: Connection, key: tuple[int, int, int, int], message: Message
    ) -> int:
        agent, stream, request, attempt = key
        bits = draw(key_of(self._seed, agent, stream, _PURPOSE[message]), request, attempt)
        network = connection.agent.network
        return sample(network.delay, bits, self._empirical) + retransmission_ns(network.loss, bits)

    def up(self, connection: Connection, attempt: Attempt, message: Message, size_bytes: int) -> Event:
        """From the agent to its node."""
        return self.send_up(connection, attempt.key, message, size_bytes, attempt.exchange.events)

    def send_up(
        self,
        connection: Connection,
        key: tuple[int, int, int, int],
        message: Message,
        size_bytes: int,
        events: int,
    ) -> Event:
        """From the agent to its node, in the name of the attempt `key`."""
        agent = connection.agent
        clock = self._clock
        start_ns = begin_ns = clock.ns
        bandwidth = agent.network.bandwidth_bytes_per_s
        if bandwidth and size_bytes:
            begin_ns = max(begin_ns, agent.up_free_ns)
            start_ns = begin_ns + round(size_bytes * 1e9 / bandwidth)
            agent.up_free_ns = start_ns
        delay_ns = agent.delay_ns
        arrival_ns = start_ns + (
            delay_ns if delay_ns >= 0 else self._drawn_delay_ns(connection, key, message)
        )
        if arrival_ns < connection.last_up_ns:
            arrival_ns = connection.last_up_ns
        connection.last_up_ns = arrival_ns
        self._tally.bytes_up += size_bytes
        event = clock.at(arrival_ns, (Kind.MESSAGE_ARRIVES, *key, message), Instant(clock))
        if agent.traced:
            self._tracer.sent(
                event,
                begin_ns,
                key,
                message,
                connection,
                0,
                events if message == Message.REQUEST else 0,
                up=True,
            )
        return event

    def down(
        self, node: ServerNode, connection: Connection, key: tuple[int, int, int, int], message: Message,
        size_bytes: int, status: int = 0, events: int = 0,
    ) -> Event:  # fmt: skip
        """From the connection's node to the agent, in the name of the attempt `key`."""
        agent = connection.agent
        clock = self._clock
        start_ns = begin_ns = clock.ns
        if node.bandwidth_bytes_per_s and size_bytes:
            begin_ns = max(begin_ns, node.down_free_ns)
            start_ns = begin_ns + round(size_bytes * 1e9 / node.bandwidth_bytes_per_s)
            node.down_free_ns = start_ns
        bandwidth = agent.network.bandwidth_bytes_per_s
        if bandwidth and size_bytes:
            if start_ns == begin_ns:
                start_ns = begin_ns = max(start_ns, agent.down_free_ns)
            start_ns = max(start_ns, agent.down_free_ns) + round(size_bytes * 1e9 / bandwidth)
            agent.down_free_ns = start_ns
        delay_ns = agent.delay_ns
        arrival_ns = start_ns + (
            delay_ns if delay_ns >= 0 else self._drawn_delay_ns(connection, key, message)
        )
        if arrival_ns < connection.last_down_ns:
            arrival_ns = connection.last_down_ns
        connection.last_down_ns = arrival_ns
        self._tally.bytes_down += size_bytes
        event = clock.at(arrival_ns, (Kind.ANSWER_ARRIVES, *key, message), Instant(clock))
        if agent.traced:
            self._tracer.sent(event, begin_ns, key, message, connection, status, events, up=False)
        return event
