"""From which agents the server has heard no heartbeat for too long.

An agent is silent from the instant on at which its last heartbeat is too old, not from when somebody
looks. Agents that have left the run are never silent. Rule: docs/model.md#signals. Its twin is
engines/reference/silence.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.fifo import entry_at, forget_head
from wavetank.engines.compiled.model.gauge import change
from wavetank.engines.compiled.model.needs import signals_of
from wavetank.engines.compiled.model.noteworthy import is_void, join_last
from wavetank.engines.compiled.model.parts import Agent
from wavetank.engines.compiled.model.signal_parts import AgentSignals, agent_signals_at
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import address_of, word


@entry("judged")
def heard(w: World, agent: Agent) -> None:
    """The server hears an agent, or the agent begins."""
    s = signals_of(w, agent)
    if s.left:
        return
    take_silent(w)
    if s.silent:
        s.silent = 0
        change(w, w.signals.silent, -1, w.now)
    remember(w, s, w.now)


@kernel
def remember(w: World, s: AgentSignals, at_ns: int) -> None:
    """An agent was heard last at an instant that is not before those of others."""
    s.heard_ns = at_ns
    join_last(w, w.signals.heard, at_ns, address_of(s), 0)


@entry("judged")
def take_silent(w: World) -> None:
    """Take in who fell silent since the last look, each at its own instant."""
    queue, after_ns = w.signals.heard, w.signals.silent_after_ns
    while queue.count > 0:
        head = entry_at(queue, 0)
        void, due_ns = is_void(queue.what, head), word(head) + after_ns
        if not void and due_ns >= w.now:
            return
        forget_head(queue)
        if not void:
            agent_signals_at(word(head + 8)).silent = 1
            change(w, w.signals.silent, 1, due_ns)


__all__ = ["heard", "remember", "take_silent"]
