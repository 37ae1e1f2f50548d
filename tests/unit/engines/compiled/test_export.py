"""The counts of a world become results."""

import numpy as np
import pytest

pytest.importorskip("numba")

from wavetank.engines.compiled import export
from wavetank.engines.compiled.build.arena import Arena
from wavetank.engines.compiled.containers.layouts import Histogram
from wavetank.results.histogram import UNIT
from wavetank.scenario import load


def test_bin_that_was_full_once_holds_both_parts() -> None:
    arena = Arena(load("mm4").resolve())
    memory = arena.histograms("request_latency", 1)
    total = (1 << 32) + 3
    arena.put(memory, Histogram, "count", total)
    arena.put(memory, Histogram, "sum.low", 7 * total)
    arena.put(memory, Histogram, "max_ns", 7)
    counts, weights = (int(memory[at : at + 8].view(np.int64)[0]) for at in _places("counts", "weights"))
    export._view(counts, 8, np.uint32)[7] = 3
    export._view(weights, 8, np.int64)[7] = UNIT << 32
    histogram = export.histogram(memory)
    assert list(histogram.filled()) == [(7, UNIT * total)]
    assert (histogram.count, histogram.mean()) == (total, 7.0)


def _places(*names: str) -> list[int]:
    return [Histogram.fields[name].offset for name in names]
