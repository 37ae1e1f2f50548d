"""One attempt of a request across the network and back: what follows each thing that its process waits for.

The order is that of engines/reference/exchange.py, where it can be read from top to bottom. A process that
is not wanted any more simply ends: `drop`.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import push
from wavetank.engines.compiled.containers.order import of_kind, order_low
from wavetank.engines.compiled.model.channels import hold
from wavetank.engines.compiled.model.connecting import say_hello, unreached
from wavetank.engines.compiled.model.cores import free_worker, job_done
from wavetank.engines.compiled.model.costs import (
    HANDSHAKE_OPERATION,
    work_on_handshake,
    work_on_refusal,
    work_on_request,
)
from wavetank.engines.compiled.model.idle import served_at
from wavetank.engines.compiled.model.lifetimes import drop
from wavetank.engines.compiled.model.measure import arrived_at, handshake, turned_away_by
from wavetank.engines.compiled.model.network import (
    down,
    request_bytes,
    send_down,
)
from wavetank.engines.compiled.model.node import (
    accept,
    close,
    enter,
    judge,
    leave,
)
from wavetank.engines.compiled.model.parts import Attempt, Job, StoreBatch
from wavetank.engines.compiled.model.silence import heard as note_heard
from wavetank.engines.compiled.model.store import advance_store, drop_batch, join
from wavetank.engines.compiled.model.streams import commit
from wavetank.engines.compiled.model.timers import of_route, watch
from wavetank.engines.compiled.model.tracing import vanished
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import address_of
from wavetank.policy.choices import names_all
from wavetank.policy.codes import Cause, Channel, Stream
from wavetank.protocol.order import RECEIVED, TURN, Kind, Message
from wavetank.protocol.server import why_refused

names_all(__name__, Channel, "NONE POLL LONG_POLL PIGGYBACK")
names_all(__name__, Stream, "REGISTER LOGIN STATELESS STATEFUL COMMANDS HEARTBEAT")

OK = 200
"""The status of RFC 9110, 15.3.1."""
UNAUTHORIZED = 401
"""The status of RFC 9110, 15.5.2: the token is missing or not valid."""

AT_HELLO, AT_REQUEST, REFUSAL, SERVICE = range(4)
"""Stages: what a process does when it has its slot, or when its job is done."""


@kernel
def arrive(w: World, t: Attempt, stage: int) -> int:
    """The first message after the SYN-ACK has arrived; 1 when the connection has its slot at once."""
    c = t.connection
    if c.gone or c.lost:
        unreached(w, t)
        return 0
    t.stage = stage
    if c.idle_since_ns > w.now:
        push(
            w,
            c.idle_since_ns,
            of_kind(Kind.MESSAGE_ARRIVES, t.high),
            t.low + order_low(0, TURN),
            address_of(t),
        )
        return 0
    return accept(w, c.node, c, t)


@kernel
def on_turn(w: World, t: Attempt) -> None:
    """By `connect_rate` it is a connection's turn to be accepted."""
    c = t.connection
    if c.gone or c.lost or accept(w, c.node, c, t):
        on_slot(w, t)


@entry("core")
def on_slot(w: World, t: Attempt) -> None:
    """The connection has come through the accept queue."""
    if t.connection.gone or t.connection.lost:
        drop(w, t)
    elif t.stage == AT_HELLO:
        shake_hands(w, t)
    else:
        serve(w, t)


@kernel
def on_ack(w: World, t: Attempt) -> None:
    """The ACK has arrived, with the agent's hello."""
    if arrive(w, t, AT_HELLO):
        shake_hands(w, t)


@entry("tls")
def shake_hands(w: World, t: Attempt) -> None:
    """The TLS handshake: its CPU is one job."""
    handshake(w, t.resumed)
    if not work_on_handshake(w, t):
        say_hello(w, t)


# ---- at the node -----------------------------------------------------------------------------------


@entry("core")
def on_request(w: World, t: Attempt) -> None:
    """The request arrives."""
    c = t.connection
    if (c.gone or c.lost or not c.accepted) and not arrive(w, t, AT_REQUEST):
        return
    serve(w, t)


@entry("core")
def serve(w: World, t: Attempt) -> None:
    """The request comes in over the node's own line, where that is limited, and is looked at."""
    line = w.server.limits.bandwidth_bytes_per_s
    if line <= 0.0:
        look_at_request(w, t)
        return
    node = t.connection.node
    node.up_free_ns = max(w.now, node.up_free_ns) + round(request_bytes(w, t) * 1e9 / line)
    extra = 0
    if w.traced and t.connection.agent.traced:
        extra = vanished(w, t) << 1
    high = of_kind(Kind.MESSAGE_ARRIVES, t.high)
    push(w, node.up_free_ns, high, t.low + order_low(0, RECEIVED) + extra, address_of(t))


@kernel
def on_received(w: World, t: Attempt) -> None:
    """The last byte of the request is there."""
    if t.connection.lost or t.connection.gone:
        drop(w, t)
    else:
        look_at_request(w, t)


