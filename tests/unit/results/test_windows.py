"""Objectives' windows: where they begin and end, and what they hold."""

import pytest

from tests.unit.results.cases import RESTART, SECOND, resolved_of, small_tally
from wavetank.errors import AccountingError
from wavetank.policy.codes import FaultKind
from wavetank.results.accounting import check
from wavetank.results.summary import summarise
from wavetank.results.tally import empty_tally
from wavetank.results.windows import AFTER, BEFORE, DURING, windows_of
from wavetank.scenario.resolved import Fault, Objective

MINUTE = 60 * SECOND
RECOVERY = (Objective("recovery_s", 10.0),)


def fault(begin_s: int, lasts_s: int, kind: FaultKind = FaultKind.NODE_RESTART) -> Fault:
    return RESTART._replace(kind=kind, at_ns=begin_s * SECOND, lasts_ns=lasts_s * SECOND)


@pytest.mark.parametrize(
    ("at_ns", "window"),
    [
        (0, BEFORE),
        (20 * SECOND - 1, BEFORE),
        (20 * SECOND, DURING),
        (35 * SECOND - 1, DURING),  # 20 s + 5 s + W of 10 s
        (35 * SECOND, AFTER),
        (9 * MINUTE, AFTER),
    ],
)
def test_begin_belongs_to_the_fault_and_the_end_does_not(at_ns: int, window: int) -> None:
    windows = windows_of(resolved_of()._replace(faults=(RESTART,), objectives=RECOVERY))
    assert windows.edges_ns == (20 * SECOND, 35 * SECOND)
    assert windows.window(at_ns) == window


def test_without_an_objective_the_fault_is_felt_for_ten_minutes() -> None:
    windows = windows_of(resolved_of()._replace(faults=(RESTART,), objectives=()))
    assert windows.edges_ns == (20 * SECOND, 25 * SECOND + 10 * MINUTE)


def test_faults_are_a_union() -> None:
    faults = (fault(100, 5), fault(20, 5), fault(30, 50), fault(90, 1))
    windows = windows_of(resolved_of()._replace(faults=faults, objectives=RECOVERY))
    # 20 to 35 and 30 to 90 overlap, 90 to 101 touches, 100 to 115 overlaps
    assert windows.edges_ns == (20 * SECOND, 115 * SECOND)
    apart = windows_of(resolved_of()._replace(faults=(fault(60, 5), fault(20, 5)), objectives=RECOVERY))
    assert apart.edges_ns == tuple(second * SECOND for second in (20, 35, 60, 75))
    assert apart.of_piece == (BEFORE, DURING, AFTER, DURING, AFTER)


def test_fault_of_an_instant_lasts_no_time() -> None:
    faults = (fault(20, 7, FaultKind.COLD_START),)
    windows = windows_of(resolved_of()._replace(faults=faults, objectives=RECOVERY))
    assert windows.edges_ns == (20 * SECOND, 30 * SECOND)


def test_no_fault_no_window() -> None:
    resolved = resolved_of()
    assert windows_of(resolved).number == 0
    assert windows_of(resolved).window(MINUTE) == BEFORE
    assert empty_tally(resolved).windows == []
    assert not [name for name in summarise(resolved, small_tally(resolved)) if "@" in name]


def test_summary_has_each_window() -> None:
    resolved = resolved_of()._replace(faults=(RESTART,))
    tally = empty_tally(resolved)
    for window, (delivered, lost) in enumerate(((4, 0), (2, 2), (0, 0))):
        entry = tally.windows[window].event_latency[1][1]
        entry.histogram.add_many((window + 1) * SECOND, delivered)
        entry.created, entry.delivered = delivered + lost, delivered
        entry.sum_ns = delivered * (window + 1) * SECOND
        tally.event_latency[1][1].merge(entry)
    metrics = summarise(resolved, tally)
    assert metrics["event_latency_max_s.stateful@before"] == 1.0
    assert metrics["event_latency_mean_s@during"] == 2.0
    assert metrics["event_latency_p50_s.rack@during"] == pytest.approx(2.0, rel=0.01)
    assert metrics["event_latency_p99_s@during"] is None
    assert metrics["event_latency_max_s"] is None
    assert "event_latency_p99_s@after" not in metrics
    check(tally)


def test_windows_must_hold_what_the_run_holds() -> None:
    tally = small_tally(resolved_of()._replace(faults=(RESTART,)))
    check(tally)
    tally.windows[1].event_latency[0][0].created += 1
    with pytest.raises(AccountingError, match="6 created in the windows, 5 in the run"):
        check(tally)
    tally.windows[1].event_latency[0][0].created -= 1
    tally.commands_due += 1
    with pytest.raises(AccountingError, match="0 due in the windows, 1 in the run"):
        check(tally)
