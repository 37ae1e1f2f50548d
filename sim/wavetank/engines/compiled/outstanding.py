"""The commands that are created and not yet delivered, and which of them are stale.

Of an agent's commands the k-th created is the k-th delivered.
"""

from __future__ import annotations

from wavetank.engines.compiled.fifo import entry, forget_head, is_void, join_last
from wavetank.engines.compiled.gauge import change
from wavetank.engines.compiled.layouts import Agent
from wavetank.engines.compiled.memory import address_of, word
from wavetank.engines.compiled.needs import signals_of
from wavetank.engines.compiled.signal_layouts import agent_signals_at
from wavetank.engines.compiled.units import unit
from wavetank.engines.compiled.world import World


@unit("judged")
def note_created(w: World, agent: Agent) -> None:
    """A command for an agent is created."""
    s = signals_of(w, agent)
    if not s.left:
        s.created += 1
        change(w, w.signals.outstanding, 1, w.now)
        join_last(w, w.signals.commands, w.now, address_of(s), s.created)


@unit("judged")
def note_delivered(w: World, agent: Agent, commands: int) -> None:
    """The oldest commands of an agent have reached it."""
    s = signals_of(w, agent)
    if not s.left:
        w.signals.stale_commands -= max(0, min(s.aged - s.delivered, commands))
        s.delivered += commands
        change(w, w.signals.outstanding, -commands, w.now)


@unit("judged")
def take_commands(w: World) -> None:
    """Note which commands have become stale."""
    queue, before_ns = w.signals.commands, w.now - w.signals.stale_ns
    while queue.count > 0:
        head = entry(queue, 0)
        void = is_void(queue.what, head)
        if not void and word(head) >= before_ns:
            return
        forget_head(queue)
        if not void:
            agent_signals_at(word(head + 8)).aged = word(head + 16)
            w.signals.stale_commands += 1


__all__ = ["note_created", "note_delivered", "take_commands"]
