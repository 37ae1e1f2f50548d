from pathlib import Path

import pytest

from tests.unit.results.cases import SCENARIO, resolved_of, said, small_tally, verdict_of
from wavetank.policy.codes import Activity
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.statements import Kind
from wavetank.results.metrics import (
    BY_NAME,
    LABEL_MEANINGS,
    LABELS,
    METRICS,
    expand,
    is_metric,
    stem_of,
    to_markdown,
    unit_of,
)
from wavetank.results.summary import STATISTICS, summarise
from wavetank.scenario.slo_words import SLO_WORDS

ECHOING = verdict_of(
    Outcome.BACK_ECHO,
    said(Kind.ECHO, excursion=0, after_s=900.0, marked_share=1.0),
    said(Kind.OVER, excursion=0, height=0.02),
    back_s=3.0,
)._replace(backlog_ratio=1.5)
DOCS = Path(__file__).parents[3] / "docs"


def test_page_is_up_to_date() -> None:
    page = (DOCS / "metrics.md").read_text(encoding="utf-8")
    assert page == to_markdown(), "write it anew: python -m wavetank.results.metrics > docs/metrics.md"


def test_names_expand() -> None:
    assert list(expand("a_{x,y}_s")) == ["a_x_s", "a_y_s"]
    assert list(expand("plain")) == ["plain"]
    assert sum(len(list(expand(metric.name))) for metric in METRICS) == len(BY_NAME)


def test_labels() -> None:
    assert set(LABEL_MEANINGS) == set(LABELS)
    assert is_metric("event_latency_p99_s")
    assert is_metric("event_latency_p99_s.stateful")
    assert is_metric("event_latency_p99_s.some class")
    assert is_metric("server_utilisation.wasted")
    assert is_metric("recovery_s.2")
    assert not is_metric("recovery_s.first")
    assert not is_metric("event_latency_p99_s.")
    assert not is_metric("server_utilisation.stateless")
    assert not is_metric("event_latency_p98_s")
    assert not is_metric("retries_total.login")


def test_windows() -> None:
    assert is_metric("event_latency_p99_s@during")
    assert is_metric("event_latency_p99_s.stateful@before")
    assert unit_of("command_latency_max_s.desk@after") == "s"
    assert not is_metric("event_latency_p99_s@between")
    assert not is_metric("events_dropped@during")


def test_units() -> None:
    assert unit_of("event_latency_p99_s.desk") == "s"
    assert unit_of("goodput_per_s") == "events/s"
    with pytest.raises(KeyError):
        unit_of("event_latency_p98_s")


def test_every_distribution_is_in_the_table() -> None:
    for stem, statistics in STATISTICS.items():
        for statistic in statistics:
            assert f"{stem}_{statistic}_s" in BY_NAME


def test_every_summary_metric_is_in_the_table_and_the_other_way_round() -> None:
    resolved = resolved_of(
        SCENARIO + '[heartbeat]\nperiod = "5s"\noffline_after = "15s"\n[commands]\nchannel = "long-poll"\n'
    )
    tally = small_tally(resolved)
    for histogram in (
        *tally.request_latency,
        *tally.server_wait,
        tally.command_latency,
        tally.offline_detection,
        tally.node_detection,
        tally.logged_in,
    ):
        histogram.add(7)
    tally.wait_jobs = 1
    tally.cold_begins = 1
    tally.busy_ns[0][Activity.EVENTS] = tally.node_connections_area_ns[1] = 1
    summary = summarise(resolved, tally, ECHOING)
    assert [name for name in summary if not is_metric(name)] == []
    assert set(BY_NAME) - {stem_of(name) for name in summary} == set()
    for name, metric in BY_NAME.items():
        for family in metric.labels:
            for label in LABELS.get(family, (family,)):
                assert f"{name}.{label}" in summary
    assert "recovery_s.0" in summary
    assert "event_latency_p99_s.rack" in summary


def test_every_word_of_an_objective_is_a_metric() -> None:
    for word in SLO_WORDS.values():
        assert is_metric(word.metric)
        known = BY_NAME[word.metric].labels
        assert set(word.labels) == {label for family in known for label in LABELS.get(family) or (family,)}


def test_units_of_objectives_fit() -> None:
    units = {"duration": {"s"}, "share": {"1"}, "size": {"bytes"}}
    for word in SLO_WORDS.values():
        unit = unit_of(word.metric)
        if word.quantity == "rate":
            assert unit.endswith("/s")
        elif word.quantity == "number":
            assert unit not in {"s", "1"}
        else:
            assert unit in units[word.quantity]
