import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.lines import Line2D

from tests.unit.studies.cases import QUEUE, STORM, scenario
from wavetank.errors import MissingExtra
from wavetank.face.plot import plot
from wavetank.studies.comparison import Comparison, compare

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def storms() -> Comparison:
    base = scenario(STORM)
    return compare(base, base.but("fault.0.at=30s"))


def xy(line: Line2D) -> tuple[list[float], list[float]]:
    return np.asarray(line.get_xdata()).tolist(), np.asarray(line.get_ydata()).tolist()


def test_result_is_one_line_with_the_fault_marked(storms: Comparison) -> None:
    (axes,) = plot(storms.a, "backlog").axes
    (line, fault) = axes.get_lines()
    assert xy(line)[1] == storms.a.columns["backlog"]
    assert xy(fault)[0] == [20, 20]
    assert [text.get_text() for text in axes.texts] == ["node-restart"]
    assert axes.get_title(loc="left") == "storm"
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("events waiting", "simulated time (min:s)")


def test_comparison_has_a_line_per_design_and_all_faults(storms: Comparison) -> None:
    figure = plot(storms, "backlog")
    (axes,) = figure.axes
    a, b, *faults = axes.get_lines()
    assert (xy(a)[1], xy(b)[1]) == tuple(r.columns["backlog"] for r in storms.results)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["A: storm", "B: fault.0.at=30s"]
    assert [xy(line)[0][0] for line in faults] == [20, 30]


def test_flows_are_per_second_and_levels_as_they_are(storms: Comparison) -> None:
    result = storms.a
    width_s = result.columns["t_s"][1]
    for series, factor in (("requests", 1 / width_s), ("connections", 1), ("utilisation.0", 100)):
        line = plot(result, series).axes[0].get_lines()[0]
        assert xy(line)[1] == pytest.approx([factor * value for value in result.columns[series]])


def test_levels_stand_at_the_end_of_their_bin(storms: Comparison) -> None:
    result = storms.a
    times = [xy(plot(result, series).axes[0].get_lines()[0])[0][0] for series in ("requests", "backlog")]
    assert times == [0, result.columns["t_s"][1]]


def test_saved_and_shown_by_a_notebook(storms: Comparison, tmp_path: Path) -> None:
    figure = plot(storms, "backlog", tmp_path / "backlog.png")
    assert (tmp_path / "backlog.png").read_bytes().startswith(PNG)
    assert figure._repr_png_().startswith(PNG)  # type: ignore[attr-defined]


def test_names_are_text_not_mathematics() -> None:
    from wavetank.studies import run

    figure = plot(run(scenario(QUEUE, "name='$5 and $6'", "duration=5s")))
    assert figure._repr_png_().startswith(PNG)  # type: ignore[attr-defined]
    assert figure.axes[0].get_title(loc="left") == r"\$5 and \$6"


def test_unknown_series_names_the_known(storms: Comparison) -> None:
    with pytest.raises(KeyError, match="no series 'backlogs'; known: wave, requests"):
        plot(storms, "backlogs")


def test_missing_matplotlib_is_one_message(storms: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "wavetank.face.chart", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib.axes", None)
    monkeypatch.delattr("wavetank.face.chart", raising=False)
    with pytest.raises(MissingExtra, match=r"pip install '\.\[report\]'"):
        plot(storms)


def test_lines_are_told_apart_in_grey(storms: Comparison) -> None:
    lines = plot(storms, "backlog").axes[0].get_lines()[:2]
    assert [line.is_dashed() for line in lines] == [False, True]
