"""Runs without faults: looked at a few times, at doubling distances."""

from tests.unit.results.judge.paths import RATE, SECOND_NS, Path, plan
from tests.unit.studies.cases import QUEUE, resolved
from tests.unit.studies.stepped import Made
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.statements import Kind
from wavetank.results.judge.verdict import Verdict
from wavetank.studies.fates import fate_of
from wavetank.studies.judged_alone import judge_alone, looks

PLAN = plan()
"""Spans of 10 s, of which the first twenty are the fleet's own beginning."""


def judged(duration_s: int, path: Path | None = None) -> Verdict:
    run = Made(path or Path())
    verdict = judge_alone(resolved(QUEUE, f"duration={duration_s}s"), PLAN, run).verdict
    assert run.now_ns == duration_s * SECOND_NS
    assert (verdict.ended_s, verdict.settled_s) == (duration_s, 0)
    return verdict


def test_looks_come_at_doubling_distances_and_at_the_end() -> None:
    # for lost agents at 1, 2, 4, ...; for overload from 20 on; and at the end
    assert looks(PLAN, 600 * SECOND_NS) == [1, 2, 4, 8, 16, 20, 21, 22, 24, 28, 32, 36, 52, 60]
    assert looks(PLAN, 45 * SECOND_NS) == [1, 2, 4]
    assert looks(PLAN, 219 * SECOND_NS) == [1, 2, 4, 8, 16, 20, 21]
    assert looks(PLAN, 220 * SECOND_NS) == [1, 2, 4, 8, 16, 20, 21, 22]
    assert looks(PLAN, 9 * SECOND_NS) == []


def test_a_fleet_that_settles_what_it_creates_is_stable_so_far() -> None:
    verdict = judged(600)
    assert (verdict.outcome, verdict.statements, verdict.decides_s) == (Outcome.STABLE, (), 0)


def test_half_of_the_events_pile_up() -> None:
    verdict = judged(600, Path(lambda second: RATE / 2, busy=1.0))
    assert (verdict.outcome, verdict.binds) == (Outcome.OVERLOADED, "server cores")
    (said,) = verdict.statements
    # the first look at 200 s; at 210, 220 and 240 s growth is not beyond chance, or for the first time
    assert (said.kind, said.note) == (Kind.OVERLOADED, "backlog")
    assert said.figures["created"] == RATE * (said.made_ns // SECOND_NS - 200)
    assert said.figures["growth"] == said.figures["created"] / 2


def test_a_growing_backlog_in_a_short_run_is_not_called_stable() -> None:
    def piling(duration_s: int) -> Verdict:
        return judged(duration_s, Path(lambda second: RATE / 2, busy=1.0))

    short, suspected = piling(150), piling(210)
    assert (short.outcome, short.statements) == (Outcome.UNDECIDED, ())
    assert (suspected.outcome, suspected.statements) == (Outcome.UNDECIDED, ())
    for verdict in (short, suspected):
        assert verdict.piles_up
        assert "events pile up" in fate_of(verdict)
        assert piling(round(verdict.decides_s)).outcome is Outcome.OVERLOADED


def test_without_traffic_there_is_nothing_to_judge_by() -> None:
    silent = PLAN._replace(has_signals=False)
    verdict = judge_alone(resolved(QUEUE, "duration=300s"), silent, Made(Path())).verdict
    assert (verdict.outcome, verdict.decides_s, verdict.piles_up) == (Outcome.UNDECIDED, 0, False)
    assert fate_of(verdict) == "is undecided: there is nothing to judge by"


def test_drops_are_no_way_to_keep_up() -> None:
    dropping = judged(600, Path(lambda second: RATE * 0.9, dropped=lambda second: RATE * 0.1))
    assert dropping.outcome is Outcome.OVERLOADED
    assert dropping.statements[0].note == "dropped"


def test_a_run_of_less_than_two_spans_is_too_short() -> None:
    verdict = judged(19)
    assert (verdict.outcome, verdict.decides_s) == (Outcome.UNDECIDED, 20)
    assert judged(20).outcome is Outcome.STABLE


def test_agents_that_still_wait_leave_it_undecided() -> None:
    # 1 % of 1,000 agents may wait at any time
    assert judged(300, Path(impaired=lambda second: 10)).outcome is Outcome.STABLE
    verdict = judged(300, Path(impaired=lambda second: 11))
    assert (verdict.outcome, verdict.waiting) == (Outcome.UNDECIDED, 11)
    assert verdict.decides_s > 300


def test_agents_that_are_refused_are_lost() -> None:
    verdict = judged(600, Path(offline=lambda second: 50))
    assert verdict.outcome is Outcome.LOST
    assert [said.figures for said in verdict.of(Kind.LOST)] == [{"agents": 50}]


def test_agents_that_are_refused_leave_the_run() -> None:
    run = Made(Path(offline=lambda second: 50), offline=range(50))
    verdict = judge_alone(resolved(QUEUE, "duration=250s"), PLAN, run).verdict
    assert set(run.gone) == set(range(50))
    assert verdict.outcome is Outcome.LOST
    assert verdict.statements[0].figures == {"agents": 50}


def test_agents_that_are_refused_from_the_beginning_are_lost_and_wait_for_nothing() -> None:
    plan_ = PLAN._replace(refused=20)
    run = Made(Path(impaired=lambda second: 20))
    verdict = judge_alone(resolved(QUEUE, "duration=3000s"), plan_, run).verdict
    assert verdict.outcome is Outcome.LOST
    assert verdict.of(Kind.LOST)[0].figures == {"agents": 20}
