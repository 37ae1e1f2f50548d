"""One scale for figures of different runs: what a raw TCP and TLS baseline cost in each of them.

A busy machine, or another one, makes every figure of a run larger. Each run measures a baseline by the same
means, so a cost is carried over as its multiple of that baseline, times what the baseline costs in the middle
of all runs.
"""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

from wavetank.libraries.catalogue import Library
from wavetank.libraries.measured import Row, Spread

ENDS = ("client", "server")


class Case(NamedTuple):
    """A measured case of the baseline: how the connection was used and secured, and the size of a batch."""

    connection: str
    tls: str
    events: int


Baseline = dict[Case, dict[str, float]]
"""CPU time in us by case and end."""


def baseline_of(rows: Iterable[Row]) -> Baseline:
    """The medians of a run's baseline rows."""
    baseline: Baseline = {}
    for row in rows:
        costs = {end: spread.median for end in ENDS if (spread := _cpu(row, end)) is not None}
        baseline[Case(row.connection, row.tls, row.batch_events)] = costs
    return baseline


def reference_of(libraries: Sequence[Library]) -> Baseline:
    """Return the median cost of the baseline over all measurements that are used; empty without any."""
    runs = [
        baseline_of(library.measurement.baseline) for library in libraries if library.measurement is not None
    ]
    baseline: Baseline = {}
    for case in {case for run in runs for case in run}:
        costs = {end: [run[case][end] for run in runs if _has(run, case, end)] for end in ENDS}
        baseline[case] = {end: median(values) for end, values in costs.items() if values}
    return baseline


def _has(run: Baseline, case: Case, end: str) -> bool:
    return end in run.get(case, {})


def factor(row: Row, end: str, own: Baseline, reference: Baseline) -> float:
    """By what a figure of a run is multiplied to stand on the common scale; 1 for want of a baseline."""
    for case in _like(row):
        known = [
            known_case
            for known_case in own
            if _fits(known_case, case) and _has(own, known_case, end) and _has(reference, known_case, end)
        ]
        if known:
            nearest = min(known, key=lambda known_case: abs(known_case.events - row.batch_events))
            return reference[nearest][end] / own[nearest][end] if own[nearest][end] else 1.0
    return 1.0


def _like(row: Row) -> Iterable[Case]:
    """The baseline's cases that say something of a row, the most alike first; -1: of any size."""
    kept = "keep-alive" if row.connection == "stream" else row.connection
    secured = "full" if row.tls == "curve" else row.tls
    for tls in dict.fromkeys((secured, "full")):
        # beside a stream the baseline has one of its own, in older measurements only the kept connection
        for connection in dict.fromkeys((row.connection, kept)):
            yield Case(connection, tls, row.batch_events)
            yield Case(connection, tls, -1)


def _fits(known: Case, asked: Case) -> bool:
    return known[:2] == asked[:2] and asked.events in (-1, known.events)


def _cpu(row: Row, end: str) -> Spread | None:
    cpu_us: Spread | None = getattr(row, f"{end}_cpu_us")
    return cpu_us
