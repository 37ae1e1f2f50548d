"""Pictures of studies with matplotlib: heat map, lines with intervals, Pareto front.

Each function returns the Axes that it drew on; `axes` takes yours.
"""

from collections.abc import Iterable, Sequence
from math import inf, isfinite, nan
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation, Transform

from wavetank.errors import WavetankError
from wavetank.face.chart import Chart, plain
from wavetank.face.palette import BEYOND, COLOURS, DASHES, GRID, INK
from wavetank.studies.sweeping.design import Design
from wavetank.studies.sweeping.figures import MET, interval_of, label_of, main_metric, value_of
from wavetank.studies.sweeping.swept import Sweep
from wavetank.studies.sweeping.values import measured

SIZE_IN = (7.4, 4.0)
"""As wide as a page of text."""
DOTS_PER_INCH = 110
"""Sharp on a screen, and some 30 kB."""
MOST_LINES = len(COLOURS)
MOST_TICKS = 9
"""So many written values fit below an axis; the labels of more would overlap."""
MOST_WRITTEN = 150
"""Cells of a heat map in which the value is still legible."""
LEAST_SPREAD = 0.1
"""The colours of a heat map span at least this part of its greatest value: noise looks like one colour."""
ROOM = 1.08
"""Of the height of an axis above its highest point, for a mark."""
ASIDE_IN = 0.04
"""Lines stand so far beside one another, so that one interval does not hide another."""
MOST_NAMES = 2
"""So many designs with the same values are named at their point."""
MARGIN = 0.05
"""Of the width of an axis at both its ends, as matplotlib has it."""
KINDS = ("png", "svg")


def draw_all(studied: Sweep) -> list[str]:
    """Draw what fits the sweep into its folder, and return the names of the files without their endings.

    A heat map of two keys, lines over the first key, and the Pareto front of cost and the first metric.
    """
    metric = main_metric(studied)
    if metric is None or len(studied.designs) < 2:
        return []
    drawn = {}
    if len(studied.keys) == 2 and _is_grid(studied):
        drawn["heat"] = heat(studied, metric)
    if _has_numbers(studied) and len({design.texts[1:] for design in studied.designs}) <= MOST_LINES:
        drawn["lines"] = lines(studied, metric)
    if len({design.cores for design in studied.designs}) > 1:
        drawn["pareto"] = pareto(studied, metric)
    for name, axes in drawn.items():
        for kind in KINDS:
            axes.get_figure(root=True).savefig(Path(studied.folder) / f"{name}.{kind}")  # type: ignore[union-attr]
    return list(drawn)


def _is_grid(studied: Sweep) -> bool:
    """Whether the designs are all combinations of their values: a sample would be a map of holes."""
    rows, columns = ({design.texts[index] for design in studied.designs} for index in (0, 1))
    return len(studied.designs) == len(rows) * len(columns)


def _has_numbers(studied: Sweep) -> bool:
    values = [design.values[0] for design in studied.designs]
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _new(axes: Axes | None) -> Axes:
    if axes is not None:
        return axes
    figure = Chart(figsize=SIZE_IN, dpi=DOTS_PER_INCH, layout="constrained")
    return figure.add_subplot()


# ---- heat map ------------------------------------------------------------------------------


