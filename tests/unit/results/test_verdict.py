"""Verdicts on synthetic series: 60 periods of one second, 100 agents, 100 events a second."""

import pytest

from tests.unit.results.cases import RESTART, SCENARIO, resolved_of
from wavetank.results.tally import Tally, empty_tally
from wavetank.results.verdict import Outcome, judge, sixths
from wavetank.scenario.resolved import Resolved

CALM = resolved_of()
STRUCK = CALM._replace(faults=(RESTART,))
CLOSED = resolved_of(
    """
    duration = "60s"
    [fleet]
    agents = 100
    [[fleet.class]]
    name = "loop"
    stateless = { process = "closed", think = "1s" }
    """
)


def run_of(resolved: Resolved, backlog: list[float], dropped: int = 0, rate: int = 100) -> Tally:
    """A run whose backlog is given for each of 60 periods, in which `rate` events come and `dropped` go."""
    tally = empty_tally(resolved)
    width = resolved.sample_bins
    assert len(tally.series.delivered) == 60 * width
    tally.series.produced = [rate * (period + 1) for period in range(60)]
    before = 0.0
    for period, level in enumerate(backlog):
        bins = range(period * width, (period + 1) * width)
        for index in bins:
            tally.series.delivered[index] = rate // width
        tally.series.dropped[bins[0]] = dropped
        tally.series.delivered[bins[0]] += rate % width - round(level - before) - dropped
        before = level
    return tally


LEVEL = [500.0] * 60
GROWING = [500.0 + 20 * period for period in range(60)]


def storm(until: int, level: float = 1500.0, after: float = 500.0) -> list[float]:
    """Backlog jumps at 20 s and is back at `until` s."""
    return [500.0] * 20 + [level] * (until - 20) + [after] * (60 - until)


def test_level_backlog_is_stable() -> None:
    verdict = judge(CALM, run_of(CALM, LEVEL))
    assert verdict.outcome is Outcome.STABLE
    assert verdict.recovery_s == ()


def test_growing_backlog_is_overloaded() -> None:
    verdict = judge(CALM, run_of(CALM, GROWING))
    assert verdict.outcome is Outcome.OVERLOADED
    assert "1,390" in verdict.reason
    assert "1,590" in verdict.reason


def test_overload_needs_ten_per_cent() -> None:
    # 9 more events each second, but on a backlog of 10,000
    high = [10_000.0 + 9 * period for period in range(60)]
    assert judge(CALM, run_of(CALM, high)).outcome is Outcome.STABLE


def test_overload_needs_more_than_one_per_cent_of_events() -> None:
    # a chance queue: from 2 to 10 events where 1,000 came and went
    queue = [2.0] * 50 + [10.0] * 10
    assert judge(CALM, run_of(CALM, queue)).outcome is Outcome.STABLE
    longer = [2.0] * 50 + [40.0] * 10
    assert judge(CALM, run_of(CALM, longer)).outcome is Outcome.OVERLOADED


def test_dropping_is_overloaded() -> None:
    assert judge(CALM, run_of(CALM, LEVEL, dropped=1)).outcome is Outcome.STABLE
    assert judge(CALM, run_of(CALM, LEVEL, dropped=2)).outcome is Outcome.OVERLOADED


def test_fleet_that_comes_back_recovers() -> None:
    verdict = judge(STRUCK, run_of(STRUCK, storm(31)), run_of(STRUCK, LEVEL))
    assert verdict.outcome is Outcome.RECOVERS
    assert verdict.back_s == pytest.approx(31.0)
    # the fault ends at 25 s
    assert verdict.recovery_s == pytest.approx((6.0,))


def test_fault_that_is_not_felt_takes_no_time() -> None:
    verdict = judge(STRUCK, run_of(STRUCK, LEVEL), run_of(STRUCK, LEVEL))
    assert verdict.outcome is Outcome.RECOVERS
    assert verdict.recovery_s == (0.0,)


def test_slightly_more_backlog_is_back() -> None:
    twin = run_of(STRUCK, LEVEL)
    assert judge(STRUCK, run_of(STRUCK, storm(31, after=549)), twin).outcome is Outcome.RECOVERS
    assert judge(STRUCK, run_of(STRUCK, storm(31, after=552)), twin).outcome is Outcome.METASTABLE


