"""How a connection ends: the agent hangs up, a route times out, a dying node resets it.

A connection ends on each side by itself, and what is on its way meets an end that is closed. Rules:
docs/model.md#forgotten-connection, #dying-node and #abandoned-work.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import DELIVER, at_once
from wavetank.engines.compiled.containers.pools import retain
from wavetank.engines.compiled.model.channels import end_hold
from wavetank.engines.compiled.model.cores import remove
from wavetank.engines.compiled.model.lifetimes import drop
from wavetank.engines.compiled.model.network import OF_CONNECTION, connection_high, connection_low, send_down
from wavetank.engines.compiled.model.node import close, leave
from wavetank.engines.compiled.model.parts import Attempt, Connection
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry
from wavetank.engines.compiled.toolchain.structs import address_of
from wavetank.policy.codes import Cause
from wavetank.protocol.order import Message

REQUEST_TIMEOUT = 408
"""The status of RFC 9110, 15.5.9: a request did not come in time."""


@entry("core")
def hung_up(w: World, c: Connection, t: Attempt) -> None:
    """A FIN or RESET of the agent arrives; `t` is the attempt that was under way on it, if any."""
    node = c.node
    if not node or node.silent or c.lost:
        return
    close(w, node, c)
    if t and t.over and not t.answered:
        abandon(w, t)


@entry("core")
def abandon(w: World, t: Attempt) -> None:
    """Nobody waits for the answer: what has not begun is taken back, unless it is served all the same."""
    if t.holds:
        end_hold(w, t, 0)
        return
    if w.server.serve_abandoned or not t.job or not t.connection.node:
        return
    if remove(w, t.connection.node, t.job):
        leave(t.connection.node, t)
        drop(w, t)


@entry("route")
def route_timeout(w: World, t: Attempt) -> None:
    """Answer 408, unless the agent has hung up; the work goes on only where abandoned work is served."""
    c = t.connection
    if c.gone:
        return
    leave(c.node, t)
    t.answered = 1
    retain(t)
    abandon(w, t)
    t.status = REQUEST_TIMEOUT
    t.cause = Cause.ROUTE_TIMEOUT
    t.retry_after_ns = 0
    t.commands = 0
    at_once(w, DELIVER, address_of(t))


@entry("faults")
def reset_connection(w: World, c: Connection) -> None:
    """A dying node's system resets a connection (one who looks at it is the message)."""
    c.reset_sent = 1
    t = c.attempt
    high = t.high if t else connection_high(c)
    low = t.low if t else connection_low(c)
    send_down(w, c, high, low, Message.RESET, 0, 0, 0, address_of(c), OF_CONNECTION)
