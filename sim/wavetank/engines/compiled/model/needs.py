"""Which agents have an unmet need, kept up to date at every change (engines/reference/needs.py says how).

A need begins and ends at an instant that may lie before the one at which it is noticed; both are booked as
if they had been seen at once. Rule: docs/model.md#signals.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.fifo import append_word, entry_at, forget_head
from wavetank.engines.compiled.model.gauge import change
from wavetank.engines.compiled.model.noteworthy import is_void, join_last
from wavetank.engines.compiled.model.parts import Agent, AgentStream, Attempt, attempt_at
from wavetank.engines.compiled.model.signal_parts import (
    AGENT_SIGNALS_BYTES,
    AgentSignals,
    agent_signals_at,
)
from wavetank.engines.compiled.model.wave import look
from wavetank.engines.compiled.model.world import World, flow_at_place
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import address_of, word
from wavetank.policy.choices import names_all
from wavetank.policy.codes import Channel
from wavetank.protocol.tables import ExchangeState, TokenState

names_all(__name__, ExchangeState, "NEW AWAITING_TOKEN IN_FLIGHT BACKING_OFF SETTLED")
names_all(__name__, TokenState, "NONE LOGGING_IN LOGIN_WAIT VALID RENEWING RENEW_WAIT DENIED")


@kernel
def signals_of(w: World, agent: Agent) -> AgentSignals:
    """Describe what counts of an agent."""
    return agent_signals_at(w.signals.agents + AGENT_SIGNALS_BYTES * agent.index)


@kernel
def counts(w: World, agent: Agent) -> bool:
    """Whether an agent is one of those that have not left; its own record is far away in memory."""
    return w.signals.leavers == 0 or signals_of(w, agent).left == 0


# ---- what happens ----------------------------------------------------------------------------------


@kernel
def changed(w: World, agent: Agent) -> None:
    """Something happened to an agent: note its state in the wave, and what it needs."""
    look(w, agent)
    if w.signals:
        look_at_needs(w, agent)


@kernel
def sent(w: World, t: Attempt) -> None:
    """An attempt begins: it becomes a need when it is open for too long."""
    if w.signals and w.signals.watched[t.flow.stream]:
        join_last(w, w.signals.open, t.started_ns, address_of(t), t.life)


@kernel
def ends(w: World, t: Attempt) -> None:
    """An attempt is about to end; it may have been open for too long by now."""
    if w.signals and w.now - t.started_ns > w.signals.reach_ns:
        catch_up(w)


@kernel
def catch_up(w: World) -> None:
    """Take in what time alone did since the last change; must come before a hold begins or ends."""
    if w.signals and w.now != w.signals.looked_ns:
        take_in(w)


@entry("judged")
def look_at_needs(w: World, agent: Agent) -> None:
    """Something has changed that may be a need of an agent, or may meet it."""
    catch_up(w)
    s = signals_of(w, agent)
    if agent.started and not s.left and has_need(w, agent):
        begin_need(w, s, w.now)
    elif s.impaired and not s.met:
        s.met = 1
        append_word(w, w.signals.met, address_of(s))


# ---- what follows ----------------------------------------------------------------------------------


@entry("judged")
def take_in(w: World) -> None:
    """The present instant is a later one than that looked at last."""
    looked_ns = w.signals.looked_ns
    take_overdue(w, looked_ns + 1)
    end_needs(w)
    take_overdue(w, w.now)
    w.signals.looked_ns = w.now


@entry("judged")
def take_overdue(w: World, before_ns: int) -> None:
    """Take the attempts that have been open for a reach before an instant."""
    queue, reach_ns = w.signals.open, w.signals.reach_ns
    while queue.count > 0:
        head = entry_at(queue, 0)
        void, due_ns = is_void(queue.what, head), word(head) + reach_ns
        if not void and due_ns >= before_ns:
            return
        forget_head(queue)
        if not void:
            t = attempt_at(word(head + 8))
            t.overdue = 1
            s = signals_of(w, t.flow.agent)
            if not t.holds and not s.left:
                begin_need(w, s, max(0, due_ns))


@entry("judged")
def begin_need(w: World, s: AgentSignals, at_ns: int) -> None:
    """An agent has a need; one that was met in the present instant goes on."""
    if s.met:
        s.met = 0
    elif not s.impaired:
        s.impaired = 1
        s.since_ns = at_ns
        change(w, w.signals.impaired, 1, at_ns)
        join_last(w, w.signals.since, at_ns, address_of(s), 0)


@entry("judged")
def end_needs(w: World) -> None:
    """The instant looked at last is over: the needs that were met in it have ended."""
    those = w.signals.met
    for i in range(those.count):
        s = agent_signals_at(word(those.address + 8 * i))
        if s.met:
            end_need(w, s)
            change(w, w.signals.impaired, -1, w.signals.looked_ns)
    those.count = 0


@kernel
def end_need(w: World, s: AgentSignals) -> None:
    """A need is no more."""
    s.impaired = 0
    s.met = 0
    if s.stale:
        s.stale = 0
        w.signals.stale_needs -= 1


@entry("judged")
def take_needs(w: World) -> None:
    """Bring needs up to now, and note which of them have become stale."""
    catch_up(w)
    end_needs(w)
    queue, before_ns = w.signals.since, w.now - w.signals.stale_ns
    while queue.count > 0:
        head = entry_at(queue, 0)
        void = is_void(queue.what, head)
        if not void and word(head) >= before_ns:
            return
        forget_head(queue)
        if not void:
            agent_signals_at(word(head + 8)).stale = 1
            w.signals.stale_needs += 1


# ---- what a need is --------------------------------------------------------------------------------


@entry("judged")
def has_need(w: World, agent: Agent) -> bool:
    """Whether an agent has a need: a token, a held poll, or the answer to a request that failed or lasts."""
    state = agent.state
    if w.needs_token and not (
        state == TokenState.VALID or state == TokenState.RENEWING or state == TokenState.RENEW_WAIT
    ):
        return True
    if w.command_plan.channel == Channel.LONG_POLL and not agent.held:
        return True
    for place in range(w.flow_count):
        flow = flow_at_place(w, agent, place)
        if flow.live and flow_has_need(flow):
            return True
    return False


@kernel
def flow_has_need(flow: AgentStream) -> bool:
    """Whether an attempt of a stream is overdue or has failed; a held poll is well."""
    held = False
    t = flow.attempts
    while t:
        if t.holds:
            held = True
        elif t.overdue:
            return True
        t = t.next
    x = flow.live
    while x:
        state = x.state
        if state == ExchangeState.BACKING_OFF or (state == ExchangeState.AWAITING_TOKEN and x.attempt >= 0):
            return True
        if state == ExchangeState.IN_FLIGHT and x.attempt > 0 and not held:
            return True
        x = x.next
    return False


__all__ = [
    "catch_up", "changed", "counts", "end_need", "ends", "look_at_needs", "sent", "signals_of", "take_needs",
]  # fmt: skip
