"""Outcomes of the agents' requests: acknowledged, repeated, given up. Drives the EXCHANGE table.

An attempt ends once: answered, lost, timed out, or open when the run ends. What follows is the EXCHANGE
table's decision, never this module's. Rules: docs/model.md#request-timeout, #nth-wait, #exhausted and
#abandoned-work. Its twin is engines/reference/requests.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import push
from wavetank.engines.compiled.containers.order import order_high, order_low
from wavetank.engines.compiled.containers.pools import retain
from wavetank.engines.compiled.model.channels import beat, commands_arrived, polled
from wavetank.engines.compiled.model.idle import agent_closes, go_idle, no_attempt, unlink_kept
from wavetank.engines.compiled.model.lifetimes import drop, drop_connection, drop_exchange
from wavetank.engines.compiled.model.measure import (
    answered_ok,
    count_lost,
    count_unheard,
    rejected,
    timed_out,
)
from wavetank.engines.compiled.model.needs import changed
from wavetank.engines.compiled.model.parts import (
    RETRY_BYTES,
    AgentStream,
    Attempt,
    Connection,
    Exchange,
    retry_at,
)
from wavetank.engines.compiled.model.sending import begin_request, over, send, settle, step, unlink_live
from wavetank.engines.compiled.model.streams import batch_acknowledged, batch_given_up, flush_is_due
from wavetank.engines.compiled.model.tokens import ask, flow_of, go, granted, token_event
from wavetank.engines.compiled.model.world import NO_BRANCH, World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import NOTHING, address_of, same
from wavetank.policy.choices import names_all
from wavetank.policy.codes import Cause, OnRejection, Stream
from wavetank.protocol.order import Kind, Message
from wavetank.protocol.session import failure_event, is_final, rejection_event
from wavetank.protocol.tables import ExchangeAction, ExchangeEvent, ExchangeState, TokenEvent
from wavetank.protocol.waits import back_off
from wavetank.scenario.resolved import Retry

names_all(__name__, OnRejection, "RESUME BACKOFF")
names_all(__name__, ExchangeAction, "NOTHING SEND ASK ACKNOWLEDGE RENEW WAIT GIVE_UP")
names_all(__name__, Stream, "REGISTER LOGIN STATELESS STATEFUL COMMANDS HEARTBEAT")

OK = 200
"""HTTP status of success (RFC 9110, 15.3.1)."""
WAS_OK, WAS_REJECTED, WAS_TIMED_OUT, WAS_LOST, IS_OPEN = range(5)
"""How an attempt ended. The numbers are those of `Outcome` in results/requests.py."""


@kernel
def retry_of(w: World, stream: int) -> Retry:
    """The retry law of a stream."""
    return retry_at(w.retries + RETRY_BYTES * stream).retry


# ---- what comes back -------------------------------------------------------------------------------


@entry("core")
def answered(w: World, t: Attempt) -> None:
    """The answer of a node has arrived at the agent."""
    if t.over:
        return
    flow, x = t.flow, t.exchange
    stream = flow.stream
    ok = t.status == OK
    over(w, t, WAS_OK if ok else WAS_REJECTED)
    after_answer(w, t)
    if ok:
        answered_ok(w, stream, t.started_ns)
        if t.commands:
            commands_arrived(w, flow.agent, t.commands)
        act(w, t, int(ExchangeEvent.ACKNOWLEDGED), 0)
    else:
        rejected(w, t.connection.node, stream, t.cause)
        attempts = retry_of(w, stream).attempts
        if t.cause == Cause.TOKEN:
            resume = w.auth.on_rejection == OnRejection.RESUME
            event, void = rejection_event(x, flow.agent, attempts, resume, w.now)  # type: ignore[arg-type]
            if void:
                token_event(w, flow.agent, int(TokenEvent.REJECTED))
            act(w, t, int(event), t.retry_after_ns)
        else:
            final = is_final(stream, t.status)
            act(w, t, int(failure_event(t.status, final, x, attempts)), t.retry_after_ns)  # type: ignore[arg-type]
    drop(w, t)


@entry("core")
def lost(w: World, t: Attempt) -> None:
    """A reset or a refused connection ended the attempt."""
    if t.over:
        return
    over(w, t, WAS_LOST)
    t.connection.agent_closed = 1
    no_attempt(w, t.connection)
    count_lost(w, t.flow.stream)
    failed(w, t)
    drop(w, t)


@entry("deadlines")
def deadline(w: World, t: Attempt) -> None:
    """The agent waits no longer; a poll held long enough is as good as an empty answer."""
    stream = t.flow.stream
    count_unheard(w, t)
    if stream == Stream.COMMANDS and w.hold_is_shorter and t.asked:
        over(w, t, WAS_OK)
        answered_ok(w, stream, t.started_ns)
        hang_up(w, t, Message.FIN)
        act(w, t, int(ExchangeEvent.ACKNOWLEDGED), 0)
    else:
        over(w, t, WAS_TIMED_OUT)
        timed_out(w, stream)
        hang_up(w, t, Message.RESET)
        failed(w, t)
    drop(w, t)


@kernel
def hang_up(w: World, t: Attempt, message: int) -> None:
    """The agent closes the attempt's connection."""
    c = t.connection
    c.agent_closed = 1
    agent_closes(w, c, t.high, t.low, message)


@kernel
def after_answer(w: World, t: Attempt) -> None:
    """Close the connection, or keep it for the stream's next request."""
    c = t.connection
    if not w.keeps_alive or c.gone or c.verdict:
        hang_up(w, t, Message.FIN)
    else:
        go_idle(w, t.flow, c, w.now)