@entry("core")
def look_at_request(w: World, t: Attempt) -> None:
    """Let the request in and work on it, or refuse it."""
    node, stream = t.connection.node, t.flow.stream
    arrived_at(w, node)
    if judge(w, node, t):
        t.stage = REFUSAL
        if not work_on_refusal(w, t, 0, 0):
            refuse(w, t)
        return
    enter(node, t)
    t.stage = SERVICE
    if w.route_timeout_ns[stream]:
        watch(w, of_route(w, stream), w.now + w.route_timeout_ns[stream], t)
    agent = t.flow.agent
    cause = why_refused(
        w.auth.scheme, stream, w.generation, t.generation, t.expires_ns, w.now, agent.invalid != 0, False
    )
    t.token_cause = int(cause)
    blocking = w.server.blocking
    t.keeps_worker = blocking
    works = work_on_refusal(w, t, 1, blocking) if t.token_cause else work_on_request(w, t, blocking)
    if not works:
        done(w, t)


@entry("core")
def on_job_done(w: World, job: Job) -> None:
    """CPU work is done: the process that waited for it goes on."""
    t = job.attempt
    operation = job.operation
    c = t.connection
    died = job.gone  # as `c.lost`, and for connections that were closed before their node died
    job_done(w, c.node, job)
    if died or (operation == HANDSHAKE_OPERATION and c.gone):
        drop(w, t)
    elif operation == HANDSHAKE_OPERATION:
        say_hello(w, t)
    elif t.stage == REFUSAL:
        refuse(w, t)
    else:
        done(w, t)


@entry("core")
def refuse(w: World, t: Attempt) -> None:
    """A limit was reached: say so, or nothing at all."""
    if t.status < 0:
        w.silent[t.cause] += 1
        drop(w, t)
    else:
        answer(w, t, t.status, t.cause, t.retry_after_ns, 0)


@entry("core")
def done(w: World, t: Attempt) -> None:
    """The work on a request is done: what it was for is next."""
    stream = t.flow.stream
    if t.token_cause:
        answer(w, t, UNAUTHORIZED, t.token_cause, 0, 0)
    elif t.exchange.events:
        if w.store.parallelism:
            join(w, t.connection.node, t)
        else:
            committed(w, t)
    elif stream == Stream.COMMANDS:
        give_commands(w, t)
    else:
        commands = 0
        if stream == Stream.LOGIN:
            t.generation = w.generation
            t.expires_ns = w.now + w.auth.ttl_ns
        elif stream == Stream.HEARTBEAT:
            commands = heard(w, t)
        answer(w, t, OK, Cause.NONE, 0, commands)


@kernel
def heard(w: World, t: Attempt) -> int:
    """A heartbeat was accepted; the number of commands that ride on its answer."""
    agent = t.flow.agent
    agent.last_heard_ns = w.now
    if w.signals:
        note_heard(w, agent)
    agent.silent = 0
    return agent.waiting_commands if w.command_plan.channel == Channel.PIGGYBACK else 0


@entry("core")
def committed(w: World, t: Attempt) -> None:
    """The events of a request are safe."""
    commit(w, t)
    answer(w, t, OK, Cause.NONE, 0, 0)


@entry("store")
def batch_done(w: World, batch: StoreBatch) -> None:
    """A batch is committed: its lane is free, and its requests go on."""
    w.free_lanes += 1
    advance_store(w)
    t = batch.members
    while t:
        after = t.next_in_batch
        if batch.incarnation != batch.node.incarnation:
            drop(w, t)
        else:
            committed(w, t)
        t = after
    drop_batch(w, batch)


@entry("channels")
def give_commands(w: World, t: Attempt) -> None:
    """Answer a poll: at once with what waits, or (long poll) when a command is created."""
    waiting = t.flow.agent.waiting_commands
    if waiting or w.command_plan.channel == Channel.POLL:
        answer(w, t, OK, Cause.NONE, 0, waiting)
    elif t.connection.gone:
        answer(w, t, OK, Cause.NONE, 0, 0)
    else:
        hold(w, t)


@entry("channels")
def on_hold_over(w: World, t: Attempt) -> None:
    """A held poll is answered now."""
    if t.connection.lost:
        drop(w, t)
    else:
        answer(w, t, OK, Cause.NONE, 0, t.commands)


# ---- the answer ------------------------------------------------------------------------------------


@entry("core")
def answer(w: World, t: Attempt, status: int, cause: int, retry_after_ns: int, commands: int) -> None:
    """Send the answer, unless the connection is closed or a time-out has answered already."""
    c = t.connection
    leave(c.node, t)
    if t.keeps_worker:
        t.keeps_worker = 0
        free_worker(w, c.node, c.worker if w.per_worker else 0)
    if c.gone or t.answered:
        drop(w, t)
        return
    t.answered = 1
    t.status = status
    t.cause = cause
    t.retry_after_ns = retry_after_ns
    t.commands = commands
    deliver(w, t)


@entry("core")
def deliver(w: World, t: Attempt) -> None:
    """The answer's way to the agent."""
    c = t.connection
    served_at(w, c, w.now)
    if t.status == 0:
        c.reset_sent = 1
        close(w, c.node, c)
        turned_away_by(w, c.node, t.cause)
        down(w, t, Message.RESET, 0)
        return
    wire = w.connection.wire
    size_bytes = wire.response_bytes + t.commands * wire.command_bytes
    send_down(w, c, t.high, t.low, Message.RESPONSE, size_bytes, t.status, t.commands, address_of(t), 0)
