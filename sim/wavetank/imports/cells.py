"""Values sorted into cells: how samples, rounded samples and histograms become one thing to fit."""

from typing import NamedTuple

import numpy as np

from wavetank.imports.records import Floats, Ints

MOST_CELLS = 400  # enough that hardly anything is lost against the values themselves, few enough to be quick
NEGLIGIBLE = 1e-3
"""A rounding step below this share of the median does not matter."""


class Cells(NamedTuple):
    """`counts[i]` values lie from `edges[i]` to `edges[i + 1]`; the last edge may be infinite."""

    edges: Floats
    counts: Ints

    @property
    def total(self) -> int:
        """How many values there are."""
        return int(self.counts.sum())


def step_of(values: Floats) -> float:
    """Return the decimal step that all values are multiples of (0.001 for whole milliseconds in s), or 0."""
    if len(np.unique(values[:1000])) > 0.999 * min(len(values), 1000) > 100:
        return 0.0
    for digits in range(10):
        scaled = values * 10.0**digits
        if np.all(np.abs(scaled - np.round(scaled)) < 1e-6):
            step = 10.0**-digits
            return step if step > NEGLIGIBLE * float(np.median(values)) else 0.0
    return 0.0


def cells_of(values: Floats) -> Cells:
    """Sort ascending values above or at zero into at most 400 cells of about equal counts.

    Edges lie half-way between the steps of rounded values, so that a rounded value is in no doubt.
    """
    step = step_of(values)
    shares = np.linspace(0, 1, MOST_CELLS + 1)[1:-1]
    # the tail decides between laws, so the last values get finer cells
    tail = 1 - np.geomspace(1 / MOST_CELLS, max(8 / len(values), 1e-5), 12)
    inner = np.quantile(values, np.unique(np.concatenate((shares, tail)).clip(0, 1)))
    ends = [values[0], np.nextafter(values[-1], np.inf)]
    if step:
        inner = (np.floor(inner / step + 1e-9) + 0.5) * step
        ends = [values[0] - 0.5 * step, values[-1] + 0.5 * step]
    # nothing lies below the first value or above the last: laws with bounds live on that
    inner = np.unique(np.concatenate((ends, inner)))
    inner = inner[inner > 0]
    edges = np.concatenate(([0.0], inner, [np.inf]))
    index = np.searchsorted(edges, values, side="right") - 1
    return Cells(edges, np.bincount(index, minlength=len(edges) - 1))


def pooled(cells: Cells, expected: Floats, least: float) -> tuple[Floats, Floats]:
    """Pool neighbouring cells until each expects at least `least`; returns counts and expectations."""
    counts: list[float] = []
    wanted: list[float] = []
    count = want = 0.0
    for got, hoped in zip(cells.counts.tolist(), expected.tolist(), strict=True):
        count, want = count + got, want + hoped
        if want >= least:
            counts.append(count)
            wanted.append(want)
            count = want = 0.0
    if counts:
        counts[-1] += count
        wanted[-1] += want
    return np.array(counts), np.array(wanted)
