import re
from dataclasses import replace

import pytest
import vl_convert

from tests.unit.studies.judged_results import back, echoing, result_of, trapped
from wavetank.face.palette import BEYOND
from wavetank.face.report.charts import charts_of
from wavetank.face.report.designs import designs_of
from wavetank.face.report.marking import key
from wavetank.results.judge.verdict import Verdict
from wavetank.results.result import Result
from wavetank.studies.comparison import Comparison


def with_backlog(result: Result) -> Result:
    return replace(result, columns={**result.columns, "backlog": [7] * len(result.columns["t_s"])})


def backlog(*verdicts: Verdict) -> tuple[str, str]:
    """The chart of the backlog as SVG, and its caption."""
    results = tuple(with_backlog(result_of(verdict)) for verdict in verdicts)
    drawn = results[0] if len(results) == 1 else Comparison(tuple("abcdefgh"[: len(results)]), results)
    (chart,) = [chart for chart in charts_of(designs_of(drawn)) if chart.id == "backlog"]
    return vl_convert.vegalite_to_svg({**chart.spec, "width": 400}), chart.caption


def test_echoes_and_being_back_are_drawn() -> None:
    svg, _ = backlog(echoing())
    assert ">back<" in svg
    assert len(re.findall(r'aria-roledescription="rect mark"|mark-rect', svg)) >= 2
    assert BEYOND not in svg


def test_the_time_beyond_the_window_is_shaded_and_named() -> None:
    svg, caption = backlog(back(5.0, settled_s=12.0))
    assert BEYOND in svg
    assert ">not measured<" in svg
    assert "7 at 1:00, where measuring ends; 7 at the end" in caption
    assert "where measuring ends" not in backlog(back(5.0))[1]


def test_names_say_whose_they_are_and_are_left_out_of_many_designs() -> None:
    svg, _ = backlog(back(5.0), trapped())
    assert ">A back<" in svg
    assert ">B trapped<" in svg
    assert " back<" not in backlog(*[back(5.0)] * 4)[0]


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (back(5.0), "Red marks a fault. Dotted lines mark instants of the verdict: back."),
        (trapped(), "instants of the verdict: trapped."),
        (echoing(), "A pale band with a bar at its foot is an echo."),
        (
            back(5.0, settled_s=12.0),
            "The grey ground begins at 1:00, where measuring ends: the run goes on only",
        ),
    ],
)
def test_the_key_says_what_marks_mean(verdict: Verdict, words: str) -> None:
    assert words in key(designs_of(result_of(verdict)))


def test_the_key_tells_designs_apart() -> None:
    pair = Comparison(("a", "b"), (result_of(back(5.0)), result_of(back(9.0, settled_s=12.0))))
    assert "the run of B goes on only to decide the verdict" in key(designs_of(pair))
