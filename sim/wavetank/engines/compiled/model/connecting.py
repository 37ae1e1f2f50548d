"""How a connection is made: TCP and TLS as the agent and the network see them, up to the request.

The round trips of TCP and TLS are messages like others. The server's part of a handshake is a job. Rules:
docs/model.md#connecting, #first-flight, #syn-place and #tls-ticket.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import push
from wavetank.engines.compiled.containers.order import of_kind, order_low
from wavetank.engines.compiled.model.balancer import choose_node
from wavetank.engines.compiled.model.lifetimes import drop
from wavetank.engines.compiled.model.measure import connecting
from wavetank.engines.compiled.model.network import down, hello_bytes, request_bytes, up
from wavetank.engines.compiled.model.node import OPEN, REFUSED, node_of, syn
from wavetank.engines.compiled.model.parts import Attempt, Connection
from wavetank.engines.compiled.model.tracing import vanished
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import address_of
from wavetank.policy.choices import names_all
from wavetank.policy.codes import Tls
from wavetank.protocol.order import Kind, Message
from wavetank.units import SECOND as SECOND_NS

names_all(__name__, Tls, "NONE V1_2 V1_3")


@entry("core")
def begin(w: World, t: Attempt) -> None:
    """Connect, unless there is a connection."""
    if t.connection.node:
        ask_node(w, t)
        return
    t.syn_ns = w.now
    send_syn(w, t)


@kernel
def send_syn(w: World, t: Attempt) -> None:
    """Ask for a connection, for the first time or again."""
    connecting(w)
    up(w, t, Message.SYN, 0)


@kernel
def ask_node(w: World, t: Attempt) -> None:
    """Send the request, on a connection that is ready."""
    t.asked = 1
    up(w, t, Message.REQUEST, request_bytes(w, t))


@entry("core")
def on_syn(w: World, t: Attempt) -> None:
    """A SYN arrives."""
    c = t.connection
    if not c.node:
        c.node = choose_node(w, c.agent.index, t.flow.stream, t.exchange.request, t.number)
    node = c.node
    refused = 0
    if node.silent:
        note_vanished(w, t)
    elif not node.up:
        refused = 1
    elif not c.agent_closed:
        said = syn(w, node, c)
        if said == OPEN:
            down(w, t, Message.SYN_ACK, 0)
            return
        refused = said == REFUSED
    if refused:
        down(w, t, Message.RESET, 0)
        return
    if t.over:
        drop(w, t)
        return
    t.repeats += 1
    again_ns = max(w.now, t.syn_ns + ((1 << t.repeats) - 1) * SECOND_NS)
    push(w, again_ns, of_kind(Kind.WAIT_OVER, t.high), t.low + order_low(0, Message.SYN), address_of(t))


@kernel
def on_syn_again(w: World, t: Attempt) -> None:
    """Repeat a SYN that was not answered, unless the attempt is over."""
    if t.over:
        drop(w, t)
    else:
        send_syn(w, t)


@kernel
def note_vanished(w: World, t: Attempt) -> None:
    """A message reached a node that is silent."""
    if w.traced and t.connection.agent.traced:
        vanished(w, t)


@entry("core")
def on_syn_ack(w: World, t: Attempt) -> None:
    """The agent is connected; its ACK goes with what it sends next."""
    if t.over:
        drop(w, t)
    elif w.connection.tls != Tls.NONE:
        t.resumed = can_resume(w, t.connection)
        up(w, t, Message.ACK, hello_bytes(w, t.resumed))
    else:
        ask_node(w, t)


@kernel
def can_resume(w: World, c: Connection) -> bool:
    """Whether the agent has a TLS ticket that its giver still knows."""
    agent = c.agent
    if not w.connection.resume or agent.ticket_node < 0:
        return False
    return node_of(w, agent.ticket_node).incarnation == agent.ticket_incarnation


@entry("core")
def unreached(w: World, t: Attempt) -> None:
    """A message did not find its connection: nobody is there, or the node knows nothing of it and resets."""
    c = t.connection
    node = c.node
    if node.silent:
        note_vanished(w, t)
        drop(w, t)
        return
    forgotten = c.lost and node.up
    if c.reset_sent or not (forgotten or c.node_closed):
        drop(w, t)
        return
    c.reset_sent = 1
    down(w, t, Message.RESET, 0)


@kernel
def say_hello(w: World, t: Attempt) -> None:
    """The server's side of the handshake."""
    wire = w.connection.wire
    down(w, t, Message.SERVER_HELLO, wire.resumed_down_bytes if t.resumed else wire.handshake_down_bytes)


@entry("tls")
def on_hello(w: World, t: Attempt) -> None:
    """The server's hello arrives; TLS 1.2 in full goes a second time around."""
    if t.over:
        drop(w, t)
    elif w.connection.tls == Tls.V1_2 and not t.resumed:
        up(w, t, Message.TLS_KEY, 0)
    else:
        secured(w, t)


@entry("tls")
def on_tls_key(w: World, t: Attempt) -> None:
    """The agent's key arrives at the node."""
    if t.connection.gone or t.connection.lost:
        unreached(w, t)
    else:
        down(w, t, Message.TLS_DONE, 0)


@entry("tls")
def on_tls_done(w: World, t: Attempt) -> None:
    """The handshake of TLS 1.2 is complete."""
    if t.over:
        drop(w, t)
    else:
        secured(w, t)


@kernel
def secured(w: World, t: Attempt) -> None:
    """The handshake is complete: the agent has a ticket of that node's present life, and asks."""
    c = t.connection
    c.agent.ticket_node = c.node.index
    c.agent.ticket_incarnation = c.node.incarnation
    ask_node(w, t)
