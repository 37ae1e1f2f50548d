"""Series of results as pictures."""

from pathlib import Path
from typing import TYPE_CHECKING

from wavetank.errors import MissingExtra
from wavetank.results.result import Result
from wavetank.studies import Comparison

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot(shown: Result | Comparison, series: str = "backlog", to: str | Path | None = None) -> "Figure":
    """Draw a series over time, the faults marked; of a comparison, every design's in one picture.

    `series` is a column of `Result.series`; flows are drawn per second. "wave" draws every agent's state
    instead. The first replication is shown.
    `to` is a file to save it as, of the kind that its ending says. Raises KeyError for an unknown series,
    MissingExtra without matplotlib.

    Examples
    --------
    >>> import wavetank as wt
    >>> small = wt.load("quickstart", ["fleet.agents=20", "duration=2min"])
    >>> figure = wt.plot(wt.run(small, engine="reference"), "backlog", to="backlog.png")
    """
    try:
        from wavetank.face import chart, wave
    except ModuleNotFoundError as error:
        raise MissingExtra(str(error.name), "report") from None
    if isinstance(shown, Comparison):
        titles = [f"{letter}: {title}" for letter, title in zip(shown.letters, shown.titles, strict=True)]
        named = list(zip(titles, shown.results, strict=True))
    else:
        named = [(shown.scenario, shown)]
    if series == "wave":
        return _saved(wave.draw(named), to)
    known = [name for name in named[0][1].columns if name != "t_s"]
    if series not in known:
        raise KeyError(f"there is no series {series!r}; known: wave, {', '.join(known)}")
    return _saved(chart.draw(named, series), to)


def _saved(figure: "Figure", to: str | Path | None) -> "Figure":
    if to is not None:
        figure.savefig(to)
    return figure
