"""Charts of the whole run: what the cores worked on, and how long events took."""

from collections.abc import Iterator, Mapping, Sequence

from wavetank.face.palette import COLOURS, DASHES, FAULT, INK
from wavetank.face.report.designs import Design, each, styles_of
from wavetank.face.report.vega import TEXT_PX, Chart, Spec, Style, chart, line_styles
from wavetank.policy.codes import Activity
from wavetank.results.histogram import UNIT, bin_bounds
from wavetank.results.summary import Distribution
from wavetank.studies import formatting

Row = Mapping[str, float | str]

WASTED = "abandoned requests"
NOTHING = 0.05
"""Percent of the core time that are not drawn."""
_STEPS = 160
"""A distribution is drawn in so many steps: one for about two pixels of the height."""

_ACTIVITIES = {
    Activity.AUTH: "checking tokens",
    Activity.PARSE: "reading headers",
    Activity.HANDSHAKE: "TLS handshakes",
    Activity.LOGIN: "logins",
}
_TIMES_S = [
    *(digit * 10.0**power for power in range(-6, 1) for digit in (1, 2, 5)),
    *(
        10.0,
        20.0,
        30.0,
        60.0,
        120.0,
        300.0,
        600.0,
        1200.0,
        1800.0,
        3600.0,
        7200.0,
        14_400.0,
        28_800.0,
        86_400.0,
    ),
]
_DURATION = (
    "datum.value < 0.001 ? round(datum.value * 1e6) + ' us' : datum.value < 1 ? "
    "round(datum.value * 1000) + ' ms' : datum.value < 60 ? round(datum.value) + ' s' : "
    "datum.value < 3600 ? round(datum.value / 60) + ' min' : round(datum.value / 3600) + ' h'"
)


# ---- utilisation ---------------------------------------------------------------------------


def utilisation(designs: Sequence[Design]) -> Chart:
    """Bars of what the cores worked on; wasted work apart, for it is counted under its activity, too."""
    activities = [
        (_ACTIVITIES.get(activity, activity.name.lower()), activity.name.lower()) for activity in Activity
    ]
    activities = [
        pair for pair in activities if any(_percent(design, pair[1]) >= NOTHING for design in designs)
    ]
    activities.sort(key=lambda pair: -max(_percent(design, pair[1]) for design in designs))
    activities.append((WASTED, "wasted"))
    rows: list[Row] = [
        {"label": word, "line": design.letter, "v": round(_percent(design, label), 2)}
        for word, label in activities
        for design in designs
    ]
    caption = (
        "What the cores work on, in percent of all core time; the last bar is the part of it done for agents "
        f"that had given up. {each(designs, _busy)}"
    )
    spec = _bars(rows, styles_of(designs), [word for word, _ in activities])
    return Chart("utilisation", "Utilisation by activity", caption, spec)


def _percent(design: Design, label: str) -> float:
    return 100 * float(design.result.summary.get(f"server_utilisation.{label}") or 0)


def _busy(design: Design) -> str:
    metric, summary = "server_utilisation", design.result.summary
    busy, wasted = (
        formatting.figure(metric, summary.get(name) or 0) for name in (metric, f"{metric}.wasted")
    )
    return f"busy {busy} of the time, {wasted} wasted on abandoned requests"


def _bars(rows: Sequence[Row], styles: Sequence[Style], labels: Sequence[str]) -> Spec:
    """Rows with `label`, `line` and `v` in percent, from the top down."""
    names, many = [style.name for style in styles], len(styles) > 1
    top = max((float(row["v"]) for row in rows), default=0.0)
    y: Spec = {
        "field": "label",
        "type": "nominal",
        "sort": list(labels),
        "axis": {"title": None, "domain": False, "ticks": False, "labelLimit": 200, "labelPadding": 6},
        "scale": {"paddingInner": 0.3},
    }
    x = {
        "field": "v",
        "type": "quantitative",
        "scale": {"domain": [0, 1.25 * top or 1], "nice": False},
        "axis": {"title": None, "tickCount": 4, "labelExpr": "datum.label + ' %'", "domain": False},
    }
    at = {
        "x": x,
        "y": y,
        **({"yOffset": {"field": "line", "type": "nominal", "sort": names}} if many else {}),
    }
    wasted = f"datum.label === '{WASTED}'"
    bars = {
        "mark": {"type": "bar", "strokeWidth": 2},
        "encoding": {
            **at,
            "color": {
                "field": "line",
                "type": "nominal",
                "sort": None,
                "scale": {"domain": names, "range": [style.colour for style in styles]},
                "legend": {"symbolType": "square"} if many else None,
            },
            "stroke": {"condition": {"test": wasted, "value": FAULT}, "value": None},
            "fillOpacity": {"condition": {"test": wasted, "value": 0.45}, "value": 0.95},
            "tooltip": [
                {"field": "label", "type": "nominal", "title": "activity"},
                *([{"field": "line", "type": "nominal", "title": "design"}] if many else []),
                {"field": "v", "type": "quantitative", "format": ".1f", "title": "% of all core time"},
            ],
        },
    }
    figures = {
        "mark": {"type": "text", "align": "left", "dx": 5, "color": INK, "fontSize": TEXT_PX},
        "encoding": {**at, "text": {"field": "v", "type": "quantitative", "format": ".1f"}},
    }
    return chart([bars, figures], len(labels) * (14 + 14 * len(styles)), data={"values": list(rows)})


