"""Looking at a step together with the hold after it: is the fleet well from here on for H?

A statement about t is made at t + H. Until then the sample is kept, so memory is bounded by the hold.
Rule: docs/model.md#statements.
"""

from collections import deque
from math import sqrt
from typing import NamedTuple

from wavetank.results.judge.plan import JudgePlan
from wavetank.results.judge.signals import TOLERANCE, Step

ERRORS = 3
"""Standard errors of a count of events by which goodput may fall short by chance."""


class Seen(NamedTuple):
    """A step of the grid, seen from the end of the hold after it.

    Attributes
    ----------
    step : Step
        The step.
    well : bool
        All level signals are good at every step from this one to the end of the hold, and goodput over it is.
    goodput_was_bad : bool
        Goodput over the hold that ends here was bad: what is read after a fleet has come back.
    """

    step: Step
    well: bool
    goodput_was_bad: bool


class Lookahead:
    """A queue of the steps of the last hold, with the totals of acknowledged events at their ends.

    Attributes
    ----------
    goodput_is_bad : bool
        Goodput over the hold that ends with the newest step is bad.
    """

    def __init__(self, plan: JudgePlan) -> None:
        self._hold = plan.grid.hold_steps
        self._counts_events = plan.has_events
        self._steps: deque[Step] = deque()
        self._totals: deque[tuple[int, int]] = deque([(0, 0)])
        self._goodput: deque[bool] = deque()
        self._bad = 0
        self.goodput_is_bad = False

    def add(self, step: Step) -> Seen | None:
        """Take the newest step; return the one that is a hold older, None before there is one."""
        self._steps.append(step)
        self._bad += step.bad
        self._totals.append((step.run.acknowledged, step.twin.acknowledged))
        if len(self._steps) <= self._hold:
            return None
        past = self._steps.popleft()
        self._totals.popleft()
        falls_short = self._counts_events and _falls_short(self._totals[0], self._totals[-1])
        self.goodput_is_bad = falls_short
        # the newest step ends the hold: it is not in it
        well = not falls_short and self._bad == step.bad
        self._bad -= past.bad
        self._goodput.append(falls_short)
        was_bad = self._goodput.popleft() if len(self._goodput) > self._hold else False
        return Seen(past, well, was_bad)

    def rebase(self, run: int, twin: int) -> None:
        """Agents have left: their acknowledged events (`run` and `twin` many) count no more."""
        self._totals = deque((of_run - run, of_twin - twin) for of_run, of_twin in self._totals)


def _falls_short(begin: tuple[int, int], end: tuple[int, int]) -> bool:
    """Whether the run acknowledged fewer events than 90 % of the twin's, by more than chance."""
    got, want = end[0] - begin[0], end[1] - begin[1]
    return got < (1 - TOLERANCE) * want - ERRORS * sqrt(max(want, 1))
