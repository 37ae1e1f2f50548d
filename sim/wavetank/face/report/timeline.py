"""Charts over time: lines, faults marked, and the values of the instant that one points at."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from wavetank.face.palette import FAULT, INK
from wavetank.face.report import marking
from wavetank.face.report.bins import Points
from wavetank.face.report.marking import Marked
from wavetank.face.report.vega import TEXT_PX, Spec, Style, chart, line_styles
from wavetank.results.result import FaultSpan
from wavetank.studies import formatting

HEIGHT = 210
"""Three charts fit on a laptop's screen."""

CLOSE = 0.15
"""Share of the run within which faults share a name."""

_ROUND_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
"""Steps of a time axis that people count in: up to a day."""

_CLOCK = (
    "(datum.value >= 3600 ? floor(datum.value / 3600) + ':' + "
    "pad(floor(datum.value % 3600 / 60), 2, '0', 'left') : floor(datum.value / 60)) + ':' + "
    "pad(round(datum.value % 60), 2, '0', 'left')"
)


class Line(NamedTuple):
    """A series and how it is drawn."""

    style: Style
    points: Points


def over_time(
    lines: Sequence[Line], faults: Sequence[FaultSpan], end_s: float, marks: Sequence[Marked] = ()
) -> Spec:
    """Draw lines from 0 to `end_s`, with what the judge said of them; each value holds until the next."""
    top = max((value for line in lines for value in line.points.values), default=0.0)
    drawn = {
        "data": {"values": [row for line in lines for row in _rows(line)]},
        "mark": {
            "type": "line",
            "interpolate": "step-after",
            "strokeWidth": 2,
            "clip": True,
        },
        "encoding": {"x": _time(end_s), "y": _value(top), **line_styles([line.style for line in lines])},
    }
    under, over = marking.under(marks, end_s, HEIGHT), marking.over(marks, end_s)
    return chart([*under, *_faults(faults, end_s), drawn, *over, _pointer(lines)], HEIGHT)


def _rows(line: Line) -> list[dict[str, Any]]:
    pairs = zip(line.points.times_s, line.points.values, strict=True)
    return [
        {"t": round(time_s, 3), "line": line.style.name, "v": float(f"{value:.5g}")}
        for time_s, value in pairs
    ]


def _time(end_s: float) -> Spec:
    axis = {
        "title": None,
        "grid": False,
        "values": _ticks(end_s),
        "labelExpr": _CLOCK,
        "labelOverlap": "greedy",
        "labelSeparation": 6,
    }
    return {
        "field": "t",
        "type": "quantitative",
        "scale": {"domain": [0, end_s], "nice": False},
        "axis": axis,
    }


def _value(top: float) -> Spec:
    return {
        "field": "v",
        "type": "quantitative",
        "scale": {"domain": [0, 1.15 * top or 1], "nice": False},
        "axis": {"title": None, "tickCount": 4, "format": ",.6~f", "domain": False, "ticks": False},
    }


def _ticks(end_s: float) -> list[float]:
    if end_s < 2:
        return [0, end_s]
    step = next((step for step in _ROUND_S if end_s / step <= 9), 7 * 86_400)
    return [step * index for index in range(int(end_s // step) + 1)]


def _faults(faults: Sequence[FaultSpan], end_s: float) -> list[Spec]:
    """A band from begin to end, named at the top; faults that begin close together share a name."""
    if not faults:
        return []
    spans = {"values": [{"begin": span.begin_s, "end": span.end_s} for span in faults]}
    x = {"field": "begin", "type": "quantitative"}
    band = {"type": "rect", "color": FAULT, "opacity": 0.15, "clip": True}
    rule = {"type": "rule", "color": FAULT, "strokeDash": [4, 3], "clip": True}
    names = [_names(named, late) for late in (False, True) if (named := _named(faults, end_s, late))]
    return [
        {"data": spans, "mark": band, "encoding": {"x": x, "x2": {"field": "end"}}},
        {"data": spans, "mark": rule, "encoding": {"x": x}},
        *names,
    ]


def _named(faults: Sequence[FaultSpan], end_s: float, late: bool) -> list[dict[str, Any]]:
    """Where names stand, of faults in the first part of the run or of the late ones."""
    spans: list[tuple[float, list[str]]] = []
    for span in sorted(faults, key=lambda span: span.begin_s):
        if not spans or span.begin_s - spans[-1][0] >= CLOSE * end_s:
            spans.append((span.begin_s, []))
        if span.kind not in spans[-1][1]:
            spans[-1][1].append(span.kind)
    return [
        {"begin": begin_s, "text": ", ".join(kinds)}
        for begin_s, kinds in spans
        if (begin_s > 0.6 * end_s) is late
    ]


def _names(named: list[dict[str, Any]], late: bool) -> Spec:
    """Names to the right of their fault, those of late ones to the left."""
    side = {"align": "right", "dx": -5} if late else {"align": "left", "dx": 5}
    return {
        "data": {"values": named},
        "mark": {"type": "text", "color": FAULT, "fontSize": TEXT_PX, "baseline": "top", "y": 0, **side},
        "encoding": {
            "x": {"field": "begin", "type": "quantitative"},
            "text": {"field": "text", "type": "nominal"},
        },
    }


def _pointer(lines: Sequence[Line]) -> Spec:
    """A rule that follows the pointer and tells the value of every line at that instant."""
    near = {"type": "point", "fields": ["t"], "nearest": True, "on": "pointerover", "clear": "pointerout"}
    names = [line.style.name for line in lines]
    told = [{"field": f"l{index}", "type": "nominal", "title": name} for index, name in enumerate(names)]
    return {
        "data": {"values": _instants(lines)},
        "params": [{"name": "at", "select": near}],
        "mark": {"type": "rule", "color": INK, "aria": False},
        "encoding": {
            "x": {"field": "t", "type": "quantitative"},
            "opacity": {"condition": {"param": "at", "empty": False, "value": 0.4}, "value": 0},
            "tooltip": [{"field": "clock", "type": "nominal", "title": "time"}, *told],
        },
    }


def _instants(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """The instants of the longest line, with what each line is at then."""
    longest = max((line.points for line in lines), key=lambda points: points.times_s[-1:])
    rows = []
    at = [0] * len(lines)
    for time_s in longest.times_s:
        row: dict[str, Any] = {"t": round(time_s, 3), "clock": formatting.clock(time_s)}
        for index, line in enumerate(lines):
            times = line.points.times_s
            while at[index] + 1 < len(times) and times[at[index] + 1] <= time_s:
                at[index] += 1
            ended = not times or time_s > times[-1]
            row[f"l{index}"] = "–" if ended else told(line.points.values[at[index]])
        rows.append(row)
    return rows


def told(value: float) -> str:
    """A value as a reader wants it: 57,682, 31.2, 0.043."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
