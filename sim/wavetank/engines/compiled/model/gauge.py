"""Levels whose mean between two samples is exact.

The mean needs the level at every change and not only at the samples, so each change adds what is left of
the moment. Signals of the judge are made of such means (docs/model.md#signals). Its twin is
engines/reference/gauge.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.model.signal_parts import Gauge
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import kernel

FINE_BITS = 30
"""Time is split at about a second, so that sums over 2**33 changes fit into 63 bits in either part."""


@kernel
def change(w: World, gauge: Gauge, by: int, at_ns: int) -> None:
    """Change a level at an instant that no sample has covered yet."""
    past_ns = at_ns - w.signals.taken_ns
    gauge.value += by
    gauge.coarse += by * (past_ns >> FINE_BITS)
    gauge.fine += by * (past_ns & (1 << FINE_BITS) - 1)


@kernel
def restart(gauge: Gauge) -> None:
    """Begin a new moment."""
    gauge.coarse = 0
    gauge.fine = 0


__all__ = ["FINE_BITS", "change", "restart"]
