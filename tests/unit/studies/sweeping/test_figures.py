from math import inf, isnan

import pytest

from wavetank.studies.cells import Cell
from wavetank.studies.sweeping import Sweep
from wavetank.studies.sweeping.design import Design
from wavetank.studies.sweeping.figures import (
    MET,
    interval_of,
    label_of,
    main_metric,
    metric_of,
    shown,
    value_of,
)


def design_of(name: str, values: list[float | None], least: dict[str, float] | None = None) -> Design:
    cells = [Cell("", "reference", 1, None, {name: value}, least or {}, {}) for value in values]
    return Design(("1",), "", 2, (), tuple(cells))


def test_means_maxima_and_medians() -> None:
    assert metric_of(design_of("event_latency_p99_s", [1.0, 2.0, 6.0]), "event_latency_p99_s") == (3.0, {})
    assert metric_of(design_of("event_latency_max_s", [1.0, 2.0, 6.0]), "event_latency_max_s") == (6.0, {})
    assert metric_of(design_of("recovery_s", [1.0, 2.0, 6.0]), "recovery_s") == (2.0, {})
    assert metric_of(design_of("recovery_s", [1.0]), "events_dropped") == (None, {})


def test_what_was_not_over_has_a_lower_bound() -> None:
    name = "event_latency_p99_s"
    assert metric_of(design_of(name, [1.0, None], {name: 9.0}), name) == (None, {name: 5.0})
    assert metric_of(design_of(name, [1.0, None]), name) == (None, {})
    assert value_of(design_of(name, [1.0, None]), name) == inf
    assert isnan(value_of(design_of(name, [1.0]), "events_dropped"))


def test_intervals_need_five_runs_that_are_over() -> None:
    name = "event_latency_p99_s"
    values: list[float | None] = [1.0, 2.0, 3.0, 4.0, 5.0]
    assert interval_of(design_of(name, values), name) == pytest.approx((1.0368, 4.9632), abs=1e-4)
    assert interval_of(design_of(name, values[:4]), name) is None
    assert interval_of(design_of(name, [*values, None]), name) is None
    assert interval_of(design_of("event_latency_max_s", values), "event_latency_max_s") is None
    recovery = interval_of(design_of("recovery_s", [*values, 6.0, None]), "recovery_s")
    assert recovery is not None
    assert recovery[1] == inf


def test_shares_have_theirs(storms: Sweep) -> None:
    for design in storms.designs:
        assert design.met is not None
        assert value_of(design, MET) == design.met.count / 6
        assert interval_of(design, MET) == (design.met.low, design.met.high)


def test_objectives_come_first(storms: Sweep, plain: Sweep) -> None:
    assert (main_metric(storms), main_metric(plain)) == (MET, "event_latency_p99_s")
    assert shown(storms)[:2] == ["event_latency_max_s", "recovery_s"]
    assert all(cell.summary["events_dropped"] == 0 for design in plain.designs for cell in design.cells)
    assert "events_dropped" not in shown(plain)
    assert label_of("event_latency_p99_s") == "event latency p99 (s)"
    assert label_of("server_utilisation") == "server utilisation (share)"
