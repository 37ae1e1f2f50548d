"""Levels whose mean between two samples is exact.

The mean needs the level at every change and not only at the samples, so each change adds what is left of
the moment. Signals of the judge are made of such means (docs/model.md#signals), and areas of the measured
window likewise. Its twin is engines/reference/gauge.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.histogram import WORD_BITS, add_to
from wavetank.engines.compiled.containers.layouts import Gauge, Sum
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import kernel

FINE_BITS = 30
"""Time is split at about a second, so that sums over 2**33 changes fit into 63 bits in either part."""
FINE = (1 << FINE_BITS) - 1
"""The bits of the fine part of an instant."""


@kernel
def change(w: World, gauge: Gauge, by: int, at_ns: int) -> None:
    """Change a level of the judge at an instant that no sample has covered yet."""
    shift(gauge, by, at_ns - w.signals.taken_ns)


@kernel
def shift(gauge: Gauge, by: int, past_ns: int) -> None:
    """Change a level so long after the beginning of its moment."""
    gauge.value += by
    gauge.coarse += by * (past_ns >> FINE_BITS)
    gauge.fine += by * (past_ns & FINE)


@kernel
def restart(gauge: Gauge) -> None:
    """Begin a new moment, with a new beginning."""
    gauge.coarse = 0
    gauge.fine = 0


# ---- levels of the measured window: their beginning is that of the run -----------------------------------


@kernel
def begin_moment(gauge: Gauge, now_ns: int) -> None:
    """Begin a new moment now, as if the level had risen from 0 this instant."""
    gauge.coarse = gauge.value * (now_ns >> FINE_BITS)
    gauge.fine = gauge.value * (now_ns & FINE)


@kernel
def carry(gauge: Gauge) -> None:
    """Keep the fine part small; called between fewer than 2**33 changes."""
    gauge.coarse += gauge.fine >> FINE_BITS
    gauge.fine &= FINE


@kernel
def gather(gauge: Gauge, area: Sum, now_ns: int) -> None:
    """Add to an area the level times ns since the moment began: level times now, less the moment."""
    coarse = gauge.value * (now_ns >> FINE_BITS) - gauge.coarse
    fine = gauge.value * (now_ns & FINE) - gauge.fine
    coarse += fine >> FINE_BITS
    area.high += coarse >> WORD_BITS - FINE_BITS
    add_to(area, ((coarse & (1 << WORD_BITS - FINE_BITS) - 1) << FINE_BITS) + (fine & FINE))


__all__ = ["FINE_BITS", "begin_moment", "carry", "change", "gather", "restart", "shift"]
