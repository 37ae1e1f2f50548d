"""Decide whether a design is good enough on an ordinary day, by the mean of a few long runs.

An ordinary day has no faults, so the question is about the long run and not about single runs. Five runs
decide if their mean is far enough from the bound, measured by the spread between the runs. Near a bound the
number of runs doubles, up to 40; then the day is undecided. A day on which the backlog grows does not hold.
"""

from collections.abc import Sequence
from math import isfinite
from statistics import fmean, stdev

from wavetank.results.judge.outcomes import IS_WELL, Outcome
from wavetank.results.student import mean_interval
from wavetank.studies.sequential import Decision, Evidence
from wavetank.studies.sizing.asked import Asked
from wavetank.studies.sizing.conditions import DAY
from wavetank.studies.sizing.margins import margins_of
from wavetank.studies.sizing.shapes import Shape
from wavetank.studies.sizing.trials import Trial, Trials, beyond_of

DAYS = 5
"""Runs of an ordinary day, where it is not near its limit."""
TOLERANCE = 3.41
"""Mean + 3.41 standard deviations of five runs is above 90 % of all runs with 95 % (normal distribution)."""
MOST_DAYS = 40
"""Runs of a day near its limit, until it is left undecided."""


def ordinary_day(trials: Trials, shape: Shape, rank: int, title: str) -> Asked:
    """Decide whether the long run is within every bound: by five runs, or by more where it is near one."""
    count = DAYS
    while True:
        runs = trials.of(shape, DAY, range(count), title)
        decision = _day_of(runs)
        if decision is not Decision.UNDECIDED or count >= MOST_DAYS:
            break
        count *= 2
    held = sum(trial.held is True for trial in runs)
    bad = sum(trial.held is False for trial in runs)
    return Asked(rank, DAY, shape, Evidence(decision, held, bad, count, 0.0, 1.0, 0), margins_of(runs))


def _day_of(runs: Sequence[Trial]) -> Decision:
    """Decide by the verdicts, and by the mean of each metric over the runs with its spread."""
    verdicts = [trial.cell.verdict for trial in runs]
    if any(each is None or each.outcome not in IS_WELL | {Outcome.UNDECIDED} for each in verdicts):
        return Decision.FAILS
    decisions = {_bound_holds(runs, index) for index in range(len(runs[0].objectives))}
    if Decision.FAILS in decisions:
        return Decision.FAILS
    # a day may be too short for its verdict; only a backlog that grows leaves it open
    grows = any(each is not None and each.piles_up for each in verdicts)
    undecided = grows or Decision.UNDECIDED in decisions
    return Decision.UNDECIDED if undecided else Decision.HOLDS


def _bound_holds(runs: Sequence[Trial], index: int) -> Decision:
    """Hold the mean over the runs against a bound; of a quantile, the share of observations beyond it."""
    metric, bound = runs[0].objectives[index]
    if any(metric not in trial.cell.summary for trial in runs):
        return Decision.UNDECIDED
    share = beyond_of(metric)
    if share is not None and all(metric in trial.cell.beyond for trial in runs):
        values, bound = [trial.cell.beyond[metric] for trial in runs], share
    else:
        raw = [trial.cell.summary[metric] for trial in runs]
        values = [float("inf") if value is None else float(value) for value in raw]
    if not all(map(isfinite, values)):
        return Decision.FAILS
    mean, spread = fmean(values), TOLERANCE * stdev(values)
    low, high = (mean - spread, mean + spread) if len(values) <= DAYS else mean_interval(values)[1:]
    if high <= bound:
        return Decision.HOLDS
    return Decision.FAILS if low > bound else Decision.UNDECIDED
