"""The parts that all charts share: Vega-Lite specifications as plain data."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from wavetank.face.palette import GRID, INK

Spec = dict[str, Any]

FONT = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"
TEXT_PX = 12
"""Readable at arm's length, and as small as the text around the charts."""

_AXIS = {
    "labelColor": INK,
    "tickColor": "#999",
    "domainColor": "#999",
    "gridColor": GRID,
    "labelFontSize": TEXT_PX,
    "labelFont": FONT,
}
_LEGEND = {
    "labelFont": FONT,
    "labelFontSize": TEXT_PX,
    "labelColor": INK,
    "title": None,
    "orient": "top",
    "symbolType": "stroke",
    "symbolStrokeWidth": 2.5,
    "symbolSize": 260,
    "offset": 6,
}


class Chart(NamedTuple):
    """A chart with its anchor, heading, caption (what one sees) and Vega-Lite specification.

    The specification is empty where nothing happened: then the caption says so, and nothing is drawn.
    """

    id: str
    title: str
    caption: str
    spec: Spec


class Style(NamedTuple):
    """A line's name, colour and dashes ([] is solid)."""

    name: str
    colour: str
    dash: list[int]


def chart(layers: Sequence[Spec], height: int, **more: Any) -> Spec:
    """A chart as wide as its place."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "background": "transparent",
        "config": {"view": {"stroke": None}, "axis": _AXIS, "legend": _LEGEND, "text": {"font": FONT}},
        "layer": list(layers),
        **more,
    }


def line_styles(styles: Sequence[Style]) -> Spec:
    """The encodings that tell lines apart, with a legend where there are several."""
    names = [style.name for style in styles]
    legend: Spec | None = {} if len(styles) > 1 else None
    field = {"field": "line", "type": "nominal", "sort": None, "legend": legend}
    return {
        "color": {**field, "scale": {"domain": names, "range": [style.colour for style in styles]}},
        "strokeDash": {
            **field,
            "scale": {"domain": names, "range": [drawn.dash or [1, 0] for drawn in styles]},
        },
    }
