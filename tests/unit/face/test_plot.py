import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tests.unit.studies.cases import QUEUE, STORM, scenario
from wavetank.errors import MissingExtra
from wavetank.face import plot as plots
from wavetank.studies.comparison import Comparison, compare
from wavetank.studies.frontiers import Frontier
from wavetank.studies.frontiers.isotonic import Crossing
from wavetank.studies.frontiers.levels import Level
from wavetank.studies.replications import run

pytestmark = pytest.mark.filterwarnings("ignore:wt.plot:DeprecationWarning")
plot: Any = plots
"""The module, called as the function that it was."""
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
    assert figure._repr_png_().startswith(PNG)


def test_names_are_text_not_mathematics() -> None:
    figure = plot(run(scenario(QUEUE, "name='$5 and $6'", "duration=5s")))
    assert figure._repr_png_().startswith(PNG)
    assert figure.axes[0].get_title(loc="left") == r"\$5 and \$6"


def test_unknown_series_names_the_known(storms: Comparison) -> None:
    with pytest.raises(KeyError, match="no series 'backlogs'; known: requests"):
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


# ---- functions that return Axes -----------------------------------------------------------------


@pytest.fixture
def closed() -> Iterator[None]:
    """New figures are closed again."""
    yield
    pyplot.close("all")


def test_calling_the_module_is_deprecated(storms: Comparison) -> None:
    with pytest.warns(DeprecationWarning, match=r"use wt\.plot\.series"):
        plot(storms.a)


@pytest.mark.usefixtures("closed")
def test_a_new_figure_is_one_that_notebooks_show(storms: Comparison) -> None:
    before = pyplot.get_fignums()  # those of other tests
    axes = plots.series(storms.a)
    assert axes.figure is pyplot.figure(pyplot.get_fignums()[-1])
    assert axes.get_figure(root=True).get_size_inches().tolist() == [7.0, 3.2]  # type: ignore[union-attr]
    mine = Figure().add_subplot()
    drawn = [plots.series(storms.a, ax=mine), plots.compare(storms, ax=mine), plots.wave(storms.a, ax=mine)]
    assert drawn == [mine] * 3
    assert len(pyplot.get_fignums()) == len(before) + 1


def test_a_series_stands_behind_its_mean_over_a_minute(storms: Comparison) -> None:
    longer = run(scenario(QUEUE, "duration=10min"))
    pale, mean, *_ = plots.series(longer, "connections", Figure().add_subplot()).get_lines()
    assert (pale.get_alpha(), mean.get_alpha()) == (0.35, None)
    width_s = longer.columns["t_s"][1]
    reach, middle = round(60 / width_s) // 2, len(longer.columns["t_s"]) // 2
    around = longer.columns["connections"][middle - reach : middle + reach + 1]
    assert xy(mean)[1][middle] == pytest.approx(sum(around) / len(around))
    with pytest.raises(KeyError, match="no series 'wave'"):
        plots.series(longer, "wave")


def test_designs_are_named_in_a_comparison(storms: Comparison) -> None:
    axes = plots.compare(storms, "backlog", Figure().add_subplot())
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["A: storm", "B: fault.0.at=30s"]


def test_the_latency_is_a_complementary_distribution(storms: Comparison) -> None:
    axes = plots.latency(storms.a, ax=Figure().add_subplot())
    times, shares = xy(axes.get_lines()[0])
    assert shares[0] == 1.0
    assert shares == sorted(shares, reverse=True)
    p99_s = storms.a.summary["event_latency_p99_s"]
    assert p99_s is not None
    above = [share for at_s, share in zip(times, shares, strict=True) if at_s > p99_s]
    assert above[0] <= 0.0105
    assert axes.texts[0].get_text().startswith("p99: ")
    with pytest.raises(KeyError, match="no latency of 'desks'; known: "):
        plots.latency(storms.a, "desks", Figure().add_subplot())


def test_undelivered_events_are_a_plateau() -> None:
    slow = run(scenario(QUEUE, "duration=5s", "server.service.stateless={law='exponential',mean='200ms'}"))
    texts = [text.get_text() for text in plots.latency(slow, ax=Figure().add_subplot()).texts]
    assert any(text.endswith("% not delivered when the run ended") for text in texts)


def test_utilisation_is_stacked_to_the_whole(storms: Comparison) -> None:
    axes = plots.utilisation(*storms.results, ax=Figure().add_subplot())
    heights = [bar.get_height() for bar in axes.patches]  # type: ignore[attr-defined]
    whole = sum(100 * float(result.summary["server_utilisation"] or 0) for result in storms.results)
    assert sum(heights) == pytest.approx(whole)


def test_a_frontier_has_its_levels_and_its_band() -> None:
    levels = tuple(Level(f"{at}s", float(at), 10, fatal, 0) for at, fatal in ((10, 0), (20, 4), (30, 10)))
    band = (Crossing(12.0, None, 18.0), Crossing(22.0, 19.0, 25.0), Crossing(None, 25.0, None))
    fit = Frontier("storm", "fault.0.down", "s", levels, True, 0.8, band)
    axes = plots.frontier(fit, Figure().add_subplot())
    assert np.asarray(axes.collections[0].get_offsets()).tolist() == [[10, 0], [20, 0.4], [30, 1]]
    assert axes.get_xlabel() == "fault.0.down (s)"
    diamonds = [xy(line) for line in axes.get_lines() if line.get_marker() == "D" and xy(line)[0]]
    assert diamonds == [([12.0], [0.05]), ([22.0], [0.5])]


def test_every_public_picture_is_documented() -> None:
    for name in plots.__all__:
        assert getattr(plots, name).__doc__
