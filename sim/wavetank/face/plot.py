"""Pictures of results and studies with matplotlib. Every function returns the Axes that it drew on.

Without `ax` a new figure of 7 x 3.2 in is made with pyplot, so a notebook shows it. Save it with
`axes.figure.savefig(...)`. All functions raise MissingExtra without matplotlib.

To call the module itself, `wt.plot(result, "backlog")`, is deprecated: use `wt.plot.series` and the others.
"""

import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from wavetank.errors import MissingExtra
from wavetank.results.result import Result
from wavetank.studies.comparison import Comparison
from wavetank.studies.frontiers import Frontier
from wavetank.studies.sweeping import Sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE_IN = (7.0, 3.2)
"""Width and height of a new figure: as wide as the text of a notebook."""
DOTS_PER_INCH = 110
"""Sharp on a screen, and some 30 kB."""

__all__ = ["compare", "frontier", "heat", "latency", "lines", "pareto", "series", "utilisation", "wave"]


def series(result: Result, name: str = "backlog", ax: "Axes | None" = None) -> "Axes":
    """Draw a column of `Result.series` over time, the faults marked; flows are drawn per second.

    The pale line is the column itself, the dark one its mean over a minute. The first replication is shown.

    Raises
    ------
    KeyError
        For an unknown column.

    Examples
    --------
    >>> import wavetank as wt
    >>> small = wt.load("quickstart", ["fleet.agents=20", "duration=2min"])
    >>> axes = wt.plot.series(wt.run(small, engine="reference"), "connections")
    >>> axes.get_ylabel()
    'connections open'
    """
    axes = _axes(ax)
    from wavetank.face import chart

    chart.draw_on(axes, [(result.scenario, result)], _known(result, name), smooth=True)
    return axes


def compare(comparison: Comparison, name: str = "backlog", ax: "Axes | None" = None) -> "Axes":
    """Draw a column of `Result.series` of every design over time. The first replication is shown.

    Raises
    ------
    KeyError
        For an unknown column.

    Examples
    --------
    >>> import wavetank as wt
    >>> small = wt.load("quickstart", ["fleet.agents=20", "duration=2min"])
    >>> both = wt.compare(small, small.but("server.cores=1"), engine="reference")
    >>> len(wt.plot.compare(both, "connections").get_legend().get_texts())
    2
    """
    axes = _axes(ax)
    from wavetank.face import chart

    chart.draw_on(axes, _named(comparison), _known(comparison.a, name))
    axes.legend(frameon=False, fontsize=8)
    return axes


def wave(result: Result, ax: "Axes | None" = None) -> "Axes":
    """Draw the state of every sampled agent over time: a row for each, coloured by what it does."""
    axes = _axes(ax)
    from wavetank.face import wave as drawing

    return drawing.draw_on(axes, result)


def latency(result: Result, label: str = "", ax: "Axes | None" = None) -> "Axes":
    """Draw which share of the events took longer than a time, on a logarithmic scale, with p99 marked.

    Events that were not delivered when the run ended are a plateau. `label` takes those of a class or a
    stream, such as "stateless". All replications together are shown.

    Raises
    ------
    KeyError
        Where there are no such events.
    """
    axes = _axes(ax)
    from wavetank.face import result_pictures

    return result_pictures.latency(axes, result, label)


def utilisation(*results: Result, ax: "Axes | None" = None) -> "Axes":
    """Draw what the cores are busy with, as a stacked bar for each result; wasted work is hatched.

    Means over the replications are shown.
    """
    axes = _axes(ax)
    from wavetank.face import result_pictures

    return result_pictures.utilisation(axes, results)


def lines(swept: Sweep, metric: str | None = None, ax: "Axes | None" = None) -> "Axes":
    """Draw a metric over the first key of a sweep, with 95 % intervals; a line for each value of the others.

    `metric` is by default the share of runs that meet all objectives, or the first objective's metric.
    """
    axes = _axes(ax)
    from wavetank.face import study_pictures

    return study_pictures.lines(swept, _metric(swept, metric), axes)


def heat(swept: Sweep, metric: str | None = None, ax: "Axes | None" = None) -> "Axes":
    """Draw a metric over both keys of a sweep, as coloured cells. `metric` as for `lines`."""
    axes = _axes(ax)
    from wavetank.face import study_pictures

    return study_pictures.heat(swept, _metric(swept, metric), axes)


def pareto(swept: Sweep, metric: str | None = None, ax: "Axes | None" = None) -> "Axes":
    """Draw cores against a metric, and the designs that no other one beats. `metric` as for `lines`."""
    axes = _axes(ax)
    from wavetank.face import study_pictures

    return study_pictures.pareto(swept, _metric(swept, metric), axes)


def frontier(band: Frontier, ax: "Axes | None" = None) -> "Axes":
    """Draw the share of fatal runs at each level, the fit, and the band with its 95 % intervals."""
    axes = _axes(ax)
    from wavetank.face import frontier_picture

    return frontier_picture.draw_on(axes, band)


def _axes(ax: "Axes | None") -> "Axes":
    """Return the Axes that the caller gave, or those of a new figure."""
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ModuleNotFoundError as error:
        raise MissingExtra(str(error.name), "report") from None
    return pyplot.subplots(figsize=SIZE_IN, dpi=DOTS_PER_INCH, layout="constrained")[1]


def _metric(swept: Sweep, metric: str | None) -> str:
    from wavetank.studies.sweeping.figures import main_metric

    chosen = metric or main_metric(swept)
    if chosen is None:
        raise KeyError("no metric is in all runs of this sweep; name one")
    return chosen


def _known(result: Result, name: str) -> str:
    known = [column for column in result.columns if column != "t_s"]
    if name not in known:
        raise KeyError(f"there is no series {name!r}; known: {', '.join(known)}")
    return name


def _named(shown: Result | Comparison) -> list[tuple[str, Result]]:
    if isinstance(shown, Result):
        return [(shown.scenario, shown)]
    titles = [f"{letter}: {title}" for letter, title in zip(shown.letters, shown.titles, strict=True)]
    return list(zip(titles, shown.results, strict=True))


# ---- deprecated: the module as a function -------------------------------------------------------


class _Callable(ModuleType):
    """This module, which may still be called as the function that it was."""

    def __call__(
        self, shown: Result | Comparison, series: str = "backlog", to: str | Path | None = None
    ) -> "Figure":
        """Draw a series, or "wave", on a figure of its own, and save it as `to`."""
        warnings.warn(
            "wt.plot(...) is deprecated; use wt.plot.series, wt.plot.compare or wt.plot.wave",
            DeprecationWarning,
            stacklevel=2,
        )
        try:
            from wavetank.face import chart
            from wavetank.face import wave as drawing
        except ModuleNotFoundError as error:
            raise MissingExtra(str(error.name), "report") from None
        named = _named(shown)
        figure = drawing.draw(named) if series == "wave" else chart.draw(named, _known(named[0][1], series))
        if to is not None:
            figure.savefig(to)
        return figure


sys.modules[__name__].__class__ = _Callable
