"""Server nodes: the places for connections, the limits, life and death.

A SYN takes a place or is refused by the limit; the place is free when the connection ends. Limits are
checked in one order, at the instant the header is there. Rules: docs/model.md#syn-place, #connect-rate,
#limits, #request-fate and #node-faults. Its twin is engines/reference/node.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import SLOT, at_once
from wavetank.engines.compiled.containers.lists import chain
from wavetank.engines.compiled.containers.pools import retain, unused
from wavetank.engines.compiled.model.cores import lose_work
from wavetank.engines.compiled.model.lifetimes import drop
from wavetank.engines.compiled.model.measure import change_open, turned_away_by
from wavetank.engines.compiled.model.parts import NODE_BYTES, Attempt, Connection, Node, node_at
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import NOTHING, address_of
from wavetank.policy.admission import reserve, take
from wavetank.policy.choices import names_all
from wavetank.policy.codes import Answer, Cause, Stream
from wavetank.scenario.resolved import Limit, RateLimit

names_all(__name__, Answer, "REFUSE TOO_MANY_REQUESTS UNAVAILABLE SILENCE")

join_held, leave_held = chain(
    Node, "connections", "last_connection", Connection, "next_open", "previous_open"
)
join_accepting, leave_accepting = chain(Node, "accept_queue", "last_accept", Connection, "after", "before")

OPEN, REFUSED, SILENT, REJECTED = range(4)
"""Outcomes of a limit for a connection or a request: admitted, a reset, nothing, an answer with a status."""

BODY_TOO_LARGE = 413
"""HTTP status of a request whose body exceeds the limit (RFC 9110, 15.5.14)."""


@kernel
def node_of(w: World, index: int) -> Node:
    """A node by its number."""
    return node_at(w.nodes + NODE_BYTES * index)


@kernel
def says(answer: int) -> int:
    """Return the outcome of a limit that is reached."""
    if answer == Answer.REFUSE:
        return REFUSED
    return SILENT if answer == Answer.SILENCE else REJECTED


@kernel
def status_of(answer: int) -> int:
    """As `STATUS` of engines/reference/node.py; 0 resets the connection, -1 says nothing at all."""
    if answer == Answer.REFUSE:
        return 0
    if answer == Answer.SILENCE:
        return -1
    return 429 if answer == Answer.TOO_MANY_REQUESTS else 503


# ---- connections -----------------------------------------------------------------------------------


@entry("core")
def syn(w: World, node: Node, c: Connection) -> int:
    """A SYN has arrived: OPEN reserves a place, otherwise REFUSED or SILENT."""
    rate, room = w.server.limits.connect_rate, w.server.limits.accept_queue
    bucket = node.connect_bucket
    if rate.interval_ns:
        c.idle_since_ns, bucket = reserve(bucket, w.now, rate.interval_ns, rate.burst, room)
        if c.idle_since_ns < 0:
            return keep_out(w, node, c, rate.answer, Cause.CONNECT_RATE)
    cap = w.server.limits.connections
    if cap.value and node.connected >= cap.value + room:
        return keep_out(w, node, c, cap.answer, Cause.CONNECTIONS)
    node.connect_bucket = bucket
    admit_connection(node, c)
    return OPEN


@kernel
def keep_out(w: World, node: Node, c: Connection, answer: int, cause: int) -> int:
    """A limit that answers with a status lets the connection in, and refuses its request."""
    said = says(answer)
    if said == REJECTED:
        c.verdict = cause
        admit_connection(node, c)
        return OPEN
    if said == REFUSED:
        turned_away_by(w, node, cause)
    else:
        w.silent[cause] += 1
    return said


@kernel
def admit_connection(node: Node, c: Connection) -> None:
    """The node holds a place for a connection."""
    c.admitted = 1
    retain(c)
    join_held(node, c)
    node.connected += 1


@kernel
def leave_list(node: Node, c: Connection) -> None:
    """Remove a connection from the node's list, which frees its place."""
    leave_held(node, c)
    node.connected -= 1


@kernel
def accept(w: World, node: Node, c: Connection, t: Attempt) -> int:
    """The ACK has arrived: 1 when a slot is free, otherwise the process of `t` goes on with one."""
    cap = w.server.limits.connections.value
    if cap and node.open.value >= cap and not c.verdict:
        c.slot_for = t
        join_accepting(node, c)
        return 0
    give_slot(w, node, c)
    return 1


@kernel
def leave_accept_queue(node: Node, c: Connection) -> None:
    """A connection waits for a slot no more."""
    leave_accepting(node, c)


