"""The chart of a sizing: how near each design came to its bounds."""

from collections.abc import Iterator
from math import isfinite

from wavetank.face.palette import COLOURS, INK
from wavetank.face.report.vega import Chart, Spec, chart
from wavetank.studies import formatting
from wavetank.studies.sizing import Size
from wavetank.studies.sizing.conditions import TITLES

HEIGHT_PX = 260  # as the charts of other pages
FURTHEST = 3.0  # what missed its bound by more is drawn here: how much more does not matter


def charts_of(size: Size) -> Iterator[Chart]:
    """Yield the chart of the margins, where there are bounds."""
    points: list[dict[str, float | str]] = []
    for asked in size.asked:
        for margin in asked.margins:
            ratio = margin.ratio if isfinite(margin.ratio) else FURTHEST
            points.append(
                {
                    "value": f"{size.sought.value(asked.rank):,}",
                    "rank": float(asked.rank),
                    "ratio": 100 * min(ratio, FURTHEST),
                    "condition": TITLES[asked.condition],
                    "metric": formatting.title_of(margin.metric),
                }
            )
    if points:
        yield Chart("margins", "How near to its bounds", _caption(size), _spec(size, points))


def _caption(size: Size) -> str:
    if size.rank is None:
        return "The worst run of each design and objective, as a share of the bound: no design is the answer."
    nearest = max(
        (margin.ratio for asked in size.of(size.rank) for margin in asked.margins if not asked.few),
        default=0.0,
    )
    return (
        f"The worst run of each design and objective, as a share of the bound: "
        f"{size.sought.text(size.rank)} stay within {100 * nearest:.0f} %. Above the line a run missed it; "
        f"points at {100 * FURTHEST:.0f} % missed it by this much or more."
    )


def _spec(size: Size, points: list[dict[str, float | str]]) -> Spec:
    conditions = [title for title in TITLES.values() if any(p["condition"] == title for p in points)]
    x = {
        "field": "value",
        "type": "ordinal",
        "sort": {"field": "rank"},
        "axis": {"title": size.sought.word, "titleColor": INK, "labelAngle": 0},
    }
    y = {
        "field": "ratio",
        "type": "quantitative",
        "scale": {"zero": True},
        "axis": {"title": "worst run, % of the bound", "titleColor": INK},
    }
    marks = {
        "data": {"values": points},
        "mark": {"type": "point", "filled": True, "size": 90, "opacity": 0.9},
        "encoding": {
            "x": x,
            "y": y,
            "xOffset": {"field": "condition", "sort": conditions},
            "color": {
                "field": "condition",
                "type": "nominal",
                "sort": conditions,
                "legend": {"symbolType": "circle", "symbolSize": 90},
                "scale": {"domain": conditions, "range": list(COLOURS[: len(conditions)])},
            },
        },
    }
    rule = {
        "data": {"values": [{"ratio": 100}]},
        "mark": {"type": "rule", "strokeDash": [6, 3], "color": INK},
        "encoding": {"y": {"field": "ratio", "type": "quantitative"}},
    }
    return chart([rule, marks], HEIGHT_PX)
