"""Settling: how far a run goes on past its duration, and what is said of it then."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.unit.results.judge.paths import SECOND_NS, Of, Path, outage, plan
from tests.unit.studies.cases import QUEUE, resolved
from tests.unit.studies.stepped import TALLY, Made
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.plan import FOREVER_NS
from wavetank.results.judge.statements import Kind
from wavetank.results.judge.verdict import Recovery, Verdict
from wavetank.studies.judged import Outlook, horizon_ns, judge_beside_twin

PLAN = plan((60, 120))
"""A fault from 60 to 120 s; steps and L of 10 s, R and H of 30 s."""
BACK = outage(60, 120)
"""Back at 190 s, which is known at 220 s."""
SLOWLY = outage(60, 120, faster=1.04)
"""The backlog is gone 1,500 s after the fault."""


def judged(
    settled: Of, duration_s: int, settle_s: int | None = None, pool: ThreadPoolExecutor | None = None
) -> tuple[Verdict, Made]:
    """The verdict on a run with such a path beside its twin, and the run."""
    scenario = resolved(QUEUE, f"duration={duration_s}s")
    outlook = Outlook(PLAN, None if settle_s is None else settle_s * SECOND_NS)
    run, twin = Made(Path(settled)), Made(Path())
    tally, verdict = judge_beside_twin(scenario, outlook, run, twin, pool)
    assert tally is TALLY
    assert run.advanced_ns == twin.advanced_ns
    assert max(run.advanced_ns) <= horizon_ns(scenario, outlook)
    return verdict, run


def test_a_run_goes_on_until_it_is_decided_and_no_longer() -> None:
    verdict, run = judged(BACK, 150)
    assert verdict.outcome is Outcome.BACK
    assert (verdict.ended_s, verdict.settled_s, verdict.decides_s) == (220, 70, 0)
    assert run.now_ns == 220 * SECOND_NS
    assert verdict.recoveries == (Recovery(70.0, 0.0, False),)
    assert (verdict.step_s, verdict.span_s) == (10, 10)


def test_a_run_that_is_decided_at_its_duration_ends_there() -> None:
    verdict, run = judged(BACK, 600)
    assert (verdict.outcome, verdict.ended_s, verdict.settled_s) == (Outcome.BACK, 600, 0)
    assert run.advanced_ns[-1] == 600 * SECOND_NS


def test_it_goes_on_for_ten_times_its_duration_at_most() -> None:
    verdict, _ = judged(SLOWLY, 150)
    assert (verdict.outcome, verdict.ended_s, verdict.settled_s) == (Outcome.UNDECIDED, 1500, 1350)
    assert verdict.recoveries == (Recovery(None, 1380.0, False),)
    assert verdict.decides_s > 1500


def test_it_goes_on_for_three_times_what_recovery_may_take_at_most() -> None:
    # D is 20 holds, 600 s: until 120 + 3 x 600 + 30 s
    later = outage(60, 120, faster=1.03)
    verdict, _ = judged(later, 400)
    assert (verdict.outcome, verdict.ended_s) == (Outcome.UNDECIDED, 1950)
    assert judged(SLOWLY, 400)[0].outcome is Outcome.BACK


@pytest.mark.parametrize(("settle_s", "ended_s"), [(0, 150), (20, 170), (25, 170), (600, 220)])
def test_settling_may_be_given(settle_s: int, ended_s: int) -> None:
    verdict, _ = judged(BACK, 150, settle_s)
    assert verdict.ended_s == ended_s
    assert verdict.settled_s == ended_s - 150
    assert verdict.outcome is (Outcome.BACK if ended_s == 220 else Outcome.UNDECIDED)


def test_without_settling_what_is_open_has_a_bound_and_a_duration_that_would_do() -> None:
    verdict, _ = judged(BACK, 150, 0)
    assert [said.kind for said in verdict.statements] == [Kind.NOT_CARRIED]
    assert verdict.recoveries == (Recovery(None, 30.0, False),)
    assert verdict.decides_s >= 220
    assert judged(BACK, round(verdict.decides_s), 0)[0].outcome is Outcome.BACK


def test_a_duration_between_two_steps_is_simulated_to_its_end() -> None:
    verdict, run = judged(BACK, 605, 0)
    assert (verdict.ended_s, verdict.settled_s) == (605, 0)
    assert run.advanced_ns[-2:] == [600 * SECOND_NS, 605 * SECOND_NS]


def test_a_longer_run_says_the_same_and_more() -> None:
    short, long = judged(BACK, 150)[0], judged(BACK, 600)[0]
    assert long.statements[: len(short.statements)] == short.statements


def test_a_helper_thread_changes_nothing() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert judged(BACK, 150, pool=pool)[0] == judged(BACK, 150)[0]


def test_from_a_fault_that_lasts_and_is_carried_the_recovery_counts_from_its_begin() -> None:
    lasting = plan((60, FOREVER_NS / SECOND_NS))
    scenario = resolved(QUEUE, "duration=600s")
    _, verdict = judge_beside_twin(scenario, Outlook(lasting), Made(Path()), Made(Path()))
    assert verdict.outcome is Outcome.CARRIED
    assert verdict.recoveries == (Recovery(10.0, 0.0, False),)
    assert (verdict.ended_s, verdict.settled_s) == (600, 0)


def test_a_fault_that_lasts_and_is_not_carried_has_no_recovery_and_no_bound() -> None:
    lasting = plan((60, FOREVER_NS / SECOND_NS))
    never = Made(Path(outage(60, 10_000)))
    _, verdict = judge_beside_twin(resolved(QUEUE, "duration=600s"), Outlook(lasting), never, Made(Path()))
    assert verdict.outcome is Outcome.NOT_CARRIED
    assert verdict.recoveries == (Recovery(None, 0.0, False),)


def test_without_traffic_there_is_nothing_to_judge_by() -> None:
    silent = plan((60, 120))._replace(has_signals=False)
    scenario = resolved(QUEUE, "duration=300s")
    _, verdict = judge_beside_twin(scenario, Outlook(silent), Made(Path()), Made(Path()))
    assert (verdict.outcome, verdict.decides_s, verdict.settled_s) == (Outcome.UNDECIDED, 0, 0)


def test_a_fault_after_the_end_of_the_run_is_not_waited_for() -> None:
    scenario = resolved(QUEUE, "duration=300s")
    outlook = Outlook(plan((60, 120), (10_000, 10_060)))
    _, verdict = judge_beside_twin(scenario, outlook, Made(Path(BACK)), Made(Path()))
    assert len(verdict.recoveries) == 1
    assert verdict.outcome is Outcome.BACK
    assert verdict.ended_s < 3000


def test_agents_that_are_offline_for_good_leave_the_run_and_its_twin() -> None:
    offline = Path(offline=lambda second: 50 if second >= 100 else 0)
    run, twin = Made(offline, offline=range(50)), Made(Path())
    _, verdict = judge_beside_twin(resolved(QUEUE, "duration=300s"), Outlook(plan((60, 60))), run, twin)
    assert run.gone == twin.gone == list(range(50))
    (lost,) = verdict.of(Kind.LOST)
    assert (lost.made_ns, lost.figures) == (100 * SECOND_NS, {"agents": 50})
    assert verdict.outcome is Outcome.LOST
    # the others are back, and yet the fleet as it was never comes back
    assert verdict.of(Kind.BACK)
    assert verdict.recoveries == (Recovery(None, 240.0, True),)


def test_who_is_lost_after_a_later_fault_leaves_the_earlier_recovery() -> None:
    path = Path(BACK, offline=lambda second: 50 if second >= 310 else 0)
    outlook = Outlook(plan((60, 120), (300, 300)))
    run = Made(path, offline=range(50))
    _, verdict = judge_beside_twin(resolved(QUEUE, "duration=600s"), outlook, run, Made(Path()))
    assert verdict.recoveries == (Recovery(70.0, 0.0, False), Recovery(None, 300.0, True))
