"""Runs that are judged afterwards, by their series."""

import pytest

from tests.unit.studies.cases import STORM, resolved
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.statements import Kind
from wavetank.results.judge.verdict import Recovery
from wavetank.results.tally import Tally, empty_tally
from wavetank.scenario.resolved import Resolved
from wavetank.studies.judge_plan import plan_of
from wavetank.studies.judged import Outlook
from wavetank.studies.judged_series import Curve, Recorded, judge_closed, judge_recorded

SECOND = 10**9
STRUCK = resolved(STORM)
"""A fault from 20 to 23 s of a minute; L is 1 s, H 6 s."""
CALM = STRUCK._replace(faults=())
RATE = 100


def tally_of(scenario: Resolved, backlog: list[float], dropped: int = 0) -> Tally:
    """A run with a backlog at the end of each second; of 100 events a second so many are dropped."""
    tally = empty_tally(scenario)
    bins = len(tally.series.delivered)
    width = bins // len(backlog)
    assert bins == width * len(backlog)
    tally.series.produced = [
        round(RATE * (k + 1) * scenario.sample_bins / width) for k in range(-(-bins // scenario.sample_bins))
    ]
    before = backlog[0]
    for second, level in enumerate(backlog):
        settled = RATE - round(level - before)
        tally.series.dropped[second * width] = dropped
        share, rest = divmod(settled - dropped, width)
        for index in range(second * width, (second + 1) * width):
            tally.series.delivered[index] = share
        tally.series.delivered[second * width] += rest
        before = level
    return tally


LEVEL = [0.0] * 60


def storm(until: int, level: float = 1500.0) -> list[float]:
    """A backlog from 20 s on, until it is gone."""
    return [0.0] * 20 + [level] * (until - 20) + [0.0] * (60 - until)


def judged(backlog: list[float], twin: list[float] = LEVEL, dropped: int = 0) -> tuple[Outcome, list[Kind]]:
    outlook = Outlook(plan_of(STRUCK))
    calm = Recorded(CALM, tally_of(CALM, twin))
    verdict = judge_recorded(STRUCK, outlook, tally_of(STRUCK, backlog, dropped), calm).verdict
    assert verdict.settled_s == 0
    return verdict.outcome, [statement.kind for statement in verdict.statements]


def test_a_curve_is_a_line_within_a_bin() -> None:
    curve = Curve([10.0, 0.0, 30.0], 2, 5)
    assert [curve.at(at)[0] for at in range(8)] == [0, 5, 10, 10, 10, 40, 40, 40]
    # areas: 10 in the first bin, 20 in the second, 25 in the last one, which is short
    assert [curve.at(at)[1] for at in (0, 1, 2, 3, 4, 5, 7)] == [0, 2.5, 10, 20, 30, 55, 135]


def test_a_sample_has_the_mean_since_the_one_before() -> None:
    run = Recorded(CALM, tally_of(CALM, LEVEL))
    for at_s, step_s in ((1, 1), (2, 1), (4, 2)):
        run.advance(at_s * SECOND)
        sample = run.sample(True)
        assert (sample.at_ns, sample.settled.value, sample.acknowledged) == (
            at_s * SECOND,
            100 * at_s,
            100 * at_s,
        )
        assert sample.created == 100 * at_s
        # half of what the step settled
        assert sample.settled.mean(step_s * SECOND) == pytest.approx(100 * (at_s - step_s / 2), abs=1)


def test_a_fleet_is_back_when_its_backlog_is_gone() -> None:
    outlook, twin = Outlook(plan_of(STRUCK)), Recorded(CALM, tally_of(CALM, LEVEL))
    verdict = judge_recorded(STRUCK, outlook, tally_of(STRUCK, storm(31)), twin).verdict
    assert verdict.outcome is Outcome.BACK
    # the backlog is gone in the second from 31 s on
    assert verdict.recoveries == (Recovery(10.0, 0.0, False),)


def test_a_fault_that_is_not_felt_takes_no_time() -> None:
    outlook, twin = Outlook(plan_of(STRUCK)), Recorded(CALM, tally_of(CALM, LEVEL))
    verdict = judge_recorded(STRUCK, outlook, tally_of(STRUCK, LEVEL), twin).verdict
    assert verdict.recoveries == (Recovery(0.0, 0.0, False),)


def test_less_backlog_than_the_twin_is_back() -> None:
    assert judged(LEVEL, twin=[0.0] * 5 + [500.0] * 55)[0] is Outcome.BACK


def test_a_backlog_that_is_still_there_is_undecided() -> None:
    # a real run is not gone on with
    assert judged(storm(60))[0] is Outcome.UNDECIDED


def test_a_later_wave_is_a_relapse() -> None:
    waves = storm(31)
    waves[40:52] = [2000.0] * 12
    outcome, kinds = judged(waves)
    assert outcome is Outcome.BACK_RELAPSE
    assert kinds[-3:] == [Kind.BACK, Kind.RELAPSE, Kind.OVER]


def test_a_backlog_shed_by_drops_is_not_recovery() -> None:
    # the queue is as short as ever, but a fifth of the events is given up
    assert judged(LEVEL, dropped=30)[0] is Outcome.UNDECIDED


def test_a_run_without_faults_is_judged_alone() -> None:
    outlook = Outlook(plan_of(CALM))
    assert judge_recorded(CALM, outlook, tally_of(CALM, LEVEL)).verdict.outcome is Outcome.STABLE
    growing = tally_of(CALM, [50.0 * second for second in range(60)])
    assert judge_recorded(CALM, outlook, growing).verdict.outcome is Outcome.OVERLOADED
    dropping = tally_of(CALM, LEVEL, dropped=20)
    assert judge_recorded(CALM, outlook, dropping).verdict.outcome is Outcome.OVERLOADED


def test_a_fleet_without_events_cannot_be_judged_by_its_series() -> None:
    text = 'name = "quiet"\nduration = "60s"\n[fleet]\nagents = 20\n[heartbeat]\nperiod = "10s"\n'
    quiet = resolved(text)
    verdict = judge_recorded(quiet, Outlook(plan_of(quiet)), empty_tally(quiet)).verdict
    assert (verdict.outcome, verdict.ended_s, verdict.decides_s) == (Outcome.UNDECIDED, 60, 0)


def test_closed_loops_on_the_fast_path_keep_up() -> None:
    outlook, tally = Outlook(plan_of(CALM)), empty_tally(CALM)
    assert judge_closed(CALM, outlook, tally).verdict.outcome is Outcome.STABLE
    short = CALM._replace(duration_ns=SECOND)
    verdict = judge_closed(short, outlook, tally).verdict
    assert (verdict.outcome, verdict.decides_s) == (Outcome.UNDECIDED, 2)
