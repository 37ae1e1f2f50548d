"""Kept connections that are idle, and the idle time-outs of both sides.

The agent counts from the arrival of an answer, the server from its sending. A connection that is used
again has another due time, and an alarm set for the old one does nothing. Rule:
docs/model.md#idle-timeouts.
"""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from simpy.events import Event

from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.network import Links
from wavetank.engines.reference.parts import AgentStream, Connection, without
from wavetank.engines.reference.ports import Hears
from wavetank.protocol.order import Kind, Message
from wavetank.scenario.resolved import Resolved


class Context(Protocol):
    """The parts of the run that idle connections use."""

    resolved: Resolved
    horizon_ns: int
    clock: Clock
    links: Links

    @property
    def requests(self) -> Hears:
        """Learns how attempts end."""
        ...

    def agent_closes(self, connection: Connection, key: tuple[int, int, int, int], message: Message) -> None:
        """The agent sends a FIN or a RESET."""
        ...


class Idle:
    """Watches connections that are kept between requests."""

    def __init__(self, w: Context) -> None:
        self._w = w
        self._agent_ns = w.resolved.connection.idle_ns
        self._server_ns = w.resolved.server.idle_ns

    def go_idle(self, flow: AgentStream, connection: Connection, since_ns: int | None = None) -> None:
        """A connection has nothing to do, since now or since `since_ns`."""
        now = self._w.clock.ns
        connection.idle = True
        connection.idle_since_ns = now if since_ns is None else since_ns
        connection.attempt = None
        flow.kept = (*flow.kept, connection)
        if self._agent_ns:
            self._watch(
                connection, connection.idle_since_ns, self._agent_ns, Kind.AGENT_DEADLINE, self._agent_due
            )
        if since_ns is not None:
            self.served(connection, since_ns)

    def served(self, connection: Connection, at_ns: int) -> None:
        """The node has sent an answer on a connection at `at_ns`: from then on it is idle for the node."""
        connection.served_ns = at_ns
        if self._server_ns:
            self._watch(connection, at_ns, self._server_ns, Kind.SERVER_TIMEOUT, self._server_due)

    def forget(self, flow: AgentStream | None, connection: Connection) -> bool:
        """A kept connection is no more; False when it was not kept."""
        if flow is None or connection not in flow.kept:
            return False
        flow.kept = without(flow.kept, connection)
        return True

    def _watch(
        self,
        connection: Connection,
        since_ns: int,
        idle_ns: int,
        kind: Kind,
        due: Callable[[Connection, int, Event], None],
    ) -> None:
        at_ns = max(self._w.clock.ns, since_ns + idle_ns)
        if at_ns < self._w.horizon_ns:
            key = (kind, connection.agent.index, connection.stream, *connection.made_by, Message.FIN)
            self._w.clock.call(at_ns, key, partial(due, connection, since_ns))

    def _agent_due(self, connection: Connection, since_ns: int, _: Event) -> None:
        flow = connection.agent.flows[connection.stream]
        if connection.idle and connection.idle_since_ns == since_ns and self.forget(flow, connection):
            connection.agent_closed = True
            key = (connection.agent.index, connection.stream, *connection.made_by)
            self._w.agent_closes(connection, key, Message.FIN)

    def _server_due(self, connection: Connection, since_ns: int, _: Event) -> None:
        node = connection.node
        if connection.served_ns != since_ns or connection.gone or connection.lost or node is None:
            return
        if connection.attempt is not None and connection.attempt.in_node:
            return
        node.close(connection)
        connection.node_closed = True
        key = (connection.agent.index, connection.stream, *connection.made_by)
        arrival = self._w.links.down(node, connection, key, Message.FIN, 0)
        arrival.callbacks.append(partial(self._closed_by_server, connection))

    def _closed_by_server(self, connection: Connection, _: Event) -> None:
        """The agent hears of it: an idle connection is forgotten, a request under way is lost."""
        self._w.requests.reset(connection)
