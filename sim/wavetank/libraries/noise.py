"""How busy the machine is with other work, and whether a measurement in its midst can be believed.

CPU time is charged to whom it belongs, so others do not appear in it; but they take caches and the other half
of a core, and a process that was interrupted starts cold. The kernel tells how long a process waited for a
core, and the rest shows in the baseline, which is measured in turns with the library: a repetition counts
where the baseline hardly waited and came close to its own best.
"""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Generic, NamedTuple, TypeVar

from wavetank.errors import TooBusy

T = TypeVar("T")

CLOSE = 1.3
"""A repetition counts while the baseline costs at most this much of the least it cost in the run."""
MOST_WAITED = 0.2
"""A repetition counts where the baseline waited for a core at most this share of the time it wanted one."""
PAUSE_S = 0.3
"""After a repetition that does not count, a quieter moment is waited for."""
TRIES = 8
"""For one repetition that counts, so many are made at most."""


class Busy(NamedTuple):
    """A point in time: wall clock, CPU time used by all of the machine since it started, in s."""

    at_s: float
    cpu_s: float


def cores() -> int:
    """Processors that may be used."""
    return len(os.sched_getaffinity(0))


def busy_now() -> Busy:
    """How much CPU time the machine has given so far."""
    words = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]
    user, nice, system, _, _, irq, softirq, steal = (int(word) for word in words)
    ticks = user + nice + system + irq + softirq + steal
    return Busy(time.monotonic(), ticks / os.sysconf("SC_CLK_TCK"))


def others_share(before: Busy, after: Busy, own_cpu_s: float) -> float:
    """Share of all processors that was taken by others between two points, from 0 to 1.

    `own_cpu_s` is what was ours. The kernel counts in ticks: meaningful over tenths of a second.
    """
    span_s = (after.at_s - before.at_s) * cores()
    return min(1.0, max(0.0, (after.cpu_s - before.cpu_s - own_cpu_s) / span_s)) if span_s else 0.0


class Turn(NamedTuple, Generic[T]):
    """One repetition: what the baseline cost (any unit), what was found, and how it was disturbed.

    waited: of the time that the baseline wanted a core, the share that it waited for one.
    others: the share of the machine that other work took.
    """

    baseline: float
    found: T
    waited: float
    others: float


def counting(turns: Sequence[Turn[T]]) -> list[Turn[T]]:
    """The repetitions that count: chosen by the baseline and the waiting alone, never by what was found."""
    calm = [turn for turn in turns if turn.waited <= MOST_WAITED]
    best = min((turn.baseline for turn in calm), default=0.0)
    return [turn for turn in calm if turn.baseline <= CLOSE * best]


def repeated(label: str, repetitions: int, turn: Callable[[], Turn[T]]) -> tuple[list[Turn[T]], int]:
    """Repeat until enough count; returns those and how many were left out. Raises TooBusy."""
    turns: list[Turn[T]] = []
    while len(good := counting(turns)) < repetitions:
        if len(turns) >= TRIES * repetitions:
            raise TooBusy(label, median(done.waited for done in turns))
        turns.append(turn())
        if counting(turns)[-1:] != turns[-1:]:
            time.sleep(PAUSE_S)
    return good, len(turns) - len(good)
