"""Signals: exact means over a span, and how much of an excess is noise."""

import pytest

from tests.unit.results.judge.paths import RATE, SECOND_NS, STEADY, Path, plan
from wavetank.results.judge.grid import Grid
from wavetank.results.judge.plan import JudgePlan
from wavetank.results.judge.signals import Reading, Signals, Step

SPAN_S, STEP_S = 30, 10
THREE_STEPS = Grid(SPAN_S * SECOND_NS, STEP_S * SECOND_NS, 3, SPAN_S * SECOND_NS, 6, False)


def steps(judge_plan: JudgePlan, run: Path, twin: Path, until_s: int) -> list[Step]:
    signals, step_s = Signals(judge_plan), judge_plan.grid.step_ns // SECOND_NS
    ends = range(step_s, until_s + 1, step_s)
    return [signals.step(run.sample(at_s, step_s), twin.sample(at_s, step_s)) for at_s in ends]


def in_step(second: int) -> float:
    """All agents flush at the same instant, every 30 s."""
    return RATE * SPAN_S if second % SPAN_S == SPAN_S - 1 else 0


def one_after_another(second: int) -> float:
    """Agents flush every 30 s, each at a time of its own: an event waits for 15 s on average."""
    return 0 if second < SPAN_S // 2 else RATE


def test_a_fleet_that_flushes_in_step_is_never_bad() -> None:
    run, twin = Path(in_step), Path(one_after_another)
    # the first span, in which one of them waits for its first flush, is left out
    late = steps(plan(agents=100, grid=THREE_STEPS), run, twin, 900)[3:]
    assert not any(step.bad for step in late)
    # the same fleet is bad at two instants of three, by what is settled then
    behind = [step.twin.settled.value - step.run.settled.value for step in late]
    tolerance = late[-1].readings["backlog"].tolerance
    assert sum(excess > tolerance for excess in behind) / len(behind) == pytest.approx(1 / 3, abs=0.05)
    assert max(behind) > 3 * tolerance


def test_an_excess_is_exact() -> None:
    # the run settles nothing for a second: 100 events behind from its middle on
    run = Path(lambda second: 0 if second == 42 else RATE)
    by_second = {step.at_ns // SECOND_NS: step for step in steps(plan(), run, Path(), 80)}
    assert by_second[40].excess("backlog") == 0
    assert by_second[50].excess("backlog") == pytest.approx(RATE * 7.5 / 10)
    assert by_second[60].excess("backlog") == RATE
    assert by_second[60].excess("commands") == 0


def test_less_than_the_twin_is_not_cut_off_at_zero() -> None:
    behind = Path(lambda second: 0 if second == 42 else RATE)
    assert steps(plan(), Path(), behind, 60)[-1].excess("backlog") == -RATE


def test_dropping_a_backlog_is_not_settling_it_later() -> None:
    dropping = Path(lambda second: 0, dropped=STEADY)
    assert not any(step.bad for step in steps(plan(), dropping, Path(), 100))


@pytest.mark.parametrize(("agents", "tolerance"), [(100, 3), (1000, 10), (10_000, 100)])
def test_a_small_excess_is_noise(agents: int, tolerance: float) -> None:
    # three batches of one event, or 1 % of the agents
    (last,) = steps(plan(agents=agents), Path(), Path(), 100)[-1:]
    assert last.readings["backlog"].tolerance == tolerance


def test_the_twins_own_peak_is_no_disturbance() -> None:
    # the twin waits with 1,000 events for 10 s; a run that does so a little later is not bad
    def waits(begin_s: int) -> Path:
        return Path(lambda s: 0 if begin_s <= s < begin_s + 10 else 11 * RATE if s == begin_s + 10 else RATE)

    assert not any(step.bad for step in steps(plan(), waits(70), waits(50), 200))
    assert any(step.bad for step in steps(plan(), waits(70), Path(), 200))


def test_needs_are_judged_where_there_are_no_events() -> None:
    unmet = Path(STEADY, impaired=lambda second: 11)
    judge_plan = plan(agents=1000, has_events=False)
    (step,) = steps(judge_plan, unmet, Path(), 10)
    assert step.readings == {"impaired": Reading(11.0, 10.0, 0.0)}
    assert step.bad
    assert step.height == pytest.approx(1.1)


def test_silence_counts_where_there_are_only_heartbeats() -> None:
    quiet = plan(has_events=False, only_heartbeats=True)
    (step,) = steps(quiet, Path(silent=lambda second: 300), Path(), 10)
    assert set(step.readings) == {"impaired", "silent"}
    assert step.readings["silent"].bad
