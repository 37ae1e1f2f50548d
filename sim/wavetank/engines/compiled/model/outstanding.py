"""The commands that are created and not yet delivered, and which of them are stale.

Of an agent's commands the k-th created is the k-th delivered. So a queue of their instants is enough,
whatever answer carried them. Counted only for a judge. Its twin is engines/reference/outstanding.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.fifo import entry_at, forget_head
from wavetank.engines.compiled.model.gauge import change
from wavetank.engines.compiled.model.needs import signals_of
from wavetank.engines.compiled.model.noteworthy import is_void, join_last
from wavetank.engines.compiled.model.parts import Agent
from wavetank.engines.compiled.model.signal_parts import agent_signals_at
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry
from wavetank.engines.compiled.toolchain.structs import address_of, word


@entry("judged")
def note_created(w: World, agent: Agent) -> None:
    """A command for an agent is created."""
    s = signals_of(w, agent)
    if not s.left:
        s.created += 1
        change(w, w.signals.outstanding, 1, w.now)
        join_last(w, w.signals.commands, w.now, address_of(s), s.created)


@entry("judged")
def note_delivered(w: World, agent: Agent, commands: int) -> None:
    """The oldest commands of an agent have reached it."""
    s = signals_of(w, agent)
    if not s.left:
        w.signals.stale_commands -= max(0, min(s.aged - s.delivered, commands))
        s.delivered += commands
        change(w, w.signals.outstanding, -commands, w.now)


@entry("judged")
def take_commands(w: World) -> None:
    """Note which commands have become stale."""
    queue, before_ns = w.signals.commands, w.now - w.signals.stale_ns
    while queue.count > 0:
        head = entry_at(queue, 0)
        void = is_void(queue.what, head)
        if not void and word(head) >= before_ns:
            return
        forget_head(queue)
        if not void:
            agent_signals_at(word(head + 8)).aged = word(head + 16)
            w.signals.stale_commands += 1


__all__ = ["note_created", "note_delivered", "take_commands"]
