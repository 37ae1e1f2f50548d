"""How long a fleet may take to come back, worked out by hand, and when it is said to be trapped."""

import pytest

from tests.unit.results.judge.paths import Path, plan
from wavetank.results.judge.plan import JudgePlan, Resource
from wavetank.results.judge.signals import Signals, Step
from wavetank.results.judge.trap import Trap, Trapped, Work

WORK = Work(tokens=100, requests=200, events=600)
"""On one core: 100 logins of 10 ms, 200 requests and 600 events of 5 ms are 5 s."""


def trap_of(judge_plan: JudgePlan, busy: float, work: Work = WORK) -> tuple[Trap, Step]:
    """A trap since 0 s, and the step at its 100 s; `busy` is what the twin keeps of the core."""
    twin, signals = Path(busy=busy), Signals(judge_plan)
    trap = Trap(judge_plan, 0, work, Path(busy=busy).sample(0, 0))
    return trap, signals.step(Path().sample(100, 100), twin.sample(100, 100))


@pytest.mark.parametrize(
    ("busy", "needed_s", "due_s"),
    [
        (0.5, 10, 600),  # 20 holds of 30 s
        (0.96, 125, 625),
        (1.0, 250, 1250),  # 2 % count as free
    ],
)
def test_five_times_what_the_spare_capacity_needs(busy: float, needed_s: float, due_s: float) -> None:
    trap, step = trap_of(plan(), busy)
    assert trap.needed_s(step) == pytest.approx((needed_s, 5))
    assert trap.due_s(step) == pytest.approx(due_s)


def test_who_logs_in_anew_does_not_renew() -> None:
    # the twin spends 100 x 10 ms on renewals in 10 s: a tenth of the core
    trap, step = trap_of(plan(token_life_s=10), busy=0.5)
    assert trap.needed_s(step)[0] == pytest.approx(5 / 0.6)


def test_a_limited_rate_may_take_longer_than_the_cores() -> None:
    limited = plan()
    login_rate = Resource("login_rate", 2.0, 1.0, 0.0, 0.0, "logins")
    trap, step = trap_of(limited._replace(resources=(*limited.resources, login_rate)), busy=0.5)
    assert trap.needed_s(step) == pytest.approx((50, 50))


def looks(backlog: list[float], busy: float, work: Work = WORK) -> list[tuple[int, Trapped]]:
    """The verdicts on a run whose twin has settled so many events more, step by step of 10 s."""
    judge_plan = plan()
    signals, twin = Signals(judge_plan), Path(busy=busy)
    trap = Trap(judge_plan, 0, work, twin.sample(0, 0))
    behind = 0.0
    said = []

    def settled(second: int) -> float:
        return 100 - (steps[second // 10] if second % 10 == 0 else 0)

    steps = []
    for level in backlog:
        steps.append(level - behind)
        behind = level
    run = Path(settled)
    for index in range(len(backlog)):
        at_s = 10 * (index + 1)
        stated = trap.add(signals.step(run.sample(at_s, 10), twin.sample(at_s, 10)))
        if stated is not None:
            said.append((at_s, stated))
    return said


def test_a_level_backlog_is_a_trap_at_the_second_look() -> None:
    # due after 1,250 s and 1,875 s, seen at the next step; 7.52 times the 250 s that are needed
    ((at_s, said),) = looks([600.0] * 300, busy=1.0)
    assert (at_s, said.note) == (1880, "level")
    assert said.multiple == pytest.approx(7.52)


def test_the_multiple_is_left_unsaid_where_little_is_needed() -> None:
    # 10 s are less than the reach of 30 s: 90 times that would say nothing
    ((at_s, said),) = looks([600.0] * 300, busy=0.5)
    assert (at_s, said) == (900, Trapped("level", 0.0))


def test_a_backlog_that_falls_is_no_trap() -> None:
    assert looks([6000.0 - 15 * k for k in range(300)], busy=0.5) == []


def test_a_backlog_that_grows_is_a_trap_at_the_first_look() -> None:
    # 600 s and the 5 s that the cores alone need
    ((at_s, said),) = looks([600.0 + 10 * k for k in range(300)], busy=1.0)
    assert (at_s, said) == (610, Trapped("grows", 0.0))
