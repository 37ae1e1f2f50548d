"""Decide by fresh runs whether a design is good enough, under each condition.

Conditions with faults are judged run by run with the rule of `sequential.py`. An ordinary day is judged by
its long-run mean (day.py). A first failure ends the work on a design. Invariants: seeds are fresh, so the
runs that proposed the candidate do not confirm it; runs count in the order of their seeds, and none after
the decision is reported, so the answer does not depend on the number of workers. Steps 3 and 4 of
docs/studies.md, "How the answer is found", state the rule, with smaller fleets in place of more than 10,000
agents.
"""

from collections.abc import Sequence

from wavetank.studies.sequential import Claim, Decision, decide, runs_to_hold
from wavetank.studies.sizing.asked import Asked, a_few_runs, failed
from wavetank.studies.sizing.conditions import DAY
from wavetank.studies.sizing.day import ordinary_day
from wavetank.studies.sizing.margins import margins_of
from wavetank.studies.sizing.shapes import Shape, Shapes, harder
from wavetank.studies.sizing.trials import Trial, Trials, Wanted

BATCHES = (2, 2)
"""Sizes of the first batches: a design that is far too small is given up soon."""
BATCH = 6
"""Size of all later ones, for each two workers."""
AS_IT_IS = 3
"""Runs of a condition at full size, after it was confirmed with fewer agents; and of the next design."""


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
    open_ = [(each.condition, each.shape) for each in settled if each.is_open]
    if failed(settled) or not open_:
        return settled
    again = {each.condition: each for each in _by_runs(trials, open_, rank, claim, title)}
    return [again.get(each.condition, each) for each in settled]


def _by_runs(
    trials: Trials, shaped: Sequence[tuple[str, Shape]], rank: int, claim: Claim, title: str
) -> list[Asked]:
    """Decide the conditions that are judged run by run, side by side; the limit allows one failure."""
    limit, done = runs_to_hold(claim, failures=1), 0
    kept: dict[str, Asked] = {}
    runs: dict[str, list[Trial]] = {}
    sizes = list(BATCHES)
    while done < limit and not failed(list(kept.values())):
        open_ = [pair for pair in shaped if pair[0] not in kept or kept[pair[0]].is_open]
        if not open_:
            break
        size = sizes.pop(0) if sizes else BATCH * -(-(trials.workers or 1) // 2)
        # no more runs than can decide the first condition
        needed = min((kept[name].evidence.needed for name, _ in open_ if name in kept), default=limit)
        done = min(limit, done + min(size, needed))
        wanted = [Wanted(shape, name, range(done)) for name, shape in open_]
        for (name, shape), made in zip(open_, trials.all(wanted, title), strict=True):
            runs[name], kept[name] = made, _asked(rank, name, shape, made, claim)
    # the first failure ends it: what came later in the same batch would depend on the number of workers
    failing = [each.evidence.runs for each in kept.values() if failed([each])]
    if failing:
        kept = {
            name: _asked(rank, name, kept[name].shape, made[: min(failing)], claim)
            for name, made in runs.items()
        }
    return [kept[name] for name, _ in shaped if name in kept]


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
        a_few_runs(rank, each.condition, each.shape, runs)
        for each, runs in zip(wanted, trials.all(wanted, title), strict=True)
    ]


def _as_it_is(
    trials: Trials, shapes: Shapes, rank: int, claim: Claim, title: str, asked: Sequence[Asked]
) -> list[Asked]:
    """Look at a design at full size where it was confirmed with fewer agents."""
    full = shapes.full(rank)
    smaller = [each.condition for each in asked if each.shape != full]
    wanted = [Wanted(full, name, range(AS_IT_IS)) for name in smaller]
    more: list[Asked] = []
    for each, runs in zip(wanted, trials.all(wanted, f"{title}, all agents"), strict=True):
        few = a_few_runs(rank, each.condition, full, runs)
        if few.evidence.decision is Decision.HOLDS:
            more.append(few)
        elif each.condition == DAY:
            more.append(ordinary_day(trials, full, rank, title))
        else:
            more += _by_runs(trials, [(each.condition, full)], rank, claim, title)
    return more
