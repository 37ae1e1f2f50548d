"""Is a design good enough? Decided by fresh runs under each condition, one after the other."""

from collections.abc import Sequence
from math import isfinite
from statistics import fmean, stdev
from typing import NamedTuple

from wavetank.results.judge.outcomes import IS_WELL, Outcome
from wavetank.results.student import mean_interval
from wavetank.studies.sequential import Claim, Decision, Evidence, decide, runs_to_hold
from wavetank.studies.sizing.conditions import DAY
from wavetank.studies.sizing.margins import Margin, margins_of
from wavetank.studies.sizing.shapes import Shape, Shapes, harder
from wavetank.studies.sizing.trials import Trial, Trials, Wanted, beyond_of

BATCHES = (2, 2)
"""Sizes of the first batches: a design that is far too small is given up soon."""
BATCH = 6
"""Size of all later ones, for each two workers."""
DAYS = 5
"""Runs of an ordinary day, where it is not near its limit."""
TOLERANCE = 3.41
"""Mean + 3.41 standard deviations of five runs is above 90 % of all runs with 95 % (normal distribution)."""
MOST_DAYS = 40
"""Runs of a day near its limit, until it is left undecided."""
AS_IT_IS = 3
"""Runs of a condition at full size, after it was confirmed with fewer agents; and of the next design."""


class Asked(NamedTuple):
    """The findings about a design under one condition.

    Attributes
    ----------
    rank : int
        The design.
    condition : str
        The condition.
    shape : Shape
        What was simulated.
    evidence : Evidence
        The decision, the counts and the bounds of the probability.
    margins : tuple of Margin
        How near the runs came to each bound.
    few : bool
        Whether these are a few runs to make sure, without a claim.
    """

    rank: int
    condition: str
    shape: Shape
    evidence: Evidence
    margins: tuple[Margin, ...]
    few: bool = False


def confirm(trials: Trials, shapes: Shapes, rank: int, claim: Claim, title: str) -> list[Asked]:
    """Decide about a design under each condition. A condition that fails ends it: the rest is left out.

    A large design is confirmed with fewer agents, and then a few times as it is. Where these runs disagree,
    it is decided at full size.
    """
    shaped = [(name, shapes.confirming(rank, name)) for name in trials.conditions.with_faults]
    asked = _with_all_nodes(trials, shapes, rank, claim, title, _by_runs(trials, shaped, rank, claim, title))
    if failed(asked):
        return asked
    if DAY in trials.conditions.asked:
        asked.append(ordinary_day(trials, shapes.confirming(rank, DAY), rank, title))
        if failed(asked):
            return asked
    return asked + _as_it_is(trials, shapes, rank, claim, title, asked)


def _with_all_nodes(
    trials: Trials, shapes: Shapes, rank: int, claim: Claim, title: str, asked: list[Asked]
) -> list[Asked]:
    """Ask again what did not hold in a shape that is harder than the design, with all its nodes."""
    settled: list[Asked] = []
    for each in asked:
        wide = shapes.wide(rank, each.condition)
        if (
            each.evidence.decision is Decision.HOLDS
            or failed(settled)
            or not (shapes.strikes_one(each.shape, each.condition) and harder(each.shape, wide))
        ):
            settled.append(each)
        else:
            settled += _by_runs(trials, [(each.condition, wide)], rank, claim, title)
    # the first failure ended the others early: they go on
    open_ = [(each.condition, each.shape) for each in settled if _open(each)]
    if failed(settled) or not open_:
        return settled
    again = {each.condition: each for each in _by_runs(trials, open_, rank, claim, title)}
    return [again.get(each.condition, each) for each in settled]


def decision_of(asked: Sequence[Asked]) -> Decision:
    """Return what was decided about a design over all conditions."""
    decisions = {each.evidence.decision for each in asked}
    if Decision.FAILS in decisions:
        return Decision.FAILS
    return Decision.UNDECIDED if Decision.UNDECIDED in decisions or not asked else Decision.HOLDS


def failed(asked: Sequence[Asked]) -> bool:
    """Return whether a design has failed under one condition."""
    return decision_of(asked) is Decision.FAILS


def _by_runs(
    trials: Trials, shaped: Sequence[tuple[str, Shape]], rank: int, claim: Claim, title: str
) -> list[Asked]:
    """Decide the conditions that are judged run by run, side by side; the limit allows one failure."""
    limit, done = runs_to_hold(claim, failures=1), 0
    kept: dict[str, Asked] = {}
    sizes = list(BATCHES)
    while done < limit and not failed(list(kept.values())):
        open_ = [pair for pair in shaped if pair[0] not in kept or _open(kept[pair[0]])]
        if not open_:
            break
        done = min(limit, done + (sizes.pop(0) if sizes else BATCH * -(-(trials.workers or 1) // 2)))
        wanted = [Wanted(shape, name, range(done)) for name, shape in open_]
        for (name, shape), runs in zip(open_, trials.all(wanted, title), strict=True):
            kept[name] = _asked(rank, name, shape, runs, claim)
    return [kept[name] for name, _ in shaped if name in kept]


def _open(asked: Asked) -> bool:
    return asked.evidence.decision is Decision.UNDECIDED


def _asked(rank: int, name: str, shape: Shape, runs: Sequence[Trial], claim: Claim) -> Asked:
    evidence = decide([trial.held for trial in runs], claim)
    # runs after the decision came with the batch: to report them would depend on the number of workers
    return Asked(rank, name, shape, evidence, margins_of(runs[: evidence.runs]))


def a_few(trials: Trials, shapes: Shapes, rank: int, title: str) -> list[Asked]:
    """Try a design three times under each condition, without a claim."""
    wanted = [
        Wanted(shapes.confirming(rank, name), name, range(AS_IT_IS)) for name in trials.conditions.asked
    ]
    return [
        _few(rank, each.condition, each.shape, runs)
        for each, runs in zip(wanted, trials.all(wanted, title), strict=True)
    ]


def _few(rank: int, name: str, shape: Shape, runs: Sequence[Trial]) -> Asked:
    """Count a few runs: they fail if one does, hold if all do."""
    held, bad = sum(trial.held is True for trial in runs), sum(trial.held is False for trial in runs)
    decision = Decision.FAILS if bad else Decision.HOLDS if held == len(runs) else Decision.UNDECIDED
    evidence = Evidence(decision, held, bad, len(runs), 0.0, 1.0, 0)
    return Asked(rank, name, shape, evidence, margins_of(runs), few=True)


def _as_it_is(
    trials: Trials, shapes: Shapes, rank: int, claim: Claim, title: str, asked: Sequence[Asked]
) -> list[Asked]:
    """Look at a design at full size where it was confirmed with fewer agents."""
    full = shapes.full(rank)
    smaller = [each.condition for each in asked if each.shape != full]
    wanted = [Wanted(full, name, range(AS_IT_IS)) for name in smaller]
    more: list[Asked] = []
    for each, runs in zip(wanted, trials.all(wanted, f"{title}, all agents"), strict=True):
        few = _few(rank, each.condition, full, runs)
        if few.evidence.decision is Decision.HOLDS:
            more.append(few)
        elif each.condition == DAY:
            more.append(ordinary_day(trials, full, rank, title))
        else:
            more += _by_runs(trials, [(each.condition, full)], rank, claim, title)
    return more


# ---- an ordinary day ---------------------------------------------------------------------------


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
