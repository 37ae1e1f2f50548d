"""One run beside its twin, judged while it goes on, and gone on with until it is decided.

A run with faults and its twin, the same scenario and random numbers without faults, are advanced together,
one step of the judging grid at a time. Where nothing is decided at the scenario's duration they go on, in
simulated time, for a bounded while (settling); wall time never ends a run.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from wavetank.engines.stepped import SteppedRun
from wavetank.results.judge.judge import Judge
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.plan import JudgePlan
from wavetank.results.judge.statements import Kind
from wavetank.results.judge.verdict import Recovery, Verdict
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved

LONGEST_SETTLING = 10
"""A run that is still undecided ends after so many times the duration of its scenario."""
TRIES = 3
"""Settling goes on for at most so many times D after the last fault: two looks, and one more."""


class Outlook(NamedTuple):
    """How a run is judged; `settle_ns`: how long it may go on past its duration (None: as it needs)."""

    plan: JudgePlan
    settle_ns: int | None = None


class JudgedRun(NamedTuple):
    """The counts of a run, and the verdict on it."""

    tally: Tally
    verdict: Verdict


def horizon_ns(resolved: Resolved, outlook: Outlook) -> int:
    """Return how far a run with faults may have to be simulated."""
    if outlook.settle_ns is None:
        return LONGEST_SETTLING * resolved.duration_ns
    return resolved.duration_ns + outlook.settle_ns


# ---- with faults ----------------------------------------------------------------------------------


def judge_beside_twin(
    resolved: Resolved,
    outlook: Outlook,
    run: SteppedRun,
    twin: SteppedRun,
    pool: ThreadPoolExecutor | None = None,
) -> JudgedRun:
    """Advance a run and its twin until the verdict is there, or the budget ends it.

    `pool` advances the twin while this thread advances the run (kernels do not hold the interpreter's lock).
    Raises what the runs raise.
    """
    judge, step_ns, duration_ns = Judge(outlook.plan), outlook.plan.grid.step_ns, resolved.duration_ns
    furthest_ns = horizon_ns(resolved, outlook)

    def advance(until_ns: int) -> None:
        together([run, twin], until_ns, pool)

    at_ns = 0
    while at_ns + step_ns <= furthest_ns:
        if at_ns + step_ns > duration_ns and (
            at_ns >= _budget_ns(outlook, judge, duration_ns) or judge.decided
        ):
            break
        at_ns += step_ns
        advance(at_ns)
        feed(judge, run, twin)
    ended_ns = max(at_ns, duration_ns)
    advance(ended_ns)
    return JudgedRun(run.finish(), verdict_of(judge, outlook.plan, ended_ns, duration_ns))


def together(runs: list[SteppedRun], until_ns: int, pool: ThreadPoolExecutor | None) -> None:
    """Advance several runs to the same instant."""
    first, *others = runs
    if pool is None:
        for run in runs:
            run.advance(until_ns)
        return
    waiting = [pool.submit(other.advance, until_ns) for other in others]
    first.advance(until_ns)
    for future in waiting:
        future.result()


def feed(judge: Judge, run: SteppedRun, twin: SteppedRun) -> None:
    """Let the judge look at the instant to which both runs were advanced."""
    grid = judge.plan.grid
    counts = (judge.now_ns + grid.step_ns) % grid.span_ns == 0
    if judge.feed(run.sample(False), twin.sample(counts), run.invalid_tokens):
        agents = run.offline_agents()
        run.leave(agents)
        twin.leave(agents)
        judge.left(len(agents), run.sample(False), twin.sample(counts))


def _budget_ns(outlook: Outlook, judge: Judge, duration_ns: int) -> int:
    """Until when a run may go on: three times D and a hold after the last end of its faults."""
    if outlook.settle_ns is not None:
        return duration_ns + outlook.settle_ns
    ends = [span.end_ns for span in outlook.plan.faults if span.begin_ns < duration_ns]
    if not ends:
        return duration_ns
    wanted_ns = max(ends) + TRIES * round(judge.due_s() * 1e9) + outlook.plan.grid.hold_ns
    return max(duration_ns, min(wanted_ns, LONGEST_SETTLING * duration_ns))


def verdict_of(judge: Judge, plan: JudgePlan, ended_ns: int, duration_ns: int) -> Verdict:
    """Return the verdict on a run that ended at `ended_ns`."""
    decides_ns = 0 if judge.decided else judge.decides_ns()
    return Verdict(
        outcome=judge.outcome(),
        statements=tuple(judge.statements),
        recoveries=tuple(recoveries(judge, plan, ended_ns)),
        ended_s=ended_ns / 1e9,
        settled_s=(ended_ns - duration_ns) / 1e9,
        step_s=plan.grid.step_ns / 1e9,
        span_s=plan.grid.span_ns / 1e9,
        backlog_ratio=max((episode.backlog_ratio for episode in judge.episodes), default=0.0),
        decides_s=decides_ns / 1e9,
        binds=judge.binds,
    )


def recoveries(judge: Judge, plan: JudgePlan, ended_ns: int) -> list[Recovery]:
    """Return for each fault that began how long after its end the fleet was back.

    A fleet that has lost agents in the episode of a fault is not back from it, even if the others are. Where
    a fault outlasts the run, and is carried, the time until then counts from the fault's begin.
    """
    by_fault: dict[int, Recovery] = {}
    losses = {said.episode for said in judge.statements if said.kind is Kind.LOST}
    for episode in judge.episodes:
        lost = episode.number in losses
        back_ns = None if lost else episode.back_ns
        if not lost and episode.outcome(ended_ns) is Outcome.CARRIED:
            back_ns = episode.carried_ns
        for fault in episode.faults:
            begin_ns, end_ns = plan.faults[fault]
            since_ns = end_ns if end_ns < ended_ns or episode.back_ns is not None else begin_ns
            value_s = None if back_ns is None else max(0, back_ns - since_ns) / 1e9
            open_s = 0.0 if back_ns is not None else max(0, ended_ns - end_ns) / 1e9
            by_fault[fault] = Recovery(value_s, open_s, lost)
    return [by_fault[fault] for fault in sorted(by_fault)]
