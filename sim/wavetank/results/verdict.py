"""The verdict on a run: does the fleet come back? (model rule 26)

A run is compared with its twin: the same scenario and random numbers without faults.
"""

from collections.abc import Sequence
from enum import StrEnum
from math import sqrt
from typing import NamedTuple

from wavetank.policy.codes import ProcessKind
from wavetank.results.backlog import Samples, samples
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Fault, Resolved

TOLERANCE = 0.10
"""Relative difference of backlog or goodput that still counts as the same."""
SMALL = 0.01
"""Share of the agents, or of the events produced, below which a difference or a loss is nothing."""
STUCK = 0.90
"""A backlog of at least this share of what it was is not going away."""


class Outcome(StrEnum):
    """What a verdict says."""

    STABLE = "stable"
    RECOVERS = "recovers"
    METASTABLE = "metastable"
    OVERLOADED = "overloaded"
    UNDECIDED = "undecided"


class Verdict(NamedTuple):
    """`back_s`: from when the fleet is as without faults (None: never). `recovery_s` per fault, None: never.

    `reason` is one sentence with the figures that decided.
    """

    outcome: Outcome
    back_s: float | None
    recovery_s: tuple[float | None, ...]
    reason: str


def judge(resolved: Resolved, tally: Tally, twin: Tally | None = None) -> Verdict:
    """The verdict on `tally`. Without faults a run is its own twin; with faults and no twin: undecided.

    Raises ValueError if the twin's series do not have the same bins.
    """
    run = samples(tally.series, resolved.sample_bins)
    if twin is None and resolved.faults:
        return Verdict(Outcome.UNDECIDED, None, (), "There is no run without faults to compare with.")
    calm = run if twin is None else samples(twin.series, resolved.sample_bins)
    if len(calm.backlog) != len(run.backlog):
        raise ValueError(f"a run of {len(run.backlog)} samples, its twin of {len(calm.backlog)}")
    overload = overload_reason(calm, resolved.agents, is_closed(resolved))
    if not resolved.faults:
        if len(run.backlog) < 2:
            return Verdict(Outcome.UNDECIDED, None, (), "The run is too short to judge.")
        if overload:
            return Verdict(Outcome.OVERLOADED, None, (), overload)
        return Verdict(Outcome.STABLE, 0.0, (), "Backlog does not grow.")
    index = back_index(run, calm, resolved.agents)
    period_s = resolved.sample_bins * resolved.bin_ns / 1e9
    back_s = None if index is None else index * period_s
    recovery_s = tuple(recovery(fault, back_s) for fault in resolved.faults)
    if overload:
        return Verdict(Outcome.OVERLOADED, back_s, recovery_s, f"Without faults already: {overload}")
    if back_s is not None:
        reason = f"Backlog and goodput are as without faults from {back_s:g} s on."
        return Verdict(Outcome.RECOVERS, back_s, recovery_s, reason)
    outcome, reason = stuck(run)
    return Verdict(outcome, None, recovery_s, reason)


def is_closed(resolved: Resolved) -> bool:
    """Whether all events of the fleet come from closed loops, whose backlog is bounded by themselves."""
    sources = [source for one in resolved.classes for source in (one.stateless, one.stateful)]
    kinds = {source.kind for source in sources} - {ProcessKind.NONE}
    return kinds == {ProcessKind.CLOSED}


def sixths(values: Sequence[float]) -> tuple[float, float] | None:
    """Means of the sixth before the last and of the last sixth; None with fewer than two values."""
    if len(values) < 2:
        return None
    size = max(1, len(values) // 6)
    before, last = values[-2 * size : -size], values[-size:]
    return sum(before) / size, sum(last) / size


def overload_reason(calm: Samples, agents: int, closed: bool) -> str:
    """Why a run without faults is overloaded, "" if it is not.

    Backlog grows when the last sixth's mean exceeds that of the sixth before by more than 10 %, by more than
    1 % of the agents, by more than 1 % of the events produced in a sixth, and by more than the standard
    deviation of a Poisson count of these (else the chance queue of a few agents would count as growth). A
    closed fleet is overloaded when its throughput falls by more than 10 % and by more than three standard
    deviations of a Poisson count.
    """
    third = max(1, len(calm.produced) // 3)
    produced, dropped = sum(calm.produced[-third:]), sum(calm.dropped[-third:])
    if dropped > SMALL * produced:
        return f"{dropped} events are dropped in the last third, while {produced:.0f} are produced."
    pair = sixths(calm.delivered if closed else calm.backlog)
    if pair is None:
        return ""
    before, last = pair
    size = max(1, len(calm.backlog) // 6)
    if closed:
        fall = before - last
        if fall > TOLERANCE * before and fall * size > 3 * sqrt(before * size):
            return (
                f"Throughput falls from {_few(before)} to {_few(last)} events per period in the last sixth."
            )
        return ""
    growth = last - before
    fresh = sum(calm.produced[-size:])
    if growth > max(TOLERANCE * before, SMALL * agents, SMALL * fresh, sqrt(fresh)):
        return f"Backlog grows from {_few(before)} to {_few(last)} events in the last sixth."
    return ""


def _few(events: float) -> str:
    """A mean number of events, without an exponent."""
    return f"{events:,.0f}" if events >= 1000 else f"{events:.4g}"


def back_index(run: Samples, calm: Samples, agents: int) -> int | None:
    """The first sample from which on the run does as well as its twin until the end, None if there is none.

    Backlog may exceed the twin's by 10 % or 1 % of the agents, whichever is more, in every sample; goodput
    may fall short of the twin's by 10 % in the mean from that sample to the end. Doing better than the
    twin is no fault.
    """
    delivered = calm_delivered = 0
    first = None
    for index in range(len(run.backlog) - 1, -1, -1):
        allowed = calm.backlog[index] + max(TOLERANCE * calm.backlog[index], SMALL * agents)
        if run.backlog[index] > allowed:
            break
        delivered += run.delivered[index]
        calm_delivered += calm.delivered[index]
        if delivered >= (1 - TOLERANCE) * calm_delivered:
            first = index
    return first


def recovery(fault: Fault, back_s: float | None) -> float | None:
    """Time from the end of a fault until the fleet is back, in s; 0 if the fault was not felt by then."""
    if back_s is None:
        return None
    return max(0.0, back_s - (fault.at_ns + fault.lasts_ns) / 1e9)


def stuck(run: Samples) -> tuple[Outcome, str]:
    """For a run that is not back: metastable if it does not get better, else undecided."""
    pair = sixths(run.backlog)
    if pair is None:
        return Outcome.UNDECIDED, "The run is too short to judge."
    before, last = pair
    figures = f"backlog of the last sixth {_few(last)}, of the sixth before {_few(before)} events"
    if last >= STUCK * before:
        return Outcome.METASTABLE, f"Not back, and not getting better: {figures}."
    return Outcome.UNDECIDED, f"Not back when the run ends, but getting better: {figures}."
