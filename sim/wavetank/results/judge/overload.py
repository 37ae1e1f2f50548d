"""Detect overload: the backlog of a fleet without faults grows in proportion to its events.

The judge looks at doubling distances. At load 1 a queue grows as the square root of the events, above it in
proportion. So the growth must exceed both 1 % of the events created and six times the root of their number,
at two looks in a row. Loads up to
0.99 raise no alarm; a load of 1.05 is found within some 260,000 events, 1.02 in every third run of that
length.
"""

from math import ceil, sqrt
from typing import NamedTuple

from wavetank.results.judge.plan import JudgePlan

SETTLED_SPANS = 20
"""So many spans (or minutes, if that is less) after the warm-up a fleet's own beginning is over."""
SPAN_LIMIT_NS = 60_000_000_000
"""With spans of hours the first look would else come after days."""
LEAST_LOOKS = 3
"""The first look is what the others are compared with, and two of them must agree."""
LEAST_EVENTS = 64
"""Fewer events tell nothing."""
GROWTH = 0.01
"""Part of the events created by which the backlog may grow, or that may be dropped."""
GROWTH_ERRORS = 6
"""Standard deviations that the growth of a backlog is given: near load 1 it wanders that far by chance."""
DROP_ERRORS = 3
"""Standard deviations that the count of drops is given: drops have no memory of earlier ones."""


class Look(NamedTuple):
    """Totals and levels of a run without faults at one look.

    `backlog` is the mean over the last span, `per_span` the events created in it; `waiting` are agents and
    commands that have waited for longer than 20 H.
    """

    at_ns: int
    created: int
    dropped: int
    backlog: float
    per_span: float
    waiting: int


class Excessive(NamedTuple):
    """The load is not carried: what was counted since the first look, and which of the three showed it."""

    created: int
    growth: float
    dropped: int
    waiting: int
    note: str


def first_span(plan: JudgePlan) -> int:
    """Return the number of the span at whose end the first look comes."""
    span_ns = plan.grid.span_ns
    settled_ns = plan.warmup_ns + plan.startup_ns + SETTLED_SPANS * min(span_ns, SPAN_LIMIT_NS)
    return max(1, ceil(settled_ns / span_ns))


def is_look(plan: JudgePlan, span: int) -> bool:
    """Whether the end of that span is a look: the first one, and then 1, 2, 4, 8, ... spans later."""
    past = span - first_span(plan)
    return past >= 0 and past & (past - 1) == 0


class Overload:
    """The looks of one run without faults.

    Attributes
    ----------
    said : bool
        The load is not carried.
    looks : int
        How many looks there were.
    """

    def __init__(self, plan: JudgePlan) -> None:
        self._plan = plan
        self._first: Look | None = None
        self._hits = 0
        self.looks = 0
        self.said = False

    @property
    def suspected(self) -> bool:
        """Whether the latest look showed an overload that no other look has confirmed."""
        return self._hits > 0 and not self.said

    def add(self, look: Look) -> Excessive | None:
        """Take the next look; return what is said now, None for nothing."""
        if self.said:
            return None
        self.looks += 1
        if self._first is None:
            self._first = look
            return None
        excessive = self.compare(self._first, look)
        self._hits = self._hits + 1 if excessive else 0
        if self._hits < 2:
            return None
        self.said = True
        return excessive

    def compare(self, first: Look, look: Look) -> Excessive | None:
        """Return what is excessive between two looks, None for nothing."""
        created, dropped = look.created - first.created, look.dropped - first.dropped
        growth = look.backlog - first.backlog - max(0.0, look.per_span - first.per_span)
        chance = created * self._plan.batch_events
        note = ""
        if look.waiting > max(GROWTH * self._plan.agents, 1):
            note = "waiting"
        elif created < LEAST_EVENTS or self._plan.all_closed:
            return None
        elif look.backlog > self._plan.filling_events and growth > max(
            GROWTH * created, GROWTH_ERRORS * sqrt(chance)
        ):
            note = "backlog"
        elif dropped > GROWTH * created + DROP_ERRORS * sqrt(GROWTH * chance):
            note = "dropped"
        return Excessive(created, growth, dropped, look.waiting, note) if note else None
