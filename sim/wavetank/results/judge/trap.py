"""Is the fleet trapped? Looks at growing distances whether anything falls (docs/model.md#statements).

A fleet is trapped when its fault is over, the load could be carried, and the work that the fault left behind
should long be done, five times over, yet nothing gets less. This is the definition of the literature: a bad
state that outlives its trigger at a load below capacity (Bronson et al., "Metastable failures in distributed
systems", HotOS 2021). It promises no eternity.
"""

from typing import NamedTuple

from wavetank.results.judge.plan import JudgePlan, Resource
from wavetank.results.judge.rolling import Blocks, trend
from wavetank.results.judge.sample import Sample
from wavetank.results.judge.signals import Step

PATIENCE = 5
"""A fleet may take five times as long as the spare capacity needs; queues near their limit are that slow."""
LEAST_HOLDS = 20
"""No look comes earlier: a trend needs so many turns of the loop."""
NEXT_LOOK = 1.5
"""Looks lie so much further apart each time: few are needed, and none depends on the length of a run."""
LEAST_BLOCKS = 10
"""Fewer block means than this show no trend."""
FALLS, GROWS = 0.95, 1.2
"""Last third below 95 % of the first: it gets less. Above 120 %: it grows."""
GROWS_Z = 2.33
"""One in a hundred series without a trend rises that much by chance."""
LEAST_SPARE = 0.02
"""Part of a resource that counts as free even where the twin leaves less: else nothing would ever be due."""
WATCHED = ("backlog", "queue", "impaired")


class Trapped(NamedTuple):
    """The fleet is trapped: what grows or stays ("level"), and how often the needed time has passed (0:
    unsaid).
    """

    note: str
    multiple: float


class Work(NamedTuple):
    """Work that a fault left behind: tokens to be asked for again, requests in queues, events in outboxes."""

    tokens: float
    requests: float
    events: float


class Trap:
    """The looks after one end of faults, or after one onset of an excursion."""

    def __init__(self, plan: JudgePlan, since_ns: int, work: Work, twin: Sample) -> None:
        self._plan = plan
        self.since_ns = since_ns
        self._work = work
        self._twin = twin
        self._blocks = Blocks(plan.grid.hold_steps, len(WATCHED))
        self._looks = self._growth_looks = 0
        self._level_looks = 0
        self.trapped: Trapped | None = None

    def add(self, step: Step) -> Trapped | None:
        """Take the newest step; return what is said now, None for nothing (or nothing new)."""
        self._blocks.add((step.excess("backlog"), step.queue, step.excess("impaired")))
        if self.trapped is not None:
            return None
        self.trapped = self._look(step)
        return self.trapped

    def _look(self, step: Step) -> Trapped | None:
        past_s = (step.at_ns - self.since_ns) / 1e9
        needed_s, rates_s = self.needed_s(step)
        half = self._blocks.second_half()
        hold_s = self._plan.grid.hold_ns / 1e9
        grown = False
        while past_s >= (rates_s + LEAST_HOLDS * hold_s) * NEXT_LOOK**self._growth_looks:
            self._growth_looks += 1
            grown = grown or (len(half) >= LEAST_BLOCKS and _grows([means[0] for means in half]))
        if grown:
            return Trapped("grows", 0.0)
        while past_s >= self.due_s(step) * NEXT_LOOK**self._looks and len(half) >= LEAST_BLOCKS:
            self._looks += 1
            falls = any(_falls([means[k] for means in half]) for k in range(len(WATCHED)))
            self._level_looks = 0 if falls else self._level_looks + 1
            if self._level_looks == 2:
                said = needed_s >= self._plan.grid.reach_ns / 1e9
                return Trapped("level", past_s / needed_s if said else 0.0)
        return None

    def due_s(self, step: Step) -> float:
        """Return D: how long after the end the first look comes, in s."""
        needed_s, _ = self.needed_s(step)
        return max(PATIENCE * needed_s, LEAST_HOLDS * self._plan.grid.hold_ns / 1e9)

    def needed_s(self, step: Step) -> tuple[float, float]:
        """Return how long the spare capacity needs in s: tau, and the part of D_g from the rates."""
        past_s = max((step.at_ns - self._twin.at_ns) / 1e9, 1e-9)
        needed = rates = 0.0
        for index, resource in enumerate(self._plan.resources):
            work = self._work_of(resource)
            used_per_s = (_used(step.twin, resource) - _used(self._twin, resource)) / past_s
            free_per_s = max(LEAST_SPARE * resource.capacity_per_s, resource.capacity_per_s - used_per_s)
            tau = work / (free_per_s + self._renewing(resource))
            needed = max(needed, tau)
            # the cores count at their full speed, as if nothing else were to be done
            rates = max(rates, work / resource.capacity_per_s if index == 0 else tau)
        return needed, rates

    def _work_of(self, resource: Resource) -> float:
        tokens, requests, events = self._work
        return tokens * resource.per_login + requests * resource.per_request + events * resource.per_event

    def _renewing(self, resource: Resource) -> float:
        """Return the work per second of renewing the lost tokens in the twin; new logins replace it."""
        life_ns = self._plan.token_life_ns
        return self._work.tokens * resource.per_login / (life_ns / 1e9) if life_ns else 0.0


def _used(sample: Sample, resource: Resource) -> float:
    if resource.used == "busy":
        return sample.busy_ns / 1e9
    return float(getattr(sample, resource.used))


def _falls(values: list[float]) -> bool:
    first, last, _ = trend(values)
    return first > 0 and last < FALLS * first


def _grows(values: list[float]) -> bool:
    first, last, z = trend(values)
    return last > GROWS * first and z > GROWS_Z
