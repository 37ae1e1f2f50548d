"""A first look at designs by a few small runs each: where to begin to confirm.

Closed forms exclude designs that cannot carry the load. Among the others a few runs per design bisect to
the lowest that does well. A screen decides nothing: the answer comes from fresh runs (`confirming`).
"""

from collections.abc import Callable
from math import ceil
from typing import NamedTuple

from wavetank.errors import ScenarioError
from wavetank.studies.sizing.conditions import DAY, Conditions
from wavetank.studies.sizing.shapes import Shape, Shapes, harder
from wavetank.studies.sizing.sought import BadSize, Sought
from wavetank.studies.sizing.trials import Trials
from wavetank.studies.sizing.usage import Usage, fits, usages
from wavetank.units import SECOND

FIRST_INDEX = 100_000
"""Runs of the screen have seeds from here on: a design is confirmed by runs that did not choose it."""
FEW, MORE = 4, 12
"""Runs of a condition; more where they disagree."""
FIRST_STRIDE = 0.10
"""The search leaves the bound by 10 % of it."""
GROWTH = 1.6
"""Each stride is so many times the one before."""
LONGEST_WAY = 40
"""A design so many times the closed form's is beyond help: something else than its size is wrong."""


def lowest(shapes: Shapes, sought: Sought, conditions: Conditions) -> int:
    """Return the lowest rank that closed forms allow: no resource is used up under any condition.

    Raises BadSize where the highest rank does not help either, with the resource that is used up.
    """
    least, most = sought.ranks

    def fitting(rank: int) -> bool:
        try:
            return fits(_usages(shapes, conditions, rank))
        except ScenarioError:
            return False  # a fault strikes a node that so few do not have

    if fitting(least):
        return least
    # from the end where ranks are close together: 1 node, or 1 step of agents
    step, rank = 1, least if sought.fewest else most
    if sought.fewest:
        while not fitting(rank):
            if rank >= most:
                raise _hopeless(shapes, conditions, sought, most)
            least, rank, step = rank, min(most, rank + step), 2 * step
        return bisected(least, rank, fitting)
    if not fitting(most):
        raise _hopeless(shapes, conditions, sought, most)
    while fitting(rank) and rank > least:
        most, rank, step = rank, max(least, rank - step), 2 * step
    return bisected(rank, most, fitting)


def bisected(fails: int, holds: int, check: Callable[[int], bool]) -> int:
    """Return the lowest rank that passes, between one that does not and a higher one that does."""
    while holds - fails > 1:
        middle = (fails + holds) // 2
        fails, holds = (fails, middle) if check(middle) else (middle, holds)
    return holds


def _usages(shapes: Shapes, conditions: Conditions, rank: int) -> list[Usage]:
    return usages(shapes.full(rank).resolved, conditions.within_ns / SECOND, conditions.asked)


def _hopeless(shapes: Shapes, conditions: Conditions, sought: Sought, rank: int) -> BadSize:
    worst = max(_usages(shapes, conditions, rank), key=lambda usage: usage.share)
    return BadSize(
        f"no number of {sought.word} helps: with {sought.text(rank)} {worst.resource} would be used to "
        f"{100 * worst.share:,.0f} %"
    )


def passes(trials: Trials, shapes: Shapes, sought: Sought, rank: int, probability: float) -> bool:
    """Return whether a design does well in a few small runs under each condition, faults first."""
    title = f"a first look at {sought.text(rank)}"
    for name in trials.conditions.with_faults:
        shape = shapes.screening(rank, name)
        if _does_well(trials, shape, name, probability, title):
            continue
        wide = shapes.wide(rank, name)
        fewer = shapes.strikes_one(shape, name) and harder(shape, wide)
        if not (fewer and _does_well(trials, wide, name, probability, title)):
            return False
    if DAY not in trials.conditions.asked:
        return True
    day = trials.of(shapes.confirming(rank, DAY), DAY, [FIRST_INDEX], title)
    return day[0].held is not False


def _does_well(trials: Trials, shape: Shape, name: str, probability: float, title: str) -> bool:
    """Count a few runs; more of them where they disagree."""
    held: list[bool] = []
    for count in (FEW, MORE):
        indices = range(FIRST_INDEX, FIRST_INDEX + count)
        held = [trial.held is True for trial in trials.of(shape, name, indices, title)]
        if all(held) or not any(held):
            break
    return sum(held) >= ceil(probability * len(held))


class Candidate(NamedTuple):
    """Where to begin to confirm: a rank, and whether it passed the screen (else none within reach does)."""

    rank: int
    passed: bool


def first_candidate(
    trials: Trials, shapes: Shapes, sought: Sought, start: int, probability: float
) -> Candidate:
    """Return the lowest rank that passes the screen, from `start` on, or the last one that was tried."""
    most = sought.ranks[1]
    reach = min(most, start * LONGEST_WAY if start > 0 else most)

    def check(rank: int) -> bool:
        return passes(trials, shapes, sought, rank, probability)

    fails, rank, stride = start - 1, start, max(1.0, FIRST_STRIDE * abs(start))
    while not check(rank):
        if rank >= reach:
            return Candidate(rank, False)
        fails, rank, stride = rank, min(reach, rank + round(stride)), stride * GROWTH
    return Candidate(bisected(fails, rank, check), True)
