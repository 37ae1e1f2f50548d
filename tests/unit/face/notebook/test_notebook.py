"""Pages of a notebook: the sentences and figures of the command line, in little HTML without scripts."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from wavetank.face.notebook.html import POINTS, Line, sparkline
from wavetank.results.result import Result
from wavetank.scenario import load
from wavetank.studies import fates
from wavetank.studies.comparison import Comparison, compare
from wavetank.studies.replications import run
from wavetank.studies.reviewing.review import review

MOST_BYTES = 20_000
STORM = load("restart-storm", ["fleet.agents=200", "server.cores=1", "duration=6min", "slo.recovery=1s"])
VOID = {"polyline", "rect"}


class Checked(HTMLParser):
    """Every element that begins ends, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        assert tag not in ("script", "style", "link", "img")
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        assert tag in VOID

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def both() -> Comparison:
    return compare(STORM, STORM.but("auth.key=cached"), engine="compiled", replications=5, workers=1)


@pytest.fixture(scope="module")
def single() -> Result:
    return run(STORM, engine="compiled")


def shown(html: str) -> str:
    """Return the text of a page that is sound, small, and good in light and in dark."""
    assert len(html.encode()) < MOST_BYTES
    assert "color:#" not in html.replace("border-left", "")
    return Checked(html).text


def test_a_result_says_what_the_command_line_says(single: Result) -> None:
    html = single._repr_html_()
    text = shown(html)
    assert fates.sentence(single) in text
    assert "events produced" in text
    assert "95 %" not in text
    assert "missed" in text  # one second after the fault it is not back
    assert single.hash[:8] in text
    assert html.count("<polyline") == 1
    assert html.count("<rect") == len(single.faults)


def test_replications_have_intervals(both: Comparison) -> None:
    assert "95 % interval" in shown(both.a._repr_html_())


def test_a_comparison_shows_what_differs(both: Comparison) -> None:
    html = both._repr_html_()
    text = shown(html)
    assert both.sentence in text
    assert "B - A" in text
    assert html.count("<polyline") == 2
    bold = re.findall(r"<tr><td[^>]*>([^<]+)</td>[^\n]*?</tr>", html)
    assert "events produced" in bold
    for metric, title in (("retries_total", "retries"), ("events_produced", "events produced")):
        low, high = both.difference(metric, 1)[1:]
        row = html[html.index(f">{title}<") :].partition("</tr>")[0]
        assert low is not None
        assert high is not None
        assert ("<b>" in row) == (low > 0 or high < 0)


def test_a_scenario_shows_its_load_and_what_was_changed() -> None:
    text = shown(STORM._repr_html_())
    assert "200 agents in 3 classes" in text
    assert "% busy" in text
    assert "slo.recovery1s" in text
    assert "auth.margin" in text


def test_a_review_shows_claims_and_is_a_frame() -> None:
    made = review(only=["token-lifetime"], budget_s=0)
    text = shown(made._repr_html_())
    assert "15min-spread" in text
    assert "not finished" in text
    frame = made.to_frame()
    assert len(frame) == sum(len(decision.rows) for decision in made.decisions)
    assert set(frame["decision"]) == {"token-lifetime"}
    assert frame["limit"].dtype == "float64"


def test_titles_are_no_markup(single: Result) -> None:
    html = replace(single, scenario="<b>5 & 6</b>")._repr_html_()
    assert "<b>5 & 6</b>" in shown(html)
    assert "<b>5" not in html


@pytest.mark.parametrize("lines", [[], [Line([], [])], [Line([0.0], [3.0])], [Line([0.0, 1.0], [0.0, 0.0])]])
def test_nothing_to_draw_is_no_chart(lines: list[Line]) -> None:
    assert sparkline(lines, [(0.0, 1.0)], "none") == ""


def test_no_peak_is_lost_in_a_long_run() -> None:
    bins = 10_001
    levels = [0.0] * bins
    levels[7_777] = 50.0
    drawn = sparkline([Line([float(index) for index in range(bins)], levels)], [(5.0, 5.0)], "long")
    heights = [float(y) for y in re.findall(r",([0-9.]+)", drawn.partition('points="')[2].partition('"')[0])]
    assert len(heights) <= POINTS
    assert min(heights) == 1.0
