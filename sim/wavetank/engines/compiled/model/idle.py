"""Kept connections that are idle, and the idle time-outs of both sides.

The agent counts from the arrival of an answer, the server from its sending. A connection that is used
again has another due time, and an alarm set for the old one does nothing. Rule:
docs/model.md#idle-timeouts. Its twin is engines/reference/idle.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import push
from wavetank.engines.compiled.containers.lists import stack
from wavetank.engines.compiled.containers.order import attempt_of, of_kind, order_low, request_of
from wavetank.engines.compiled.containers.pools import retain
from wavetank.engines.compiled.model.lifetimes import drop, drop_connection
from wavetank.engines.compiled.model.network import (
    OF_CONNECTION,
    connection_high,
    connection_low,
    send_down,
    send_up,
)
from wavetank.engines.compiled.model.node import close
from wavetank.engines.compiled.model.parts import AgentStream, Connection
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import NOTHING, address_of
from wavetank.protocol.order import Kind, Message

push_kept, leave_kept = stack(AgentStream, "kept", Connection, "after", "before")


@entry("core")
def agent_closes(w: World, c: Connection, high: int, low: int, message: int) -> None:
    """The agent sends a FIN or a RESET; the node learns of it when it arrives. The message looks at the
    attempt that was under way, or else at the connection.
    """
    if c.attempt:
        ref, extra = address_of(c.attempt), 0
        c.attempt = NOTHING
    else:
        ref, extra = address_of(c), OF_CONNECTION
        retain(c)
    send_up(w, c, high, low, message, 0, 0, ref, extra)


@kernel
def no_attempt(w: World, c: Connection) -> None:
    """Nothing is under way on a connection any more."""
    t = c.attempt
    if t:
        c.attempt = NOTHING
        drop(w, t)


@entry("idle")
def go_idle(w: World, flow: AgentStream, c: Connection, since_ns: int) -> None:
    """A connection has nothing to do since `since_ns`: it is kept."""
    c.idle = 1
    c.idle_since_ns = since_ns
    retain(c)
    no_attempt(w, c)
    c.is_kept = 1
    push_kept(flow, c)
    if w.connection.idle_ns:
        watch_idle(w, c, since_ns + w.connection.idle_ns, Kind.AGENT_DEADLINE)


@entry("idle")
def take_kept(w: World, flow: AgentStream) -> Connection:
    """The connection kept last; who takes it looks at it now."""
    c = flow.kept
    unlink_kept(flow, c)
    return c


@kernel
def unlink_kept(flow: AgentStream, c: Connection) -> None:
    """A connection is kept no more (its place among those who look at it is still counted)."""
    c.is_kept = 0
    leave_kept(flow, c)


@kernel
def served_at(w: World, c: Connection, at_ns: int) -> None:
    """The node has sent an answer on a connection: from then on it is idle for the node."""
    c.served_ns = at_ns
    if w.server.idle_ns:
        watch_idle(w, c, at_ns + w.server.idle_ns, Kind.SERVER_TIMEOUT)


@entry("idle")
def watch_idle(w: World, c: Connection, due_ns: int, kind: int) -> None:
    """Look at the connection again when it has been idle for so long."""
    at_ns = max(w.now, due_ns)
    if at_ns < w.horizon_ns:
        push(
            w, at_ns, of_kind(kind, connection_high(c)), connection_low(c) + order_low(0, Message.FIN),
            address_of(c),
        )  # fmt: skip


@kernel
def is_made_by(c: Connection, high: int, low: int) -> bool:
    """Whether a connection is the one with that key, or another in its place in memory."""
    return c.made_request == request_of(high) and c.made_attempt == attempt_of(low)


@entry("idle")
def agent_idle_due(w: World, flow: AgentStream, c: Connection, high: int, low: int) -> None:
    """The agent's idle time-out: it closes, when nothing happened since."""
    if not c.idle or not c.is_kept or c.idle_since_ns != w.now - w.connection.idle_ns:
        return
    if not is_made_by(c, high, low):
        return
    unlink_kept(flow, c)
    c.agent_closed = 1
    agent_closes(w, c, connection_high(c), connection_low(c), Message.FIN)
    drop_connection(w, c)


@entry("idle")
def server_idle_due(w: World, c: Connection, high: int, low: int) -> None:
    """The node's idle time-out: it closes, when nothing happened since."""
    if c.served_ns != w.now - w.server.idle_ns or not is_made_by(c, high, low):
        return
    if c.refs <= 0 or c.gone or c.lost or not c.node:
        return
    if c.attempt and c.attempt.in_node:
        return
    retain(c)
    close(w, c.node, c)
    c.node_closed = 1
    send_down(w, c, connection_high(c), connection_low(c), Message.FIN, 0, 0, 0, address_of(c), OF_CONNECTION)