# ---- latency -------------------------------------------------------------------------------


def latency(designs: Sequence[Design]) -> Chart:
    """Share of the events that are there within a time; of a single result the commands', too."""
    drawn: list[tuple[Style, Distribution]] = []
    if len(designs) == 1:
        known = designs[0].result.histograms
        stems = (("events", "event_latency"), ("commands", "command_latency"))
        for (name, stem), colour, dash in zip(stems, COLOURS, DASHES, strict=False):
            drawn += [(Style(name, colour, dash), known[stem])] if stem in known else []
    else:
        for design, style in zip(designs, styles_of(designs), strict=True):
            known = design.result.histograms
            drawn += [(style, known["event_latency"])] if "event_latency" in known else []
    bounds = [
        objective.bound
        for design in designs
        for objective in design.result.objectives
        if objective.metric == "event_latency_p99_s"
    ]
    rows = [row for style, distribution in drawn for row in _cumulated(distribution, style.name)]
    spec = _staircases(
        [*rows, *_to_the_right(rows)], [style for style, _ in drawn], bounds[0] if bounds else None
    )
    caption = (
        "Share of the events that are acknowledged within a time; a line that ends below 100 % has events "
        f"that never are. {each(designs, _half)}"
    )
    return Chart("latency", "Latency of events", caption, spec)


def _half(design: Design) -> str:
    half, most = (
        formatting.figure(metric, design.result.summary.get(metric))
        for metric in ("event_latency_p50_s", "event_latency_p99_s")
    )
    if half == formatting.NEVER:
        return "not even half are acknowledged"
    return f"half within {half}, " + (f"99 % within {most}" if most != formatting.NEVER else "but 99 % never")


def _cumulated(waits: Distribution, name: str) -> Iterator[Row]:
    """The distribution as a staircase of not too many steps, at the upper ends of bins."""
    total = (waits.histogram.count + waits.infinite) * UNIT
    reached, drawn = 0, -1.0
    for index, weight in waits.histogram.filled():
        low, high = (max(bound, 1000) / 1e9 for bound in bin_bounds(index))
        if not reached:
            yield {"s": low, "line": name, "v": 0}
        reached += weight
        share = 100 * reached / total
        if share - drawn >= 100 / _STEPS or reached == waits.histogram.count * UNIT:
            drawn = share
            yield {"s": high, "line": name, "v": round(share, 2)}


def _to_the_right(rows: Sequence[Row]) -> list[Row]:
    """Every line goes on at its height to where the longest ends."""
    last = max((float(row["s"]) for row in rows), default=0.0)
    ends = {row["line"]: row for row in rows}
    return [{**row, "s": last} for row in ends.values() if float(row["s"]) < last]


def _staircases(rows: Sequence[Row], styles: Sequence[Style], bound_s: float | None) -> Spec:
    """Rows with `s` (on a logarithmic axis), `line` and `v` in percent; the bound is marked."""
    times = [float(row["s"]) for row in rows] + ([bound_s] if bound_s else [])
    low, high = min(times, default=1.0), 1.15 * max(times, default=1.0)
    x = {
        "field": "s",
        "type": "quantitative",
        "scale": {"type": "log", "nice": False, "domain": [low, high]},
        "axis": {
            "title": None,
            "grid": False,
            "labelOverlap": "greedy",
            "labelSeparation": 8,
            "labelExpr": _DURATION,
            "values": [time for time in _TIMES_S if low <= time <= high],
        },
    }
    y = {
        "field": "v",
        "type": "quantitative",
        "scale": {"domain": [0, 100]},
        "axis": {
            "title": None,
            "values": [0, 25, 50, 75, 100],
            "labelExpr": "datum.label + ' %'",
            "domain": False,
        },
    }
    told = [
        {"field": "line", "type": "nominal", "title": "of"},
        {"field": "s", "type": "quantitative", "format": ".3~r", "title": "within s"},
        {"field": "v", "type": "quantitative", "format": ".1f", "title": "%"},
    ]
    lines = {
        "data": {"values": list(rows)},
        "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
        "encoding": {"x": x, "y": y, **line_styles(styles), "tooltip": told},
    }
    return chart([lines, *_bound(bound_s)], 210)


def _bound(bound_s: float | None) -> list[Spec]:
    if bound_s is None:
        return []
    data = {"values": [{"s": bound_s, "text": "objective"}]}
    at = {"x": {"field": "s", "type": "quantitative"}}
    text = {"type": "text", "align": "right", "dx": -5, "y": 200, "color": FAULT, "fontSize": TEXT_PX}
    told = {**at, "text": {"field": "text", "type": "nominal"}}
    halo = {**text, "color": "white", "stroke": "white", "strokeWidth": 4, "aria": False}
    return [
        {"data": data, "mark": {"type": "rule", "color": FAULT, "strokeDash": [4, 3]}, "encoding": at},
        {"data": data, "mark": halo, "encoding": told},
        {"data": data, "mark": text, "encoding": told},
    ]