def heat(studied: Sweep, metric: str, axes: Axes | None = None) -> Axes:
    """Draw a metric over two keys: the second to the right, the first upwards, each cell with its value.

    Raises WavetankError for a sweep over any other number of keys.
    """
    if len(studied.keys) != 2:
        raise WavetankError(f"a heat map has two keys; this sweep varies {len(studied.keys)}")
    axes = _new(axes)
    at = {design.texts: value_of(design, metric) for design in studied.designs}
    rows, columns = (list(dict.fromkeys(texts[index] for texts in at)) for index in (0, 1))
    table = [[at.get((row, column), nan) for column in columns] for row in rows]
    low, high = (0.0, 1.0) if metric == MET else _colour_range(at.values())
    more_is_dark = metric != MET
    axes.set_facecolor(BEYOND)
    image = axes.imshow(
        [[value if isfinite(value) else nan for value in line] for line in table],
        aspect="auto",
        origin="lower",
        cmap="cividis_r" if more_is_dark else "cividis",
        vmin=low,
        vmax=high,
    )
    if len(at) <= MOST_WRITTEN:
        for y, line in enumerate(table):
            for x, value in enumerate(line):
                dark = isfinite(value) and ((value > (low + high) / 2) == more_is_dark)
                colour = "white" if dark else "black"
                axes.text(x, y, _written(value, metric), ha="center", va="center", color=colour, fontsize=8)
    for name, texts, key in (("x", columns, studied.keys[1]), ("y", rows, studied.keys[0])):
        shown = range(0, len(texts), -(-len(texts) // MOST_TICKS))
        axes.set(**{f"{name}ticks": shown, f"{name}ticklabels": [plain(texts[index]) for index in shown]})
        axes.set(**{f"{name}label": plain(key)})
    image.axes.figure.colorbar(image, ax=axes, label=label_of(metric))
    _title(axes, studied)
    return axes


def _colour_range(values: Iterable[float]) -> tuple[float, float]:
    known = [value for value in values if isfinite(value)]
    if not known:
        return 0.0, 1.0
    low, high = min(known), max(known)
    return low, max(high, low + LEAST_SPREAD * abs(high), low + 1e-9)


def _written(value: float, metric: str) -> str:
    if value != value:
        return ""
    if not isfinite(value):
        return "not over"
    return f"{value:.0%}".replace("%", " %") if metric == MET else f"{value:.3g}"


def _title(axes: Axes, studied: Sweep, more: str = "") -> None:
    runs = "1 run" if studied.replications == 1 else f"{studied.replications} runs"
    axes.set_title(plain(f"{studied.scenario}, {runs} each{more}"), loc="left", fontsize=9, color=INK)


# ---- lines ---------------------------------------------------------------------------------


def lines(studied: Sweep, metric: str, axes: Axes | None = None) -> Axes:
    """Draw a metric over the first key, with its interval; a line for each value of the others.

    A triangle at the top stands for a value that was not over when the runs ended.
    """
    axes = _new(axes)
    groups: dict[tuple[str, ...], list[Design]] = {}
    for design in studied.designs:
        groups.setdefault(design.texts[1:], []).append(design)
    tops, intervals = [], False
    middle = (min(len(groups), MOST_LINES) - 1) / 2
    for index, (others, designs) in enumerate(list(groups.items())[:MOST_LINES]):
        named = [f"{key} = {text}" for key, text in zip(studied.keys[1:], others, strict=True)]
        aside = ScaledTranslation((index - middle) * ASIDE_IN, 0, axes.figure.dpi_scale_trans)
        top, drawn = _line(axes, designs, metric, plain(", ".join(named)), index, axes.transData + aside)
        tops.append(top)
        intervals = intervals or drawn
    _value_axis(axes, metric, max(tops))
    _key_axis(axes, studied)
    axes.grid(color=GRID)
    if len(groups) > 1:
        axes.legend(frameon=False, fontsize=8)
    _title(axes, studied, "; bars: 95 % intervals" if intervals else "")
    return axes


def _line(
    axes: Axes, designs: Sequence[Design], metric: str, label: str, index: int, place: Transform
) -> tuple[float, bool]:
    """Draw a line; return its highest point and whether it has intervals."""
    ordered = sorted(designs, key=lambda design: float(design.values[0]))
    xs = [float(design.values[0]) for design in ordered]
    ys = [value_of(design, metric) for design in ordered]
    colour, finite = COLOURS[index % len(COLOURS)], [y if isfinite(y) else nan for y in ys]
    (line,) = axes.plot(xs, finite, "o-", color=colour, label=label, ms=4, transform=place)
    if pattern := DASHES[index % len(DASHES)]:
        line.set_dashes([length / line.get_linewidth() for length in pattern])
    pairs = [interval_of(design, metric) for design in ordered]
    known = [(x, *pair) for x, pair in zip(xs, pairs, strict=True) if pair is not None and isfinite(pair[1])]
    if known:
        low, high = [low for _, low, _ in known], [high for *_, high in known]
        axes.vlines([x for x, _, _ in known], low, high, color=colour, transform=place)
    beyond = [x for x, y in zip(xs, ys, strict=True) if y == inf]
    if beyond:
        top = axes.get_xaxis_transform()
        axes.plot(beyond, [1.0] * len(beyond), "^", color=colour, transform=top, clip_on=False)
    return max([*(y for y in ys if isfinite(y)), *(high for *_, high in known)], default=0.0), bool(known)


def _value_axis(axes: Axes, metric: str, top: float) -> None:
    axes.set_ylabel(label_of(metric))
    axes.set_ylim(0, ROOM * (1.0 if metric == MET or top <= 0 else top))


def _key_axis(axes: Axes, studied: Sweep) -> None:
    """Few values are written below the axis as they were given; of many the axis has the unit."""
    texts = {float(design.values[0]): design.texts[0] for design in studied.designs}
    (_, unit), key = measured(next(iter(texts.values()))), plain(studied.keys[0])
    margin = MARGIN * (max(texts) - min(texts)) or 1.0
    axes.set_xlim(min(texts) - margin, max(texts) + margin)
    if len(texts) <= MOST_TICKS:
        axes.set_xticks(list(texts), [plain(text) for text in texts.values()])
        axes.set_xlabel(key)
    else:
        axes.set_xlabel(f"{key} ({unit})" if unit else key)


# ---- Pareto front --------------------------------------------------------------------------


def front_of(points: Sequence[tuple[float, float]]) -> list[int]:
    """Return which points no other one beats: less of one quantity, and no more of the other.

    Examples
    --------
    >>> front_of([(1, 9), (2, 4), (3, 4), (4, 1)])
    [0, 1, 3]
    """
    ordered = sorted(range(len(points)), key=lambda index: points[index])
    front, least = [], inf
    for index in ordered:
        if points[index][1] < least:
            front.append(index)
            least = points[index][1]
    return sorted(front)


def pareto(studied: Sweep, metric: str, axes: Axes | None = None) -> Axes:
    """Draw cores against a metric, and the designs that no other one beats in both."""
    axes = _new(axes)
    sign = -1 if metric == MET else 1
    points = [(float(design.cores), value_of(design, metric)) for design in studied.designs]
    known = [index for index, (_, value) in enumerate(points) if isfinite(value)]
    front = [known[index] for index in front_of([(points[i][0], sign * points[i][1]) for i in known])]
    best = {points[index] for index in front}
    others = [points[index] for index in known if points[index] not in best]
    axes.plot(
        [x for x, _ in others], [y for _, y in others], "o", color="#AAAAAA", ms=4, label="beaten by another"
    )
    xs, ys = zip(*sorted(best), strict=True) if best else ((), ())
    axes.step(xs, ys, "o-", where="post", color=COLOURS[0], ms=5, label="beaten by none")
    for point in sorted(best):
        equal = [", ".join(studied.designs[index].texts) for index in known if points[index] == point]
        name = plain(" or ".join(equal[:MOST_NAMES])) + (" ..." if len(equal) > MOST_NAMES else "")
        # to the side where there is room
        side, align = (5, "left") if point[0] <= (xs[0] + xs[-1]) / 2 else (-5, "right")
        axes.annotate(name, point, (side, 5), textcoords="offset points", ha=align, fontsize=8, color=INK)
    axes.set_xlabel("cores of all nodes")
    _value_axis(axes, metric, max((points[index][1] for index in known), default=0.0))
    axes.margins(x=0.1)
    axes.grid(color=GRID)
    if others:
        axes.legend(frameon=False, fontsize=8)
    _title(axes, studied, f"; labels: {', '.join(studied.keys)}")
    return axes
