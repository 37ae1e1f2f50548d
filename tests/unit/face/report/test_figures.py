from dataclasses import replace

from tests.unit.face.report.cases import result
from wavetank.face.report.designs import designs_of
from wavetank.face.report.figures import big_figures, cells, columns, objectives
from wavetank.face.report.listing import MORE, Topic, all_metrics, topic_of
from wavetank.results.metrics import METRICS, expand
from wavetank.results.statistics import replicated
from wavetank.scenario.resolved import Objective
from wavetank.studies import formatting
from wavetank.studies.comparison import Comparison

METRIC = "event_latency_p99_s"


def test_the_four_figures() -> None:
    outcome = result("metastable")
    recovery, lost, latency, cores = big_figures(outcome)
    assert recovery.figure == f"> {formatting.duration(outcome.judgements[0].recoveries[0].open_s)}"
    assert recovery.below == "not back when the run ended"
    assert lost.figure == formatting.figure("events_dropped", outcome.summary["events_dropped"])
    assert formatting.figure("events_queued", outcome.summary["events_queued"]) in lost.below
    assert latency.figure == formatting.found(METRIC, outcome.summary[METRIC], outcome.censored)
    assert latency.below == "no objective is stated"
    assert (
        formatting.figure("server_utilisation", outcome.summary["server_utilisation.wasted"]) in cores.below
    )
    assert big_figures(result("stable"))[0].below == "there is no fault in this run"


def test_latency_is_told_against_its_objective() -> None:
    for bound_s, told in ((0.001, "missed"), (60.0, "met")):
        asked = replace(result("stable"), objectives=(Objective(METRIC, bound_s),))
        assert big_figures(asked)[2].below == f"objective: at most {formatting.duration(bound_s)}, {told}"
        assert [row.told for row in objectives(asked)] == [told]
    absent = replace(result("stable"), objectives=(Objective("command_latency_p99_s", 1.0),))
    assert objectives(absent)[0].told == "nothing to measure"


def test_two_designs_have_their_difference_in_a_cell_of_its_own() -> None:
    a, b = result("back"), result("metastable")
    designs = designs_of(Comparison(("a", "b"), (a, b)))
    assert columns(designs) == ["A", "B", "B − A"]
    first, second, step = cells(designs, "retries_total")
    assert (first.figure, second.figure) == tuple(f"{design.summary['retries_total']:,}" for design in (a, b))
    assert step.figure == f"+{b.summary['retries_total'] - a.summary['retries_total']:,}"  # type: ignore[operator]
    assert cells(designs, "recovery_s")[2].figure == ""
    back = cells(designs_of(Comparison(("b", "a"), (b, a))), "retries_total")[2]
    assert back.figure.startswith("−")


def test_replicated_differences_have_intervals() -> None:
    first, other = result("stable"), result("overloaded")
    a, b = (
        replicated([result, replace(result, seed=2)])
        for result in (first, replace(other, scenario=first.scenario))
    )
    step = cells(designs_of(Comparison(("a", "b"), (a, b))), "events_queued")[2]
    assert step.below.startswith("[")


def test_of_more_designs_it_stands_below() -> None:
    three = designs_of(Comparison(("a", "b", "c"), (result("back"), result("metastable"), result("back"))))
    assert columns(three) == ["A", "B", "C"]
    a, b, c = cells(three, "retries_total")
    assert (a.below, c.below) == ("", "=")
    assert b.below.startswith("+")


def told(topic: Topic) -> list[str]:
    """Every metric of a topic by its full name."""
    rows = [(line, head) for group in topic.groups for line in group.lines for head in group.heads]
    return [line.name.replace("*", head) for line, head in rows]


def test_all_metrics_are_listed_once_with_their_explanation() -> None:
    outcome = result("metastable")
    topics = all_metrics(designs_of(outcome))
    names = [name for topic in topics for name in told(topic)]
    assert sorted(names) == sorted(outcome.summary)
    assert sum(topic.figures for topic in topics) == len(names)
    assert {group.meaning for topic in topics for group in topic.groups} <= {
        metric.meaning for metric in METRICS
    }


def test_every_figure_stands_below_its_word() -> None:
    outcome = result("metastable")
    shown = {
        line.name.replace("*", head): cell.figure
        for topic in all_metrics(designs_of(outcome))
        for group in topic.groups
        for line in group.lines
        for head, (cell, _) in zip(group.heads, line.cells, strict=True)
    }
    assert shown == {
        name: formatting.found(name, value, outcome.censored) for name, value in outcome.summary.items()
    }
    assert shown["recovery_s"].startswith("> ")


def test_every_metric_has_a_topic() -> None:
    assert [metric.name for metric in METRICS if topic_of(next(expand(metric.name))) == MORE] == []


def test_of_two_designs_every_metric_has_a_row_of_its_own() -> None:
    designs = designs_of(Comparison(("a", "b"), (result("back"), result("metastable"))))
    lines = [line for topic in all_metrics(designs) for group in topic.groups for line in group.lines]
    known = {name for design in designs for name in design.result.summary}
    assert sorted(line.name for line in lines) == sorted(known)
    assert {len(line.cells) for line in lines} == {3}
