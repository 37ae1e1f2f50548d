"""Which window an instant lies in, and where the latencies of that window are kept (results/windows.py)."""

from __future__ import annotations

from wavetank.engines.compiled.containers.layouts import HISTOGRAM_BYTES, Histogram, histogram_at
from wavetank.engines.compiled.model.parts import LATENCY_BYTES, EventLatency, Lane, latency_at
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import kernel
from wavetank.engines.compiled.toolchain.structs import address_of


@kernel
def piece_at(w: World, at_ns: int) -> int:
    """The number of the piece of time that holds an instant: 0 without faults."""
    piece = 0
    while piece < len(w.edges_ns) and w.edges_ns[piece] <= at_ns:
        piece += 1
    return piece


@kernel
def latency_in(w: World, lane: Lane, piece: int) -> EventLatency:
    """Where the latencies of the events of a piece of time are kept."""
    if len(w.edges_ns) == 0:
        return lane.latency
    return latency_at(address_of(lane.latency) + LATENCY_BYTES * w.window_of_piece[piece])


@kernel
def command_latency_at(w: World, created_ns: int) -> Histogram:
    """Where the latency of a command is kept that was created at an instant."""
    if len(w.edges_ns) == 0:
        return histogram_at(w.command_latency)
    return histogram_at(w.command_latency + HISTOGRAM_BYTES * w.window_of_piece[piece_at(w, created_ns)])
