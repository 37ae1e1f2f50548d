import itertools
from fractions import Fraction

import pytest

from tests.unit.studies.cases import QUEUE, STORM, resolved
from wavetank.policy.codes import FaultKind
from wavetank.scenario.resolved import Objective
from wavetank.studies.sizing.conditions import (
    CONDITIONS,
    DAY,
    DELIVERED,
    FAULTS,
    NODE,
    Loss,
    conditions_of,
    placed,
)
from wavetank.units import MINUTE, SECOND

TEXTS = ('slo.recovery="20s"', "slo.events_dropped=0", 'slo.event_latency_p99="3s"',
         'slo.before.event_latency_p50="1s"', 'slo.during.event_latency_max="9s"')  # fmt: skip
BASE = resolved(STORM, *TEXTS)


def test_runs_last_until_the_verdict_is_there() -> None:
    conditions = conditions_of(BASE, CONDITIONS)
    assert conditions.within_ns == 20 * SECOND
    assert conditions.duration_ns % SECOND == 0
    assert conditions.duration_ns >= conditions.loss.end_ns + 20 * SECOND
    short = conditions_of(BASE, (FAULTS,))
    assert BASE.faults[0].at_ns + 23 * SECOND < short.duration_ns < conditions.duration_ns
    assert conditions_of(BASE, (DAY,)).duration_ns == BASE.duration_ns
    assert not conditions_of(resolved(STORM), CONDITIONS).stated
    assert conditions_of(resolved(STORM), CONDITIONS).within_ns == 10 * MINUTE


def test_nodes_are_lost_at_instants_that_cover_the_health_check() -> None:
    loss = Loss(100 * SECOND, 30 * SECOND, MINUTE)
    instants = sorted(loss.at_ns(index) for index in range(20))
    assert instants[0] >= 100 * SECOND
    assert instants[-1] < 130 * SECOND
    gaps = [late - early for early, late in itertools.pairwise(instants)]
    assert max(gaps) < 3 * 30 * SECOND / 20
    assert loss.at_ns(0) == 115 * SECOND
    assert Fraction(loss.at_ns(1) % SECOND) != 0


def test_each_run_loses_another_node() -> None:
    wide = resolved(STORM, "server.nodes=3")
    conditions = conditions_of(wide, CONDITIONS)
    faults = [placed(wide, conditions, NODE, index).faults for index in range(4)]
    assert [[fault.node for fault in each] for each in faults] == [[0], [1], [2], [0]]
    assert {each[0].kind for each in faults} == {FaultKind.NODE_LOSS}
    assert placed(wide, conditions, DAY, 0).faults == ()
    assert placed(wide, conditions, FAULTS, 0).faults == wide.faults


@pytest.mark.parametrize(
    ("condition", "metrics"),
    [
        (DAY, ["events_dropped", "event_latency_p99_s", "event_latency_p50_s"]),
        (NODE, ["events_dropped", "event_latency_p99_s@during", "event_latency_max_s@during"]),
        (FAULTS, ["recovery_s", "events_dropped", "event_latency_p99_s", "event_latency_p50_s@before",
                  "event_latency_max_s@during"]),
    ],
)  # fmt: skip
def test_what_is_asked_under_each_condition(condition: str, metrics: list[str]) -> None:
    asked = placed(BASE, conditions_of(BASE, CONDITIONS), condition, 0).objectives
    assert [objective.metric for objective in asked] == metrics


def test_where_nothing_is_bounded_the_fleet_is_back_in_time_and_events_arrive() -> None:
    plain = resolved(STORM)
    conditions = conditions_of(plain, CONDITIONS)
    assert placed(plain, conditions, FAULTS, 0).objectives == (Objective("recovery_s", 600.0),)
    assert placed(plain, conditions, NODE, 0).objectives == (Objective(DELIVERED, 600.0),)
    assert placed(resolved(QUEUE), conditions, DAY, 0).objectives == ()


def test_a_loss_on_a_whole_minute_is_no_special_case() -> None:
    """The instants do not depend on where the loss begins: only the period is covered."""
    at = [Loss(base, 30 * SECOND, MINUTE) for base in (120 * SECOND, 120 * SECOND + 1_000_000)]
    early, late = ([loss.at_ns(index) - loss.base_ns for index in range(50)] for loss in at)
    assert early == late
