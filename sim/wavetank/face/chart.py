"""Drawing with matplotlib, which this module needs and no other may import."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from itertools import accumulate

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from wavetank.face.palette import COLOURS, DASHES, FAULT, GRID, INK
from wavetank.results.result import FLOWS, FaultSpan, Result

_LEVELS = ("queue_length", "connections")
_UNITS = {
    "backlog": "events waiting",
    "produced": "events produced so far",
    "queue_length": "jobs waiting",
    "connections": "connections open",
}
PALE = 0.35
"""How much of its colour a line keeps behind its own mean."""
MINUTE_S = 60.0
"""A mean over it hides the beat of batches and shows a storm."""
_ROUND_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
"""Steps of a time axis that people count in: up to a day."""


class Chart(Figure):
    """A figure that a notebook shows by itself."""

    def _repr_png_(self) -> bytes:
        buffer = BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue()


def draw(named: Sequence[tuple[str, Result]], series: str) -> Chart:
    """One line per (title, result)."""
    figure = Chart(figsize=(9, 4.2), dpi=120, layout="constrained")
    draw_on(figure.add_subplot(), named, series)
    if len(named) > 1:
        figure.legend(loc="outside upper left", ncols=1 if len(named) < 4 else 2, frameon=False)
    return figure


def draw_on(axes: Axes, named: Sequence[tuple[str, Result]], series: str, smooth: bool = False) -> None:
    """Draw one line per (title, result) on some axes; with `smooth` also its mean over a minute."""
    top = 0.0
    for index, (title, result) in enumerate(named):
        times, values = _values(result, series)
        top = max(top, *values) if values else top
        colour = COLOURS[index % len(COLOURS)]
        mean = _minute_mean(values, _width_s(result)) if smooth else []
        (line,) = axes.plot(
            times,
            values,
            color=colour,
            linewidth=1.6,
            label=plain(title),
            drawstyle=_style(series),
            alpha=PALE if mean else 1.0,
        )
        if mean:
            axes.plot(times, mean, color=colour, linewidth=1.6)
        if pattern := DASHES[index % len(DASHES)]:
            line.set_dashes([length / line.get_linewidth() for length in pattern])
    _finish(axes, named, series, top)


def _minute_mean(values: Sequence[float], width_s: float) -> list[float]:
    """The mean over the minute around each bin; empty where a bin is no shorter."""
    reach = round(MINUTE_S / width_s) // 2
    if reach < 1 or len(values) <= 2 * reach:
        return []
    sums = [0.0, *accumulate(values)]
    spans = [(max(0, at - reach), min(len(values), at + reach + 1)) for at in range(len(values))]
    return [(sums[end] - sums[begin]) / (end - begin) for begin, end in spans]


def plain(text: str) -> str:
    """Text in which a dollar is no mathematics."""
    return text.replace("$", r"\$")


def is_flow(series: str) -> bool:
    """Whether a column counts what happened in each bin, rather than a level at its end."""
    return series in FLOWS and series not in _LEVELS


def _style(series: str) -> str:
    return "steps-post" if is_flow(series) or series.startswith("utilisation") else "default"


def _values(result: Result, series: str) -> tuple[list[float], list[float]]:
    """Times in s and values: a flow per second in its bin, a level at the bin's end."""
    starts, values = result.columns["t_s"], result.columns[series]
    width_s = _width_s(result)
    if is_flow(series):
        return starts, [value / width_s for value in values]
    if series.startswith("utilisation"):
        return starts, [100 * value for value in values]
    return [start + width_s for start in starts], list(values)


def _width_s(result: Result) -> float:
    starts = result.columns["t_s"]
    return starts[1] - starts[0] if len(starts) > 1 else 1.0


def length_s(result: Result) -> float:
    """Simulated time of a run in s."""
    starts = result.columns["t_s"]
    return starts[-1] + _width_s(result) if starts else 1.0


def _finish(axes: Axes, named: Sequence[tuple[str, Result]], series: str, top: float) -> None:
    end_s = max(length_s(result) for _, result in named)
    axes.set_ylim(0, 1.12 * top if top else 1)
    _mark_faults(axes, dict.fromkeys(span for _, result in named for span in result.faults))
    time_axis(axes, end_s)
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.set_ylabel(_label(series), color=INK)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if len(named) == 1:
        axes.set_title(plain(named[0][0]), loc="left", color=INK, fontsize=11)


def time_axis(axes: Axes, end_s: float, most: int = 9) -> None:
    """Simulated time from 0 to `end_s` with round ticks, `most` of them or fewer."""
    axes.set_xlim(0, end_s)
    axes.xaxis.set_major_locator(_locator(end_s, most))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _clock(value)))
    axes.set_xlabel("simulated time (h:min:s)" if end_s >= 3600 else "simulated time (min:s)", color=INK)
    axes.tick_params(colors=INK)


def _label(series: str) -> str:
    if series.startswith("utilisation"):
        return "utilisation in %" + (f", node {series.partition('.')[2]}" if "." in series else "")
    return _UNITS.get(series) or f"{series.replace('_', ' ')} per second"


def _mark_faults(axes: Axes, spans: Iterable[FaultSpan]) -> None:
    """A band from begin to end, named at the top; faults that begin together share a name."""
    starts: dict[float, list[str]] = {}
    for span in spans:
        axes.axvspan(span.begin_s, span.end_s, color=FAULT, alpha=0.15, linewidth=0)
        axes.axvline(span.begin_s, color=FAULT, linewidth=1, linestyle="--")
        starts.setdefault(span.begin_s, []).append(span.kind)
    for begin_s, kinds in starts.items():
        axes.annotate(
            ", ".join(kinds), (begin_s, 1), xycoords=("data", "axes fraction"), xytext=(4, -4),
            textcoords="offset points", ha="left", va="top", color=FAULT, fontsize=9,
        )  # fmt: skip


def _locator(end_s: float, most: int) -> MaxNLocator:
    steps = next((step for step in _ROUND_S if end_s / step <= most), 7 * 86_400)
    return _Every(steps)


class _Every(MaxNLocator):
    """Ticks at whole multiples of a round number of seconds."""

    def __init__(self, step_s: int) -> None:
        super().__init__()
        self._step_s = step_s

    def tick_values(self, vmin: float, vmax: float) -> list[float]:
        first = int(vmin // self._step_s)
        return [self._step_s * k for k in range(first, int(vmax // self._step_s) + 1)]


def _clock(seconds: float) -> str:
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}"
