"""Taking samples, and letting agents leave: called from Python between two steps of a run.

A sample is taken when everything before it has happened and nothing after. Taking it changes no figure of
the run.
"""

from __future__ import annotations

from wavetank.engines.compiled.model.arrivals import look_up
from wavetank.engines.compiled.model.gauge import restart
from wavetank.engines.compiled.model.needs import counts, end_need, look_at_needs, signals_of, take_needs
from wavetank.engines.compiled.model.outstanding import take_commands
from wavetank.engines.compiled.model.parts import Agent, AgentStream
from wavetank.engines.compiled.model.signal_parts import AgentSignals
from wavetank.engines.compiled.model.silence import remember, take_silent
from wavetank.engines.compiled.model.startup import first_beat_ns
from wavetank.engines.compiled.model.world import World, agent_number, flow_at_place
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import word
from wavetank.policy.choices import names_all
from wavetank.policy.codes import ProcessKind, StartKind
from wavetank.protocol.tables import TokenState

names_all(__name__, TokenState, "NONE LOGGING_IN LOGIN_WAIT VALID RENEWING RENEW_WAIT DENIED")

# ---- the beginning ---------------------------------------------------------------------------------


@entry("judged")
def join_signals(w: World) -> None:
    """Look at the fleet as it begins: what it needs, and when each agent was last heard."""
    for index in range(w.agent_count):
        agent = agent_number(w, index)
        look_at_needs(w, agent)
        if w.heartbeat.period_ns and w.start == StartKind.STEADY:
            signals_of(w, agent).heard_ns = first_beat_ns(w, agent) - w.heartbeat.period_ns


@entry("judged")
def join_heard(w: World, order: int) -> None:
    """Queue the agents that have begun; `order` is the address of their numbers, longest unheard first."""
    for i in range(w.agent_count):
        agent = agent_number(w, word(order + 8 * i))
        if agent.started:
            s = signals_of(w, agent)
            remember(w, s, s.heard_ns)


# ---- samples ---------------------------------------------------------------------------------------


@entry("judged")
def take_levels(w: World) -> None:
    """Bring everything up to now that time alone changes."""
    take_needs(w)
    take_commands(w)
    take_silent(w)


@entry("judged")
def begin_moments(w: World) -> None:
    """A sample was taken: the next moments begin now."""
    g = w.signals
    restart(g.settled)
    restart(g.thought)
    restart(g.impaired)
    restart(g.outstanding)
    restart(g.silent)
    restart(g.waiting)
    g.renewed.count = 0
    g.taken_ns = w.now


@entry("judged")
def created_by_now(w: World) -> int:
    """How many events there are that agents have created before now."""
    total = w.signals.thought.value
    for index in range(w.agent_count if w.open_flows else 0):
        agent = agent_number(w, index)
        if agent.started and counts(w, agent):
            for place in range(w.flow_count):
                flow = flow_at_place(w, agent, place)
                if flow.plan and flow.plan.source.kind != ProcessKind.CLOSED:
                    total += counted(w, flow, w.now - 1) - flow.origin
    return total


@kernel
def counted(w: World, flow: AgentStream, until_ns: int) -> int:
    """How many events an open stream has by then; its cursor stays where it was."""
    if flow.found_index == flow.seen and flow.found_ns > until_ns:
        return flow.seen
    page, before = flow.page, flow.before
    n = look_up(w, flow, until_ns)
    flow.page, flow.before = page, before
    return n


@entry("judged")
def invalid_tokens(w: World) -> int:
    """How many begun agents have no token that a server accepts now."""
    count = 0
    for index in range(w.agent_count if w.needs_token else 0):
        agent = agent_number(w, index)
        if agent.started and counts(w, agent) and not is_accepted(w, agent):
            count += 1
    return count


@kernel
def is_accepted(w: World, agent: Agent) -> bool:
    """Whether an agent has a token that a server accepts now."""
    state = agent.state
    has = state == TokenState.VALID or state == TokenState.RENEWING or state == TokenState.RENEW_WAIT
    return has and agent.generation >= w.generation and w.now < agent.expires_ns


# ---- leaving ---------------------------------------------------------------------------------------


@entry("judged")
def leave_signals(w: World, index: int) -> None:
    """Take an agent's part out of every figure, as if it had never been there; no moment changes."""
    agent = agent_number(w, index)
    s = signals_of(w, agent)
    if s.left:
        return
    take_out_levels(w, s)
    for place in range(w.flow_count):
        flow = flow_at_place(w, agent, place)
        if flow.plan:
            take_out_events(w, flow)
    w.signals.acknowledged += s.dropped
    w.signals.dropped -= s.dropped
    w.signals.offline -= agent.offline
    s.left = 1
    w.signals.leavers += 1


@kernel
def take_out_levels(w: World, s: AgentSignals) -> None:
    """An agent's need, commands and silence count no more."""
    g = w.signals
    if s.impaired:
        g.impaired.value -= 1
        end_need(w, s)
    g.outstanding.value -= s.created - s.delivered
    g.stale_commands -= max(0, s.aged - s.delivered)
    g.silent.value -= s.silent


@kernel
def take_out_events(w: World, flow: AgentStream) -> None:
    """A stream's events count no more."""
    g = w.signals
    settled = flow.seen - flow.outbox_held
    if flow.plan.source.kind == ProcessKind.CLOSED:
        g.thought.value -= flow.created
    else:
        settled -= flow.origin
    g.settled.value -= settled
    g.acknowledged -= settled


__all__ = [
    "begin_moments", "created_by_now", "invalid_tokens", "join_heard", "join_signals", "leave_signals",
    "take_levels",
]  # fmt: skip
