"""The agents' tokens: logging in, renewing, being turned away; and requests that go or wait for one.

There is at most one login of an agent at a time. Requests use the old token until it expires and then
wait; they go in stream order when the new one comes. Rules: docs/model.md#tokens and #token-of-attempt.
Its twin is engines/reference/tokens.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import push
from wavetank.engines.compiled.containers.histogram import add
from wavetank.engines.compiled.containers.order import order_high
from wavetank.engines.compiled.model.measure import count_login, logged_in, went_offline
from wavetank.engines.compiled.model.needs import changed
from wavetank.engines.compiled.model.parts import Agent, AgentStream, Attempt, Exchange
from wavetank.engines.compiled.model.sending import begin_request, may_go, send, step, token_step
from wavetank.engines.compiled.model.signals import login_begins, note_offline
from wavetank.engines.compiled.model.world import NO_BRANCH, World, flow_at_place
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import address_of
from wavetank.policy.choices import names_all
from wavetank.policy.codes import Stream
from wavetank.protocol.order import Kind
from wavetank.protocol.session import due_event, need_event, usable
from wavetank.protocol.tables import (
    ExchangeAction,
    ExchangeEvent,
    ExchangeState,
    TokenAction,
    TokenEvent,
    TokenState,
)
from wavetank.protocol.waits import renewal_ns

names_all(__name__, TokenAction, "NOTHING LOGIN WAIT RELEASE GO_OFFLINE")
names_all(__name__, ExchangeAction, "NOTHING SEND ASK ACKNOWLEDGE RENEW WAIT GIVE_UP")
names_all(__name__, ExchangeState, "NEW AWAITING_TOKEN IN_FLIGHT BACKING_OFF SETTLED")


@kernel
def flow_of(w: World, agent: Agent, stream: int) -> AgentStream:
    """A stream of an agent. Where the scenario has no such stream, its `there` is 0."""
    return flow_at_place(w, agent, w.flow_place[stream])


@entry("core")
def go(w: World, flow: AgentStream, x: Exchange) -> None:
    """Send the request, or let it wait for a token."""
    if not may_go(x):
        return
    agent = flow.agent
    ready = not w.needs_token or usable(agent, w.now)  # type: ignore[arg-type]
    action = step(w, x, int(ExchangeEvent.READY) if ready else int(ExchangeEvent.BLOCKED))
    if action == ExchangeAction.SEND:
        first = x.attempt == 0
        send(w, flow, x)
        if first:
            return
    elif action == ExchangeAction.ASK:
        ask(w, agent)
    changed(w, agent)


@entry("token")
def ask(w: World, agent: Agent) -> None:
    """A request needs a token that is not there."""
    act_on_token(w, agent, token_step(w, agent, int(need_event(agent, w.now))))  # type: ignore[arg-type]


@entry("token")
def start_with(w: World, agent: Agent, issued_ns: int) -> None:
    """The agent had a token before the run began."""
    agent.state = int(TokenState.VALID)
    agent.serial = 1
    agent.issued_ns = issued_ns
    agent.expires_ns = issued_ns + w.auth.ttl_ns
    plan_renewal(w, agent)


@entry("token")
def granted(w: World, agent: Agent, t: Attempt) -> None:
    """A login was answered with a token: what waits for it goes, in stream order."""
    agent.generation = t.generation
    agent.serial += 1
    agent.issued_ns = t.expires_ns - w.auth.ttl_ns
    agent.expires_ns = t.expires_ns
    action = token_step(w, agent, int(TokenEvent.GRANTED))
    logged_in(w)
    count_login(w)
    if agent.began_ns >= 0:
        add(w.logged_in, w.now - agent.began_ns)
        agent.began_ns = -1
    plan_renewal(w, agent)
    act_on_token(w, agent, action)


@entry("token")
def plan_renewal(w: World, agent: Agent) -> None:
    """When the agent asks for its next token."""
    at_ns = renewal_ns(w.auth, w.seed, agent.index, agent)  # type: ignore[arg-type]
    if at_ns < w.horizon_ns:
        high = order_high(Kind.RENEWAL, agent.index, Stream.LOGIN, agent.serial)
        push(w, max(at_ns, w.now), high, agent.incarnation, address_of(agent))


@entry("token")
def renewal_due(w: World, agent: Agent, serial: int, incarnation: int) -> None:
    """The planned instant has come."""
    if agent.serial == serial and agent.incarnation == incarnation:
        act_on_token(w, agent, token_step(w, agent, int(due_event(w.auth.renewal))))


@kernel
def token_event(w: World, agent: Agent, event: int) -> None:
    """Something happened to the token: rejected, failed, refused, its wait over."""
    act_on_token(w, agent, token_step(w, agent, event))


@entry("token")
def act_on_token(w: World, agent: Agent, action: int) -> None:
    """Carry out what the token's table says."""
    if action == TokenAction.LOGIN:
        log_in(w, agent)
    elif action == TokenAction.RELEASE:
        release_waiting(w, agent)
    elif action == TokenAction.GO_OFFLINE:
        agent.offline = 1
        went_offline(w, 1)
        if w.signals:
            note_offline(w, agent, 1)
    elif action != TokenAction.NOTHING and action != TokenAction.WAIT:
        w.error = NO_BRANCH
    changed(w, agent)


@entry("token")
def log_in(w: World, agent: Agent) -> None:
    """Begin a login, or go on with the one that waits."""
    flow = flow_of(w, agent, Stream.LOGIN)
    x = flow.live
    while x and x.state != ExchangeState.BACKING_OFF:
        x = x.next
    if not x:
        x = begin_request(w, flow)
    if not may_go(x):
        return
    step(w, x, int(ExchangeEvent.READY))
    first = x.attempt == 0
    if first and w.signals:
        login_begins(w, agent)
    send(w, flow, x)
    if not first:
        changed(w, agent)


@entry("token")
def release_waiting(w: World, agent: Agent) -> None:
    """Let go what waits for a token, in stream order."""
    for place in range(w.flow_count):
        flow = flow_at_place(w, agent, place)
        if flow.there and flow.stream != Stream.LOGIN:
            x = flow.live
            while x:
                after = x.next
                if x.state == ExchangeState.NEW or x.state == ExchangeState.AWAITING_TOKEN:
                    go(w, flow, x)
                x = after
