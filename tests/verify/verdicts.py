"""Verdicts of runs of different lengths, for holding them against one another."""

from itertools import pairwise
from typing import NamedTuple

from wavetank.engines.registry import choose
from wavetank.results.judge.judge import Judge
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.statements import Statement
from wavetank.results.judge.verdict import Verdict
from wavetank.scenario.resolved import Resolved
from wavetank.studies.judge_plan import plan_of
from wavetank.studies.judged import feed, together
from wavetank.studies.judged_run import judge_run

CUTS = 50
"""Points in one long run at which the judge is asked."""
AFTER = {
    Outcome.UNDECIDED: frozenset(Outcome),
    Outcome.CARRIED: frozenset(Outcome) - {Outcome.STABLE},
    Outcome.NOT_CARRIED: frozenset(Outcome) - {Outcome.STABLE},
    Outcome.BACK: frozenset(Outcome) - {Outcome.STABLE, Outcome.ESCAPED},
    Outcome.BACK_ECHO: frozenset(Outcome) - {Outcome.STABLE, Outcome.ESCAPED, Outcome.BACK},
    Outcome.BACK_RELAPSE: frozenset(Outcome) - {Outcome.STABLE, Outcome.BACK, Outcome.BACK_ECHO},
    Outcome.METASTABLE: frozenset(Outcome)
    - {Outcome.STABLE, Outcome.BACK, Outcome.BACK_ECHO, Outcome.BACK_RELAPSE},
    Outcome.ESCAPED: frozenset(Outcome)
    - {Outcome.STABLE, Outcome.BACK, Outcome.BACK_ECHO, Outcome.BACK_RELAPSE},
    Outcome.LOST: frozenset({Outcome.LOST, Outcome.METASTABLE, Outcome.OVERLOADED}),
    Outcome.OVERLOADED: frozenset({Outcome.OVERLOADED}),
}
"""Words that may follow a word when a run of one fault goes on; of several faults the worst word counts."""


class Cut(NamedTuple):
    """The judge's verdict at one point of a run."""

    at_ns: int
    outcome: Outcome
    statements: tuple[Statement, ...]


def cuts(resolved: Resolved, until_ns: int, engine: str = "compiled") -> list[Cut]:
    """The judge's verdicts at 50 points of one run, and at its end."""
    plan, start = plan_of(resolved), choose(resolved, engine).start
    run, twin = start(resolved, until_ns), start(resolved._replace(faults=()), until_ns)
    judge, verdicts = Judge(plan), []
    step_ns = plan.grid.step_ns
    every = max(1, until_ns // step_ns // CUTS)
    for step in range(1, until_ns // step_ns + 1):
        together([run, twin], step * step_ns, None)
        feed(judge, run, twin)
        if step % every == 0 or step == until_ns // step_ns:
            verdicts.append(Cut(judge.now_ns, judge.outcome(), tuple(judge.statements)))
    return verdicts


def verdict(
    resolved: Resolved, duration_ns: int, engine: str = "compiled", settle_ns: int | None = 0
) -> Verdict:
    """The verdict on a run of its own of that length."""
    lasting = resolved._replace(duration_ns=duration_ns, tail_ns=min(resolved.tail_ns, duration_ns // 3))
    return judge_run(lasting, engine, settle_ns, (), lambda *_: None, 1, {}).verdict


def assert_consistent(
    resolved: Resolved, until_ns: int, lengths_ns: list[int], engine: str = "compiled"
) -> None:
    """No statement of a cut or of a shorter run is missing or different in the longest one."""
    verdicts = cuts(resolved, until_ns, engine)
    whole = verdicts[-1].statements
    assert [s.made_ns for s in whole] == sorted(s.made_ns for s in whole)
    for cut in verdicts:
        assert cut.statements == tuple(s for s in whole if s.made_ns <= cut.at_ns)
    if len(resolved.faults) == 1:
        for before, after in pairwise(verdicts):
            assert after.outcome in AFTER[before.outcome], (before.outcome, after.outcome, after.at_ns)
    for length_ns in lengths_ns:
        if length_ns > resolved.warmup_ns:
            alone = verdict(resolved, length_ns, engine)
            assert alone.statements == tuple(s for s in whole if s.made_ns <= alone.ended_s * 1e9)
