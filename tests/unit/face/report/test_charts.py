import re
from dataclasses import replace
from typing import Any

import pytest
import vl_convert

from tests.unit.face.report.cases import result
from wavetank.face.report.anchors import anchor, row_id
from wavetank.face.report.causes import causal_sentence
from wavetank.face.report.charts import charts_of
from wavetank.face.report.designs import designs_of, faults_of
from wavetank.face.report.vega import Chart
from wavetank.results.metrics import METRICS, expand
from wavetank.results.result import FaultSpan
from wavetank.scenario.resolved import Objective
from wavetank.studies.comparison import Comparison

IDS = ["goodput", "requests", "logins", "connections", "queue", "backlog", "cores", "utilisation", "latency"]
PAIR = Comparison(("first", "second"), (result("back"), result("metastable")))


def charts(name: str) -> dict[str, Chart]:
    return {chart.id: chart for chart in charts_of(designs_of(result(name)))}


def values(chart: Chart) -> list[dict[str, Any]]:
    """The rows that are drawn as lines or bars."""
    (layer,) = [layer for layer in [chart.spec, *chart.spec["layer"]] if "line" in _first(layer)]
    rows: list[dict[str, Any]] = layer["data"]["values"]
    return rows


def _first(layer: dict[str, Any]) -> dict[str, Any]:
    values = layer.get("data", {}).get("values") or [{}]
    return dict(values[0])


def lines(chart: Chart) -> list[str]:
    return list(dict.fromkeys(row["line"] for row in values(chart)))


@pytest.mark.parametrize("name", ["stable", "metastable"])
def test_all_charts_are_there_and_say_what_one_sees(name: str) -> None:
    drawn = charts(name)
    assert list(drawn) == IDS
    for chart in drawn.values():
        assert re.search(r"\d", chart.caption) or "None at all" in chart.caption
        assert chart.caption.endswith(".")


def test_every_chart_can_be_drawn() -> None:
    for drawn in (result("metastable"), PAIR):
        for chart in charts_of(designs_of(drawn)):
            svg = vl_convert.vegalite_to_svg({**chart.spec, "width": 400})
            assert svg.startswith("<svg")
            assert "NaN" not in svg


def test_faults_are_marked_and_named() -> None:
    svg = vl_convert.vegalite_to_svg({**charts("back")["backlog"].spec, "width": 400})
    assert "node-restart" in svg
    assert "node-restart" not in vl_convert.vegalite_to_svg(
        {**charts("stable")["backlog"].spec, "width": 400}
    )


def test_faults_close_to_one_another_share_a_name() -> None:
    spans = tuple(
        FaultSpan(kind, at_s, at_s + 1) for kind, at_s in (("one", 10.0), ("two", 11.0), ("far", 50.0))
    )
    outcome = replace(result("back"), faults=spans)
    (chart, *_) = charts_of(designs_of(outcome))
    svg = vl_convert.vegalite_to_svg({**chart.spec, "width": 400})
    assert ">one, two<" in svg
    assert ">far<" in svg
    assert faults_of(designs_of(outcome)) == list(spans)


def test_captions_tell_the_end_of_the_run() -> None:
    outcome = result("undecided")
    queued = outcome.summary["events_queued"]
    assert f"{queued:,} at the end" in charts("undecided")["backlog"].caption


def test_a_comparison_has_a_line_per_design_and_the_load_once() -> None:
    drawn = {chart.id: chart for chart in charts_of(designs_of(PAIR))}
    assert list(drawn) == [*IDS[:2], "retries", *IDS[2:]]
    assert lines(drawn["goodput"]) == ["created, A", "created, B", "acknowledged, A", "acknowledged, B"]
    assert lines(drawn["backlog"]) == ["A", "B"]
    same = Comparison(("first", "second"), (result("back"), result("back")))
    goodput, *_ = charts_of(designs_of(same))
    assert lines(goodput) == ["created", "acknowledged, A", "acknowledged, B"]
    assert "A: most" in drawn["backlog"].caption
    assert "B: most" in drawn["backlog"].caption


def test_wasted_work_stands_apart_from_the_activities_it_is_part_of() -> None:
    outcome = result("metastable")
    rows = values(charts("metastable")["utilisation"])
    shares = {row["label"]: row["v"] for row in rows}
    assert list(shares)[-1] == "abandoned requests"
    wasted = shares.pop("abandoned requests")
    assert wasted == pytest.approx(100 * float(outcome.summary["server_utilisation.wasted"] or 0), abs=0.01)
    assert sum(shares.values()) == pytest.approx(
        100 * float(outcome.summary["server_utilisation"] or 0), abs=0.3
    )


def test_latency_ends_below_the_top_where_events_never_arrive() -> None:
    outcome = result("metastable").histograms["event_latency"]
    rows = [row for row in values(charts("metastable")["latency"]) if row["line"] == "events"]
    share = 100 * outcome.histogram.count / (outcome.histogram.count + outcome.infinite)
    assert rows[-1]["v"] == pytest.approx(share, abs=0.01)
    assert [row["v"] for row in rows] == sorted(row["v"] for row in rows)


def test_the_objective_is_marked() -> None:
    asked = replace(result("stable"), objectives=(Objective("event_latency_p99_s", 0.2),))
    *_, latency = charts_of(designs_of(asked))
    assert ">objective<" in vl_convert.vegalite_to_svg({**latency.spec, "width": 400})
    assert ">objective<" not in vl_convert.vegalite_to_svg({**charts("stable")["latency"].spec, "width": 400})


def test_every_metric_leads_to_a_chart_or_to_its_row() -> None:
    for metric in METRICS:
        for name in expand(metric.name):
            assert anchor(name) in IDS or anchor(name) == row_id(name) == f"metric-{name}"
    for name in ("stable", "back", "metastable", "overloaded", "limited"):
        told = [part.metric for part in causal_sentence(result(name)) if part.metric]
        assert {anchor(metric) for metric in told} <= set(IDS)


def test_dashes_and_colours_tell_designs_apart() -> None:
    designs = designs_of(Comparison(tuple("abcde"), (result("stable"),) * 5))
    assert len({design.colour for design in designs}) == 5
    assert len({tuple(design.dash) for design in designs}) == 5


def test_what_did_not_happen_is_said_and_not_drawn() -> None:
    nothing = [0] * len(result("stable").columns["t_s"])
    idle = replace(result("stable"), columns={**result("stable").columns, "queue_length": nothing})
    (queue,) = [chart for chart in charts_of(designs_of(idle)) if chart.id == "queue"]
    assert queue.spec == {}
    assert queue.caption.endswith("None at all.")
