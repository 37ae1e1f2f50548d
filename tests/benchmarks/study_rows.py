"""Studies from the question to the answer: wall time, with two workers on two cores."""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.benchmarks.table import Row, at_most
from wavetank.scenario import load
from wavetank.studies.frontiers import frontier
from wavetank.studies.sizing import size

STORM = ("slo.recovery=480s",)
ROTATIONS = (
    "fleet.agents=4700",
    "server.cores=1",
    "fault=[{kind='key-rotation',at='2min'},{kind='key-rotation',at='4min'}]",
    "slo.recovery=10min",
)
WORKERS = 2


class Bound(NamedTuple):
    """A study and the most seconds that it may take."""

    what: str
    most_s: float
    work: Callable[[], object]


class Sizes(NamedTuple):
    """Fleets that are sized, and the runs of the frontier."""

    agents: int
    many_agents: int
    runs: int


FULL, QUICK = Sizes(10_000, 50_000, 160), Sizes(500, 1_000, 60)


def rows(sizes: Sizes, judged: bool) -> Iterator[Row]:
    """Each study once: it is long, and repeats differ by a few per cent."""
    yield Row("studies, two workers", "")
    for bound in _bounds(sizes):
        yield at_most(f"  {bound.what}", timed(bound.work), bound.most_s, "s", None, judged)


def _bounds(sizes: Sizes) -> Iterator[Bound]:
    def sized(agents: int, probability: float) -> Callable[[], object]:
        fleet = load("restart-storm", (f"fleet.agents={agents}", *STORM))
        return lambda: size(fleet, probability=probability, workers=WORKERS)

    yield Bound(f"size, {sizes.agents:,} agents, P = 0.90", 45, sized(sizes.agents, 0.90))
    yield Bound(f"size, {sizes.agents:,} agents, P = 0.95", 90, sized(sizes.agents, 0.95))
    yield Bound(f"size, {sizes.many_agents:,} agents, P = 0.90", 150, sized(sizes.many_agents, 0.90))
    rotated = load("restart-storm", ROTATIONS)
    yield Bound(
        f"frontier, {sizes.runs} runs, 4,700 agents, the gap between two key rotations",
        30,
        lambda: frontier(rotated, ["fault.1.at=2.5min..6min"], runs=sizes.runs, workers=WORKERS),
    )


def timed(work: Callable[[], object]) -> float:
    """Return the wall time of a study in s."""
    begun_s = time.perf_counter()
    work()
    return time.perf_counter() - begun_s
