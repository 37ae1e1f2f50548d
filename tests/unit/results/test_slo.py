from dataclasses import replace

import pytest

from tests.unit.results.cases import small_result
from wavetank.results.slo import Judged, judge_objectives
from wavetank.scenario.resolved import Objective


def test_bounds_are_upper_and_inclusive() -> None:
    objectives = [
        Objective("events_dropped", 0.0),
        Objective("event_latency_p99_s", 30.0),
        Objective("recovery_s", 9.0),
    ]
    summary = {"events_dropped": 0, "event_latency_p99_s": 30.001, "recovery_s": 8.5}
    judged = judge_objectives(objectives, summary)
    assert [objective.met for objective in judged] == [True, False, True]
    assert judged[1] == Judged("event_latency_p99_s", 30.0, 30.001, False, None)


def test_infinite_is_never_met() -> None:
    assert judge_objectives([Objective("recovery_s", 1e18)], {"recovery_s": None})[0].met is False


def test_nothing_measured_is_neither() -> None:
    assert judge_objectives([Objective("recovery_s", 300.0)], {})[0].met is None


@pytest.mark.parametrize(("at_least", "met"), [(552.0, False), (300.0, None), (12.0, None)])
def test_what_was_not_over_is_missed_or_inconclusive(at_least: float, met: bool | None) -> None:
    objective = Objective("recovery_s", 300.0)
    (judged,) = judge_objectives([objective], {"recovery_s": None}, {"recovery_s": at_least})
    assert judged == Judged("recovery_s", 300.0, None, met, at_least)
    # a value that there is counts, whatever is open beside it
    assert judge_objectives([objective], {"recovery_s": 9.0}, {"recovery_s": 400.0})[0].met is True


def test_a_result_judges_its_own() -> None:
    outcome = replace(small_result(), objectives=(Objective("recovery_s", 9.0),), summary={"recovery_s": 8.5})
    assert [(objective.metric, objective.met) for objective in outcome.judged] == [("recovery_s", True)]
