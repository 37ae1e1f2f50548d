"""The loop of a run: take the next event, and let happen what its kind says.

Everything happens through the calendar or the ring of what happens at once, in the order of
docs/model.md#order. Every choice names all members and ends in an error.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import (
    BEGIN,
    DELIVER,
    HELD,
    HOLD_OVER,
    SLOT,
    refill,
)
from wavetank.engines.compiled.containers.current_bucket import drop_first, first, open_current
from wavetank.engines.compiled.containers.order import extra_of, kind_of, leg_of, request_of, stream_of
from wavetank.engines.compiled.model.balancer import health_check, plan_health_checks
from wavetank.engines.compiled.model.channels import end_hold, hold, on_command
from wavetank.engines.compiled.model.closing import hung_up, route_timeout
from wavetank.engines.compiled.model.connecting import (
    begin,
    on_hello,
    on_syn,
    on_syn_ack,
    on_syn_again,
    on_tls_done,
    on_tls_key,
)
from wavetank.engines.compiled.model.exchange import (
    batch_done,
    deliver,
    on_ack,
    on_hold_over,
    on_job_done,
    on_received,
    on_request,
    on_slot,
    on_turn,
)
from wavetank.engines.compiled.model.faults import begin_fault, end_fault, plan_faults
from wavetank.engines.compiled.model.idle import agent_idle_due, server_idle_due
from wavetank.engines.compiled.model.lifetimes import drop, drop_connection
from wavetank.engines.compiled.model.network import OF_CONNECTION
from wavetank.engines.compiled.model.parts import (
    agent_at,
    attempt_at,
    batch_at,
    connection_at,
    deadlines_at,
    exchange_at,
    flow_at,
    job_at,
)
from wavetank.engines.compiled.model.requests import (
    answered,
    deadline,
    lost,
    on_beat,
    on_flush,
    on_poll,
    reset,
    retry_wait_over,
)
from wavetank.engines.compiled.model.sampling import on_sample, plan_samples
from wavetank.engines.compiled.model.startup import on_available
from wavetank.engines.compiled.model.store import WINDOW_OVER, window_over
from wavetank.engines.compiled.model.streams import on_thought
from wavetank.engines.compiled.model.timers import look_at_deadlines
from wavetank.engines.compiled.model.tokens import flow_of, renewal_due
from wavetank.engines.compiled.model.tracing import arrived
from wavetank.engines.compiled.model.wave import join_wave
from wavetank.engines.compiled.model.world import NO_BRANCH, NOT_COMPILED, World
from wavetank.engines.compiled.toolchain.kernels import TRAP, entry, kernel
from wavetank.engines.compiled.toolchain.structs import NOTHING, word
from wavetank.policy.choices import names_all
from wavetank.policy.codes import Stream
from wavetank.protocol.order import RECEIVED, TURN, Kind, Message

names_all(
    __name__, Kind,
    "FAULT_BEGINS FAULT_ENDS SERVER_JOB_DONE STORE_BATCH_DONE ANSWER_ARRIVES MESSAGE_ARRIVES "
    "SERVER_TIMEOUT AGENT_DEADLINE AVAILABILITY CREATED FLUSH RENEWAL WAIT_OVER HEARTBEAT HEALTH_TICK "
    "SAMPLE",
)  # fmt: skip
names_all(__name__, Message, "SYN SYN_ACK ACK SERVER_HELLO TLS_KEY TLS_DONE REQUEST RESPONSE FIN RESET")

ENDED, GOES_ON, STANDS_STILL = range(3)


@entry(TRAP)
def not_compiled(w: World) -> None:
    """Stands in the table for entries of groups that a scenario does not need."""
    w.error = NOT_COMPILED


@entry("core")
def start_run(w: World) -> None:
    """Plan what is known from the beginning, but for the agents."""
    open_current(w)
    if w.balancer.health_check_ns:
        plan_health_checks(w)
    if w.fault_count:
        plan_faults(w)


@entry("core")
def plan_rest(w: World) -> None:
    """The sampled agents get their rows; set all ticks."""
    join_wave(w)
    plan_samples(w)


@entry("core")
def advance_run(w: World, steps: int) -> int:
    """Let so many things happen, at most; ENDED when nothing comes before `until_ns` any more."""
    q = w.calendar
    end_ns = w.until_ns
    while steps > 0:
        steps -= 1
        if w.ring_count > 0:
            step, ref = word(w.ring + 16 * w.ring_first), word(w.ring + 16 * w.ring_first + 8)
            w.ring_first = w.ring_first + 1 & w.ring_capacity - 1
            w.ring_count -= 1
            w.at_once += 1
            happen_at_once(w, step, ref)
            continue
        if q.bucket_events == 0 and not refill(w, end_ns):
            return ENDED
        e = first(q)
        when_ns, high, low, ref = e.when_ns, e.high, e.low, e.ref
        if when_ns >= end_ns:
            return ENDED
        drop_first(w, q)
        if when_ns != w.now:
            w.now = when_ns
            w.at_once = 0
        w.at_once += 1
        if w.at_once > w.most_at_once:
            return STANDS_STILL
        dispatch(w, high, low, ref)
    return GOES_ON


@kernel
def happen_at_once(w: World, step: int, ref: int) -> None:
    """A process begins, or goes on in the same instant."""
    t = attempt_at(ref)
    if step == BEGIN:
        begin(w, t)
    elif step == SLOT:
        on_slot(w, t)
    elif step == DELIVER:
        deliver(w, t)
    elif step == HELD:
        hold(w, t)
    elif step == HOLD_OVER:
        on_hold_over(w, t)
    else:
        w.error = NO_BRANCH


@kernel
def dispatch(w: World, high: int, low: int, ref: int) -> None:
    """An event, by its kind."""
    kind = kind_of(high)
    if kind == Kind.MESSAGE_ARRIVES:
        message_arrives(w, leg_of(low), extra_of(low), ref)
    elif kind == Kind.SERVER_JOB_DONE:
        on_job_done(w, job_at(ref))
    elif kind == Kind.ANSWER_ARRIVES:
        answer_arrives(w, leg_of(low), extra_of(low), ref)
    elif kind == Kind.FLUSH:
        if stream_of(high) == Stream.COMMANDS:
            on_poll(w, flow_at(ref), extra_of(low))
        else:
            on_flush(w, flow_at(ref))
    elif kind == Kind.CREATED:
        if stream_of(high) == Stream.COMMANDS:
            on_command(w, agent_at(ref), request_of(high))
        else:
            on_thought(w, flow_at(ref))
    elif kind < 0:
        look_at_deadlines(w, deadlines_at(ref))
    else:
        dispatch_rare(w, kind, high, low, ref)


@entry("core")
def dispatch_rare(w: World, kind: int, high: int, low: int, ref: int) -> None:
    """Carry out an event of a kind that most requests do not have."""
    leg = leg_of(low)
    if kind == Kind.AGENT_DEADLINE:
        if leg == Message.FIN:
            c = connection_at(ref)
            agent_idle_due(w, flow_of(w, c.agent, stream_of(high)), c, high, low)
        else:
            t = attempt_at(ref)
            if not t.over:
                deadline(w, t)
            drop(w, t)
    elif kind == Kind.SERVER_TIMEOUT:
        if leg == Message.FIN:
            server_idle_due(w, connection_at(ref), high, low)
        else:
            server_times_out(w, leg, ref)
    elif kind == Kind.WAIT_OVER:
        if leg == Message.SYN:
            on_syn_again(w, attempt_at(ref))
        else:
            retry_wait_over(w, exchange_at(ref), extra_of(low))
    elif kind == Kind.RENEWAL:
        renewal_due(w, agent_at(ref), request_of(high), extra_of(low))
    elif kind == Kind.HEARTBEAT:
        on_beat(w, flow_at(ref), extra_of(low))
    elif kind == Kind.STORE_BATCH_DONE:
        if leg == WINDOW_OVER:
            window_over(w, batch_at(ref))
        else:
            batch_done(w, batch_at(ref))
    elif kind == Kind.AVAILABILITY:
        on_available(w, agent_at(ref))
    elif kind == Kind.SAMPLE:
        on_sample(w, stream_of(high))
    elif kind == Kind.HEALTH_TICK:
        health_check(w, request_of(high))
    elif kind == Kind.FAULT_BEGINS:
        begin_fault(w, request_of(high))
    elif kind == Kind.FAULT_ENDS:
        end_fault(w, request_of(high))
    else:
        w.error = NO_BRANCH


@kernel
def server_times_out(w: World, leg: int, ref: int) -> None:
    """A route's time-out, or that of a held poll."""
    t = attempt_at(ref)
    if leg == HOLD_LEG:
        if t.holds:
            end_hold(w, t, 0)
    elif t.in_node and not t.answered and not t.connection.lost:
        route_timeout(w, t)
    drop(w, t)


