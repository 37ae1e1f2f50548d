"""Requests on their way: begun, sent, settled.

The tables of protocol/ decide; this module walks them and keeps the lists of what is under way. A request
is in one list from its beginning to its settling.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import BEGIN, at_once
from wavetank.engines.compiled.containers.lists import chain
from wavetank.engines.compiled.model.idle import take_kept
from wavetank.engines.compiled.model.lifetimes import drop_exchange, new_attempt, new_connection, new_exchange
from wavetank.engines.compiled.model.measure import issued
from wavetank.engines.compiled.model.needs import ends, sent
from wavetank.engines.compiled.model.parts import Agent, AgentStream, Attempt, Connection, Exchange
from wavetank.engines.compiled.model.streams import arm, fill_batch
from wavetank.engines.compiled.model.timers import of_agent, watch
from wavetank.engines.compiled.model.tracing import log_request
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import address_of
from wavetank.policy.choices import names_all
from wavetank.protocol.tables import ExchangeAction, ExchangeEvent, ExchangeState, TokenAction, TokenEvent

names_all(__name__, ExchangeState, "NEW AWAITING_TOKEN IN_FLIGHT BACKING_OFF SETTLED")

join_live, leave_live = chain(AgentStream, "live", "last_live", Exchange, "next", "previous")
join_attempt, leave_attempt = chain(AgentStream, "attempts", "last_attempt", Attempt, "next", "previous")

ACTIONS = 1 << max(len(ExchangeAction), len(TokenAction)).bit_length()
"""The tables hold `state * ACTIONS + action`: a power of two, so that the parts come by shift and mask."""
EXCHANGE_EVENTS = len(ExchangeEvent)
TOKEN_EVENTS = len(TokenEvent)
"""The columns of the tables, each a row of its state."""


@kernel
def step(w: World, x: Exchange, event: int) -> int:
    """Let something happen to an exchange; returns the `ExchangeAction` to carry out."""
    entry = w.exchange_table[EXCHANGE_EVENTS * x.state + event]
    x.state = entry // ACTIONS
    action = entry % ACTIONS
    if action == ExchangeAction.SEND:
        x.attempt += 1
        x.tried += 1
    return action


@kernel
def token_step(w: World, session: Agent, event: int) -> int:
    """Let something happen to an agent's token; returns the `TokenAction` to carry out."""
    entry = w.token_table[TOKEN_EVENTS * session.state + event]
    session.state = entry // ACTIONS
    return entry % ACTIONS


@kernel
def may_go(x: Exchange) -> bool:
    """Whether a request waits for something and could be sent."""
    state = x.state
    return (
        state == ExchangeState.NEW
        or state == ExchangeState.AWAITING_TOKEN
        or state == ExchangeState.BACKING_OFF
    )


@entry("core")
def begin_request(w: World, flow: AgentStream) -> Exchange:
    """A new request of a stream; whether it can go at once is seen later."""
    x = new_exchange(w, flow)
    x.refs = 1
    flow.requests += 1
    flow.in_flight += 1
    join_live(flow, x)
    return x


@kernel
def unlink_live(flow: AgentStream, x: Exchange) -> None:
    """A request is no longer among the live ones."""
    leave_live(flow, x)


@kernel
def settle(w: World, flow: AgentStream, x: Exchange) -> None:
    """A request is over; somebody must look at it still."""
    x.state = int(ExchangeState.SETTLED)
    flow.in_flight -= 1
    unlink_live(flow, x)


@kernel
def join_attempts(flow: AgentStream, t: Attempt) -> None:
    """An attempt is under way."""
    join_attempt(flow, t)


@kernel
def over(w: World, t: Attempt, outcome: int) -> None:
    """The agent waits for nothing more from an attempt; the flow's look at it is still counted."""
    flow = t.flow
    ends(w, t)
    t.over = 1
    leave_attempt(flow, t)
    if w.logs_requests:
        log_request(w, t, outcome, w.now)


@entry("core")
def send(w: World, flow: AgentStream, x: Exchange) -> None:
    """Begin an attempt: take the batch when it is the first, connect or take a kept connection, ask."""
    if x.attempt == 0 and flow.plan and not fill_batch(w, flow, x):
        settle(w, flow, x)
        drop_exchange(w, x)
        arm(w, flow)
        return
    x.serial = flow.agent.serial
    t = new_attempt(w, flow, x)
    join_attempts(flow, t)
    issued(w, flow.stream, x.attempt)
    sent(w, t)
    patience_ns = w.patience_ns[flow.stream]
    if patience_ns:
        watch(w, of_agent(w, flow.stream), w.now + patience_ns, t)
    if flow.kept:
        connect(t, take_kept(w, flow))
    else:
        c = new_connection(w, flow, x.request, x.attempt)
        c.refs = 1
        connect(t, c)
    t.refs = 3  # the flow, the connection, the process
    at_once(w, BEGIN, address_of(t))
    if flow.plan:
        arm(w, flow)


@kernel
def connect(t: Attempt, c: Connection) -> None:
    """An attempt goes over a connection."""
    c.idle = 0
    c.attempt = t
    t.connection = c