def test_less_backlog_than_the_twin_is_back() -> None:
    verdict = judge(STRUCK, run_of(STRUCK, storm(31, after=100)), run_of(STRUCK, LEVEL))
    assert verdict.outcome is Outcome.RECOVERS


def test_relapse_counts_until_the_last() -> None:
    backlog = storm(31)
    backlog[40] = 900.0
    verdict = judge(STRUCK, run_of(STRUCK, backlog), run_of(STRUCK, LEVEL))
    assert verdict.recovery_s == pytest.approx((16.0,))


def test_collapse_is_metastable() -> None:
    collapsed = [500.0] * 20 + [500.0 + 100 * k for k in range(1, 41)]
    verdict = judge(STRUCK, run_of(STRUCK, collapsed), run_of(STRUCK, LEVEL))
    assert verdict.outcome is Outcome.METASTABLE
    assert verdict.back_s is None
    assert verdict.recovery_s == (None,)


def test_late_healing_is_undecided() -> None:
    healing = [500.0] * 20 + [6000.0 - 120 * k for k in range(40)]
    verdict = judge(STRUCK, run_of(STRUCK, healing), run_of(STRUCK, LEVEL))
    assert verdict.outcome is Outcome.UNDECIDED
    assert "getting better" in verdict.reason


def test_backlog_shed_by_drops_is_not_recovery() -> None:
    # the queue is as short as ever, but a fifth of the events is given up
    shedding = run_of(STRUCK, LEVEL, dropped=20)
    verdict = judge(STRUCK, shedding, run_of(STRUCK, LEVEL))
    assert verdict.outcome is Outcome.METASTABLE


def test_overload_is_the_twins() -> None:
    assert judge(STRUCK, run_of(STRUCK, LEVEL), run_of(STRUCK, GROWING)).outcome is Outcome.OVERLOADED
    # a fleet that only a fault makes grow is metastable, not overloaded
    assert judge(STRUCK, run_of(STRUCK, GROWING), run_of(STRUCK, LEVEL)).outcome is Outcome.METASTABLE


def test_without_a_twin_nobody_knows() -> None:
    verdict = judge(STRUCK, run_of(STRUCK, LEVEL))
    assert verdict.outcome is Outcome.UNDECIDED
    assert verdict.recovery_s == ()


def test_closed_fleet_is_judged_by_throughput() -> None:
    # its backlog cannot exceed the agents: it is the pace that falls
    slowing = run_of(CLOSED, [50.0] * 60)
    for period in range(50, 60):
        slowing.series.delivered[period * CLOSED.sample_bins] -= 30
    assert judge(CLOSED, slowing).outcome is Outcome.OVERLOADED
    growing = run_of(CLOSED, [5.0 + period for period in range(60)])
    assert judge(CLOSED, growing).outcome is Outcome.STABLE
    assert judge(CALM, run_of(CALM, [5.0 + 4 * period for period in range(60)])).outcome is Outcome.OVERLOADED


def test_chance_is_no_fall_of_throughput() -> None:
    # 30 events in one sixth, 24 in the next
    few = run_of(CLOSED, [3.0] * 60, rate=3)
    for period in range(50, 56):
        few.series.delivered[period * CLOSED.sample_bins] -= 1
    assert judge(CLOSED, few).outcome is Outcome.STABLE


def test_twin_must_have_the_same_samples() -> None:
    other = resolved_of(SCENARIO.replace("60s", "66s"))._replace(bin_ns=STRUCK.bin_ns)
    with pytest.raises(ValueError, match="60 samples, its twin of 66"):
        judge(STRUCK, run_of(STRUCK, LEVEL), empty_tally(other))


def test_too_short_to_judge() -> None:
    short = CALM._replace(sample_bins=400)
    assert judge(short, run_of(CALM, LEVEL)).outcome is Outcome.UNDECIDED
    short = STRUCK._replace(sample_bins=1000)
    assert judge(short, run_of(STRUCK, LEVEL), run_of(STRUCK, LEVEL)).outcome is Outcome.UNDECIDED


def test_sixths() -> None:
    assert sixths([1.0]) is None
    assert sixths([1.0, 2.0]) == (1.0, 2.0)
    assert sixths([float(k) for k in range(12)]) == (8.5, 10.5)
