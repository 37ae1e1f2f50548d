"""The judge's marks on charts over time: the time beyond the window, echoes, and when a fleet was back."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from wavetank.face.marks import NAMES, Marks, marks_of
from wavetank.face.palette import BEYOND, INK
from wavetank.face.report.designs import Design, faults_of
from wavetank.face.report.vega import TEXT_PX, Spec
from wavetank.studies import formatting
from wavetank.studies.fates import letters_of

BAR_PX = 5
"""Height of the bars of echoes, at the foot of a chart."""
MOST_NAMED = 3
"""With more designs, what is marked has no names in the chart: they would cover the lines."""
_X = {"field": "begin", "type": "quantitative"}


class Marked(NamedTuple):
    """The marks of one design, with its letter ("" for a single one) and its colour."""

    letter: str
    colour: str
    marks: Marks


def marked(designs: Sequence[Design]) -> list[Marked]:
    """Return the marks of every design."""
    return [Marked(design.letter, design.colour, marks_of(design.result)) for design in designs]


def under(all_marks: Sequence[Marked], end_s: float, height: int) -> list[Spec]:
    """Return the layers below the lines: the time after the window, then echoes as bars and pale bands."""
    specs: list[Spec] = []
    beyond_s = min((mark.marks.measured_s for mark in all_marks), default=end_s)
    if any(mark.marks.settled_s > 0 for mark in all_marks):
        specs += _beyond(beyond_s, end_s)
    for index, mark in enumerate(all_marks):
        if mark.marks.worse:
            specs += _worse(mark, height - BAR_PX * (index + 1))
    return specs


def over(all_marks: Sequence[Marked], end_s: float) -> list[Spec]:
    """Return the layers above the lines: a dotted rule and a name where a fleet was back or trapped."""
    return [
        layer for row, mark in enumerate(all_marks) for layer in _instants(mark, row, len(all_marks), end_s)
    ]


def _beyond(begin_s: float, end_s: float) -> list[Spec]:
    data = {"values": [{"begin": begin_s, "end": end_s, "text": "not measured"}]}
    text = {"type": "text", "color": INK, "fontSize": TEXT_PX, "align": "right", "dx": -4, "y": 0}
    return [
        {
            "data": data,
            "mark": {"type": "rect", "color": BEYOND, "opacity": 1, "clip": True},
            "encoding": {"x": _X, "x2": {"field": "end"}},
        },
        {
            "data": data,
            "mark": {**text, "baseline": "top"},
            "encoding": {
                "x": {"field": "end", "type": "quantitative"},
                "text": {"field": "text", "type": "nominal"},
            },
        },
    ]


def _worse(mark: Marked, top: int) -> list[Spec]:
    rows = [
        {"begin": worse.begin_s, "end": worse.end_s, "what": _named(NAMES[worse.kind], mark.letter)}
        for worse in mark.marks.worse
    ]
    x = {"x": _X, "x2": {"field": "end"}}
    told = [{"field": "what", "type": "nominal", "title": "mark"}]
    band = {"type": "rect", "color": mark.colour, "opacity": 0.1, "clip": True}
    bar = {**band, "opacity": 1, "y": top, "y2": top + BAR_PX - 1}
    data = {"values": rows}
    return [
        {"data": data, "mark": band, "encoding": x},
        {"data": data, "mark": bar, "encoding": {**x, "tooltip": told}},
    ]


def _instants(mark: Marked, row: int, designs: int, end_s: float) -> list[Spec]:
    if not mark.marks.instants:
        return []
    rows = [
        {"begin": instant.at_s, "text": _named(instant.name, mark.letter)} for instant in mark.marks.instants
    ]
    colour = mark.colour if designs > 1 else INK
    rule: Spec = {
        "data": {"values": rows},
        "mark": {"type": "rule", "color": colour, "strokeDash": [1, 3], "strokeWidth": 2, "clip": True},
        "encoding": {"x": _X},
    }
    if designs > MOST_NAMED:
        return [rule]
    return [rule, *(layer for late in (False, True) for layer in _names(rows, row, colour, late, end_s))]


def _names(rows: list[dict[str, Any]], row: int, colour: str, late: bool, end_s: float) -> list[Spec]:
    """Names below those of the faults, on a white halo, to the left of what is late in the run."""
    side = {"align": "right", "dx": -5} if late else {"align": "left", "dx": 5}
    text = {"type": "text", "color": colour, "fontSize": TEXT_PX, "baseline": "top", "y": 15 * (row + 1)}
    named = [each for each in rows if (each["begin"] > 0.8 * end_s) is late]
    told = {
        "data": {"values": named},
        "encoding": {"x": _X, "text": {"field": "text", "type": "nominal"}},
    }
    halo = {"color": "white", "stroke": "white", "strokeWidth": 4, "aria": False}
    return [{**told, "mark": {**text, **side, **more}} for more in (halo, {})] if named else []


def _named(name: str, letter: str) -> str:
    return f"{letter} {name}" if letter else name


def key(designs: Sequence[Design]) -> str:
    """Return what the marks of the charts mean, of those that there are; "" where there are none."""
    all_marks = marked(designs)
    parts = []
    if faults_of(designs):
        parts.append("Red marks a fault.")
    names = dict.fromkeys(instant.name for mark in all_marks for instant in mark.marks.instants)
    if names:
        parts.append(f"Dotted lines mark instants of the verdict: {', '.join(names)}.")
    kinds = dict.fromkeys(NAMES[worse.kind] for mark in all_marks for worse in mark.marks.worse)
    if kinds:
        parts.append(f"A pale band with a bar at its foot is {_or([_article(kind) for kind in kinds])}.")
    settled = [mark for mark in all_marks if mark.marks.settled_s > 0]
    if settled:
        parts.append(_settled(settled))
    return " ".join(parts)


def _settled(settled: Sequence[Marked]) -> str:
    measured = formatting.clock(min(mark.marks.measured_s for mark in settled))
    who = f" of {letters_of([mark.letter for mark in settled])}" if settled[0].letter else ""
    run = "runs" if len(settled) > 1 else "run"
    verb = "go" if len(settled) > 1 else "goes"
    return (
        f"The grey ground begins at {measured}, where measuring ends: the {run}{who} {verb} on only to "
        "decide the verdict, and no rate or total counts what happens there."
    )


def _or(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"