@kernel
def give_slot(w: World, node: Node, c: Connection) -> None:
    """A connection has its slot."""
    c.accepted = 1
    c.worker = node.accepted % w.server.workers if w.per_worker else 0
    node.accepted += 1
    change_open(w, node, 1)


@entry("core")
def close(w: World, node: Node, c: Connection) -> None:
    """A FIN or RST has arrived, or the node closes: the place is free for the next in the queue."""
    if c.gone or c.lost:
        return
    c.gone = 1
    if c.admitted:
        leave_list(node, c)
        unused(w.connections, c)  # whoever closes it looks at it still
    if not c.accepted:
        if c.slot_for:
            leave_accept_queue(node, c)
            t = c.slot_for
            c.slot_for = NOTHING
            drop(w, t)
        return
    change_open(w, node, -1)
    cap = w.server.limits.connections.value
    while node.accept_queue and node.open.value < cap:
        waiting = node.accept_queue
        leave_accept_queue(node, waiting)
        give_slot(w, node, waiting)
        at_once(w, SLOT, address_of(waiting.slot_for))
        waiting.slot_for = NOTHING


# ---- requests --------------------------------------------------------------------------------------


@kernel
def refuse_with(t: Attempt, status: int, cause: int, retry_after_ns: int) -> int:
    """Note what the request will hear; 1."""
    t.status = status
    t.cause = cause
    t.retry_after_ns = retry_after_ns
    return 1


@kernel
def at_limit(t: Attempt, limit: Limit, cause: int) -> int:
    """A cap is reached; 1."""
    return refuse_with(t, status_of(limit.answer), cause, limit.retry_after_ns)


@kernel
def at_rate(t: Attempt, limit: RateLimit, cause: int) -> int:
    """A rate is reached; 1."""
    return refuse_with(t, status_of(limit.answer), cause, limit.retry_after_ns)


@entry("core")
def judge(w: World, node: Node, t: Attempt) -> int:
    """The limits, as a request's header arrives: 0 lets it in, 1 notes the refusal in `t`."""
    limits = w.server.limits
    c = t.connection
    body_bytes = t.exchange.body_bytes
    if c.verdict == Cause.CONNECT_RATE:
        return at_rate(t, limits.connect_rate, Cause.CONNECT_RATE)
    if c.verdict:
        return at_limit(t, limits.connections, Cause.CONNECTIONS)
    if limits.body.value and body_bytes > limits.body.value:
        return refuse_with(t, BODY_TOO_LARGE, Cause.BODY, 0)
    rate = limits.request_rate
    if rate.interval_ns:
        admitted, node.request_bucket = take(node.request_bucket, w.now, rate.interval_ns, rate.burst)
        if not admitted:
            return at_rate(t, rate, Cause.REQUEST_RATE)
    rate = limits.login_rate
    if rate.interval_ns and t.flow.stream == Stream.LOGIN:
        admitted, node.login_bucket = take(node.login_bucket, w.now, rate.interval_ns, rate.burst)
        if not admitted:
            return at_rate(t, rate, Cause.LOGIN_RATE)
    if limits.in_flight.value and node.in_flight >= limits.in_flight.value:
        return at_limit(t, limits.in_flight, Cause.IN_FLIGHT)
    held = limits.in_flight_bytes
    if held.value and node.in_flight_bytes + body_bytes > held.value:
        return at_limit(t, held, Cause.IN_FLIGHT_BYTES)
    return 0


@kernel
def enter(node: Node, t: Attempt) -> None:
    """The request counts as in flight."""
    t.in_node = 1
    node.in_flight += 1
    node.in_flight_bytes += t.exchange.body_bytes


@kernel
def leave(node: Node, t: Attempt) -> None:
    """The request's answer was sent, or will never be."""
    if t.in_node:
        t.in_node = 0
        node.in_flight -= 1
        node.in_flight_bytes -= t.exchange.body_bytes


# ---- life and death --------------------------------------------------------------------------------


@entry("faults")
def die(w: World, node: Node) -> Connection:
    """All that is in memory is lost; returns the list of connections that were open (each still referred
    to by the list).
    """
    cut = node.connections
    c = cut
    while c:
        c.lost = 1
        c = c.next_open
    change_open(w, node, -node.open.value)
    c = node.accept_queue
    while c:
        t = c.slot_for
        c.slot_for = NOTHING
        drop(w, t)
        c = c.after
    lose_work(w, node)
    node.incarnation += 1
    node.connect_bucket = 0
    node.request_bucket = 0
    node.login_bucket = 0
    node.connections = NOTHING
    node.last_connection = NOTHING
    node.accept_queue = NOTHING
    node.last_accept = NOTHING
    node.connected = 0
    node.accepted = 0
    node.in_flight = 0
    node.in_flight_bytes = 0
    return cut
