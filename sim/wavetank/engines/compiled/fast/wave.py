"""The states of sampled agents: what lasts from one instant to another is painted when both are known.

States are painted into the same bins as the general loop fills, with the same worst state a bin
(docs/model.md#wave-agents).
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.histogram import scaled
from wavetank.engines.compiled.model.wave import deepen
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.results.states import RETRYING, WAITING


@kernel
def row_of(w: World, agent: int) -> int:
    """The row of a sampled agent."""
    low, high = 0, w.wave_rows - 1
    while low < high:
        middle = (low + high) // 2
        if w.wave_agents[middle] < agent:
            low = middle + 1
        else:
            high = middle
    return low


@entry("fast")
def paint(w: World, agent: int, from_ns: int, until_ns: int, state: int) -> None:
    """A sampled agent is in a state from one instant to another; a bin shows its worst."""
    if from_ns > until_ns or from_ns >= w.duration_ns:
        return
    row = row_of(w, agent)
    first = scaled(from_ns, w.wave_bins, w.duration_ns)
    last = scaled(min(until_ns, w.duration_ns), w.wave_bins, w.duration_ns)
    for index in range(first, min(last + 1, w.wave_bins)):
        deepen(w, row, index, state)


@kernel
def paint_attempt(w: World, agent: int, attempt: int, from_ns: int, until_ns: int, first: int) -> None:
    """An attempt was under way; `first` is the state of an agent whose first attempt it is."""
    paint(w, agent, from_ns, until_ns, RETRYING if attempt > 0 else first)


@kernel
def note_expiry(w: World, agent: int, expires_ns: int) -> None:
    """The token of a sampled agent lives until then."""
    w.wave_expiry[row_of(w, agent)] = expires_ns


__all__ = ["RETRYING", "WAITING", "note_expiry", "paint", "paint_attempt"]
