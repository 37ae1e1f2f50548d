"""Judge a question by its runs: it holds, fails or is not decided yet.

A claim about single runs is decided by the sequential rule of `sequential.py`, which may look after every
run. A claim about the mean is decided by Student's t interval, at 8, 16, 32 and 64 runs, each look with a
quarter of the error. Runs count in the order of their seeds, so the judgement does not depend on the number
of workers. A run that ended too early to tell counts against both decisions. The rules are in
docs/review.md.
"""

from collections.abc import Sequence
from math import fsum, inf, sqrt
from statistics import stdev
from typing import NamedTuple

from wavetank.results.student import t_quantile
from wavetank.studies.cells import Cell
from wavetank.studies.reviewing.rules import AT_MOST, LOOKS, Rule
from wavetank.studies.sequential import Decision, Evidence, decide

Pair = tuple[Cell, Cell | None]
"""The run of a question with one seed, and that of the option it is compared with."""


class Sample(NamedTuple):
    """The metric of one run.

    Attributes
    ----------
    value : float or None
        The value; of a comparison the ratio of the two; infinite for never. None: not known.
    least : float or None
        Where it was not over when the run ended, the least that it can be.
    excess : float or None
        How far it is beyond the limit, in the metric's unit (below 0: within): what means are made of.
    """

    value: float | None
    least: float | None
    excess: float | None

    def held(self, rule: Rule) -> bool | None:
        """Whether the run meets the limit; None where it cannot tell."""
        if self.value is not None:
            return rule.held(self.value, rule.limit)
        if self.least is not None and not rule.held(self.least, rule.limit) and rule.sense == AT_MOST:
            return False
        if self.least is not None and rule.held(self.least, rule.limit) and rule.sense != AT_MOST:
            return True
        return None


class Judgement(NamedTuple):
    """The decision about a question so far.

    Attributes
    ----------
    decision : Decision
        Holds, fails or undecided.
    evidence : Evidence or None
        Counts and bounds of the probability, for a claim about a share of the runs.
    mean, low, high : float or None
        Mean of the metric with its interval, for a claim about the mean.
    runs : int
        Runs that decided.
    wanted : int
        How many runs should be there next; the same as now where it is decided, or all are used.
    """

    decision: Decision
    evidence: Evidence | None
    mean: float | None
    low: float | None
    high: float | None
    runs: int
    wanted: int


def sample(rule: Rule, pair: Pair) -> Sample:
    """Return what a run says of the metric of a claim."""
    cell, other = pair
    value, least = _of(rule.measure.metric, cell)
    if not rule.than:
        excess = None if value is None else value - rule.limit
        return Sample(value, least, excess)
    against, _ = _of(rule.measure.metric, other) if other is not None else (None, None)
    if value is None or against is None or not against:
        return Sample(None, None, None)
    return Sample(value / against, None, value - rule.limit * against)


def _of(metric: str, cell: Cell) -> tuple[float | None, float | None]:
    """The value and the lower bound of a metric in a run; infinite where it does not come any more."""
    if metric not in cell.summary:
        return None, None
    value = cell.summary[metric]
    if value is not None:
        return float(value), None
    least = cell.censored.get(metric)
    return (None, least) if least is not None else (inf, None)


def judge(rule: Rule, samples: Sequence[Sample]) -> Judgement:
    """Judge the runs of a question, in the order of their seeds."""
    return _by_runs(rule, samples) if rule.about == "run" else _by_mean(rule, samples)


def _by_runs(rule: Rule, samples: Sequence[Sample]) -> Judgement:
    held = [each.held(rule) for each in samples[: rule.most]]
    evidence = decide(held, rule.claim)
    wanted = len(held)
    if evidence.decision is Decision.UNDECIDED and wanted < rule.most:
        # never more than double: where a failure comes, fewer are needed than were asked for
        step = max(rule.least, min(evidence.needed, max(rule.least, wanted)))
        wanted = min(rule.most, wanted + step)
    return Judgement(evidence.decision, evidence, None, None, None, evidence.runs, wanted)


def _by_mean(rule: Rule, samples: Sequence[Sample]) -> Judgement:
    """Look at the mean at fixed numbers of runs, each time with its share of the error."""
    reached = 0
    judged = Judgement(Decision.UNDECIDED, None, None, None, None, 0, rule.looks[0])
    for look in rule.looks:
        if look > len(samples):
            return judged._replace(wanted=look)
        judged = _looked_at(rule, samples[:look])
        reached = look
        if judged.decision is not Decision.UNDECIDED:
            return judged
    return judged._replace(wanted=reached)


def _looked_at(rule: Rule, samples: Sequence[Sample]) -> Judgement:
    n = len(samples)
    excesses = [each.excess for each in samples]
    values = [each.value for each in samples]
    if any(value is None for value in excesses):
        return Judgement(Decision.UNDECIDED, None, None, None, None, n, n)
    known = [value for value in excesses if value is not None]
    shown = [value for value in values if value is not None]
    if inf in known:
        fails = Decision.FAILS if rule.sense == AT_MOST else Decision.HOLDS
        return Judgement(fails, None, inf, inf, inf, n, n)
    low, high = _interval(known, rule)
    at_most = rule.sense == AT_MOST
    decision = Decision.UNDECIDED
    if (high <= 0) if at_most else (low >= 0):
        decision = Decision.HOLDS
    elif (low > 0) if at_most else (high < 0):
        decision = Decision.FAILS
    mean = fsum(shown) / n
    bounds = _interval(shown, rule)
    return Judgement(decision, None, mean, *bounds, n, n)


def _interval(values: Sequence[float], rule: Rule) -> tuple[float, float]:
    """Student's t interval of the mean; the error is shared among all looks, those not taken, too."""
    n = len(values)
    confidence = 1 - (1 - rule.confidence) / len(LOOKS)
    mean = fsum(values) / n
    half = t_quantile(n - 1, confidence) * stdev(values) / sqrt(n)
    return mean - half, mean + half