HOLD_LEG = 1
"""The leg of a held poll's deadline; that of a route is 0 (`build/servers.py` writes both)."""


@kernel
def message_arrives(w: World, leg: int, extra: int, ref: int) -> None:
    """A message of an agent arrives at its node."""
    if w.traced and extra >> 1:
        arrived(w, extra >> 1)
    t = attempt_at(ref)
    if leg == Message.REQUEST:
        on_request(w, t)
    elif leg == Message.ACK:
        on_ack(w, t)
    elif leg == Message.SYN:
        on_syn(w, t)
    elif leg == Message.TLS_KEY:
        on_tls_key(w, t)
    elif leg == RECEIVED:
        on_received(w, t)
    elif leg == TURN:
        on_turn(w, t)
    elif extra & OF_CONNECTION:
        c = connection_at(ref)
        hung_up(w, c, NOTHING)
        drop_connection(w, c)
    elif leg == Message.FIN or leg == Message.RESET:
        hung_up(w, t.connection, t)
        drop(w, t)
    else:
        w.error = NO_BRANCH


@kernel
def answer_arrives(w: World, leg: int, extra: int, ref: int) -> None:
    """A message of a node arrives at an agent."""
    if w.traced and extra >> 1:
        arrived(w, extra >> 1)
    t = attempt_at(ref)
    if leg == Message.RESPONSE:
        answered(w, t)
        drop(w, t)
    elif leg == Message.SYN_ACK:
        on_syn_ack(w, t)
    elif leg == Message.SERVER_HELLO:
        on_hello(w, t)
    elif leg == Message.TLS_DONE:
        on_tls_done(w, t)
    elif extra & OF_CONNECTION:
        c = connection_at(ref)
        reset(w, c)
        drop_connection(w, c)
    elif leg == Message.FIN or leg == Message.RESET:
        lost(w, t)
        drop(w, t)
    else:
        w.error = NO_BRANCH