@kernel
def failed(w: World, t: Attempt) -> None:
    """An attempt failed without an answer."""
    attempts = retry_of(w, t.flow.stream).attempts
    act(w, t, int(failure_event(0, False, t.exchange, attempts)), 0)  # type: ignore[arg-type]


# ---- what follows ----------------------------------------------------------------------------------


@entry("core")
def act(w: World, t: Attempt, event: int, retry_after_ns: int) -> None:
    """Carry out what the exchange's table says."""
    flow, x = t.flow, t.exchange
    action = step(w, x, event)
    if action == ExchangeAction.SEND:
        send(w, flow, x)
    elif action == ExchangeAction.ACKNOWLEDGE:
        settle(w, flow, x)
        acknowledged(w, flow, x, t)
        drop_exchange(w, x)
        if x.attempt == 0 and not t.overdue:
            return
    elif action == ExchangeAction.WAIT:
        wait_before_retry(w, flow, x, retry_after_ns)
    elif action == ExchangeAction.RENEW:
        ask(w, flow.agent)
    elif action == ExchangeAction.GIVE_UP:
        settle(w, flow, x)
        gave_up(w, flow, x, event)
        drop_exchange(w, x)
    elif action != ExchangeAction.NOTHING:
        w.error = NO_BRANCH
    changed(w, flow.agent)


@kernel
def acknowledged(w: World, flow: AgentStream, x: Exchange, t: Attempt) -> None:
    """A request did what it was for."""
    if flow.stream == Stream.LOGIN:
        granted(w, flow.agent, t)
    elif flow.stream == Stream.COMMANDS:
        polled(w, flow)
    elif flow.plan:
        batch_acknowledged(w, flow, x)


@kernel
def gave_up(w: World, flow: AgentStream, x: Exchange, event: int) -> None:
    """A request will not be repeated."""
    if flow.stream == Stream.LOGIN:
        token_event(w, flow.agent, int(TokenEvent.REFUSED))
    elif flow.stream == Stream.COMMANDS:
        polled(w, flow)
    elif flow.plan:
        batch_given_up(w, flow, x, event)


@entry("core")
def wait_before_retry(w: World, flow: AgentStream, x: Exchange, retry_after_ns: int) -> None:
    """Back off: the longer of the law's wait and an honoured Retry-After."""
    agent, stream = flow.agent, flow.stream
    wait_ns = back_off(retry_of(w, stream), w.seed, agent.index, stream, x, retry_after_ns)  # type: ignore[arg-type]
    if wait_ns < 0:
        w.error = NO_BRANCH
        wait_ns = 0
    retain(x)
    high = order_high(Kind.WAIT_OVER, agent.index, stream, x.request)
    push(w, w.now + wait_ns, high, order_low(x.attempt, 1) + agent.incarnation, address_of(x))
    if stream == Stream.LOGIN:
        token_event(w, agent, int(TokenEvent.FAILED))


@entry("core")
def retry_wait_over(w: World, x: Exchange, incarnation: int) -> None:
    """The wait after a failed attempt is over."""
    flow = x.flow
    if flow.agent.incarnation == incarnation and x.state == ExchangeState.BACKING_OFF:
        if flow.stream == Stream.LOGIN:
            token_event(w, flow.agent, int(TokenEvent.WAIT_OVER))
        else:
            go(w, flow, x)
    drop_exchange(w, x)


@entry("core")
def reset(w: World, c: Connection) -> None:
    """A reset (or the node's FIN) has reached the agent: the attempt on that connection is lost, or the
    idle one closed.
    """
    c.agent_closed = 1
    if c.idle:
        if c.is_kept:
            unlink_kept(flow_of(w, c.agent, c.stream), c)
            drop_connection(w, c)
    elif c.attempt:
        lost(w, c.attempt)


@entry("faults")
def forget(w: World, flow: AgentStream) -> None:
    """The agent restarts: attempts under way are lost to it, its requests begin again."""
    while flow.attempts:
        t = flow.attempts
        over(w, t, WAS_LOST)
        count_lost(w, flow.stream)
        t.connection.agent_closed = 1
        no_attempt(w, t.connection)
        drop(w, t)
    while flow.kept:
        c = flow.kept
        unlink_kept(flow, c)
        drop_connection(w, c)
    x = flow.live
    flow.in_flight = 0
    while x:
        after = x.next
        if not flow.plan or (flow.unsent and same(x, flow.unsent)):
            unlink_live(flow, x)
            drop_exchange(w, x)
        else:
            x.state = int(ExchangeState.NEW)
            x.tried = 0
            flow.in_flight += 1
        x = after
    if flow.plan:
        flow.unsent = NOTHING


# ---- what is due -----------------------------------------------------------------------------------


@entry("core")
def on_flush(w: World, flow: AgentStream) -> None:
    """A stream's flush timer."""
    if not flush_is_due(w, flow):
        return
    x = begin_request(w, flow)
    flow.unsent = x
    go(w, flow, x)


@entry("channels")
def on_poll(w: World, flow: AgentStream, incarnation: int) -> None:
    """It is time to ask for commands."""
    agent = flow.agent
    if agent.incarnation == incarnation and not agent.offline and flow.in_flight == 0:
        go(w, flow, begin_request(w, flow))


@entry("heartbeat")
def on_beat(w: World, flow: AgentStream, incarnation: int) -> None:
    """It is time for a heartbeat; the next is planned at once."""
    agent = flow.agent
    if agent.incarnation != incarnation or agent.offline:
        return
    beat(w, flow, flow.since_ns + w.heartbeat.period_ns)
    if flow.in_flight == 0:
        x = begin_request(w, flow)
        x.body_bytes = w.heartbeat.size_bytes
        go(w, flow, x)
