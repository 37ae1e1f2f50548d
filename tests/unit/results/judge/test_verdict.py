"""The figures that follow from what was said of a run, and verdicts as JSON."""

import json
from typing import Any

import pytest

from tests.unit.results.cases import overloaded, said, trapped, verdict_of
from wavetank.results.judge.outcomes import IS_BACK, IS_WELL, Outcome, worst
from wavetank.results.judge.statements import Kind
from wavetank.results.judge.verdict import (
    Recovery,
    Verdict,
    echo_metrics,
    from_plain,
    recovery_bounds,
    to_plain,
)

ECHOES = verdict_of(
    Outcome.BACK_ECHO,
    said(Kind.ECHO, 0, about_s=1000, after_s=900, marked_share=1.0),
    said(Kind.OVER, 0, height=0.02),
    said(Kind.RELAPSE, 1, about_s=1500, after_s=1400, marked_share=0.1),
    said(Kind.OVER, 1, height=0.5),
    said(Kind.ECHO, 2, about_s=1920, after_s=1820, marked_share=0.8),
    said(Kind.OVER, 2, height=0.01),
    back_s=46.0,
)._replace(backlog_ratio=3.5)


def test_echoes_are_counted_and_relapses_are_none() -> None:
    assert echo_metrics(ECHOES) == {
        "echoes_total": 2,
        "echo_backlog_max_ratio": 3.5,
        "echo_height_max": 0.02,
        # 900 s from the fault's end to the first, 920 s from there to the second
        "echo_period_s": 910.0,
    }


def test_a_fleet_without_echoes_has_none_and_one_that_is_not_back_has_no_metric() -> None:
    assert echo_metrics(verdict_of(Outcome.BACK, back_s=3.0)) == {"echoes_total": 0}
    assert echo_metrics(trapped()) == {}


def test_an_echo_that_is_not_over_has_no_height() -> None:
    going_on = verdict_of(Outcome.BACK_ECHO, said(Kind.ECHO, 0, after_s=900, marked_share=1.0), back_s=46.0)
    assert echo_metrics(going_on) == {"echoes_total": 1, "echo_period_s": 900}


@pytest.mark.parametrize("verdict", [ECHOES, trapped(600.0, 7.5), overloaded(), Verdict(Outcome.STABLE)])
def test_comes_back_from_json(verdict: Verdict) -> None:
    text = json.dumps(to_plain(verdict), allow_nan=False)
    assert from_plain(json.loads(text)) == verdict


@pytest.mark.parametrize(
    ("change", "error"),
    [({"outcome": "recovers"}, ValueError), ({"recoveries": [[1]]}, TypeError), ({"more": 1}, TypeError)],
)
def test_a_damaged_verdict_is_an_error(change: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        from_plain({**to_plain(ECHOES), **change})


def test_the_slowest_recovery_is_the_runs() -> None:
    fast, slow = Recovery(3.0, 0.0, False), Recovery(8.0, 0.0, False)
    late, lasting = Recovery(None, 50.0, False), Recovery(None, 0.0, False)
    assert Verdict(Outcome.BACK, recoveries=(fast, slow, fast)).recovery == slow
    assert Verdict(Outcome.UNDECIDED, recoveries=(fast, late)).recovery == late
    assert Verdict(Outcome.UNDECIDED, recoveries=(lasting, late)).recovery == late
    assert Verdict(Outcome.STABLE).recovery is None


def test_bounds_of_recoveries_that_have_not_come() -> None:
    fast, late, lasting = (Recovery(3.0, 0.0, False), Recovery(None, 50.0, False), Recovery(None, 0.0, False))
    assert recovery_bounds(Verdict(Outcome.UNDECIDED, recoveries=(fast, late))) == {
        "recovery_s": 50.0, "recovery_s.1": 50.0,
    }  # fmt: skip
    # a fault that lasts has no time of its own yet
    assert recovery_bounds(Verdict(Outcome.CARRIED, recoveries=(lasting,))) == {}
    # who was refused for good does not come back
    assert recovery_bounds(Verdict(Outcome.LOST, recoveries=(late._replace(lost=True),))) == {}


def test_outcomes_go_from_best_to_worst() -> None:
    assert worst([Outcome.BACK, Outcome.LOST, Outcome.UNDECIDED]) is Outcome.LOST
    assert worst([]) is Outcome.STABLE
    assert list(Outcome)[-1] is Outcome.OVERLOADED
    assert IS_BACK < IS_WELL
