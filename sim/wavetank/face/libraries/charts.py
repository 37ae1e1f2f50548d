"""The charts of the page: costs with their spread, and where the ranking flips."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from wavetank.face.libraries.fleets import Fleet
from wavetank.face.palette import COLOURS, INK
from wavetank.face.report.vega import FONT, TEXT_PX, Chart, Spec, chart
from wavetank.libraries.costs import OTHERS, REQUEST, Side, Use
from wavetank.libraries.crossovers import LEAST_AGENTS, MOST_AGENTS, Cost, money_by_agents
from wavetank.libraries.interval import Interval
from wavetank.libraries.text_report import number

BATCH = 50_000
"""Body bytes of the request that is charted: 100 events of 500."""
ROW_PX = 17
"""A row of text of 12 px with room between the rows."""

MOST_LINES = 6
"""As many lines as can be told apart by colour."""

_POINTS = 33
"""With so many points the lines look smooth."""


class Bar(NamedTuple):
    """A use, an end and its figure; whether it is of others."""

    name: str
    end: str
    value: Interval
    others: bool

    @property
    def shown(self) -> str:
        """Its name, with an asterisk where the figure is of others."""
        return f"{self.name} *" if self.others else self.name


def charts(all_uses: Sequence[Use], fleet: Fleet) -> tuple[Chart, ...]:
    """All charts that there are figures for."""
    secured = [use for use in all_uses if use.secured != "none"]
    requests = [use for use in secured if use.mode == REQUEST]
    kept = list(_bars(secured, lambda side: side.at(BATCH)))
    tax = list(_bars(requests, lambda side: side.connect_us))
    drawn = [
        _bar_chart(
            "kept", "A request of 100 events on a kept connection", kept,
            "CPU time in us per request of 100 x 500 bytes, encrypted; whiskers: least and greatest.",
        ),
        _bar_chart(
            "tax", "A new connection on top", tax,
            "CPU time in us of a new encrypted connection, full handshake: new less kept.",
        ),
        _bar_chart(
            "wire", "Bytes beside the events", list(_wire(secured)),
            "Bytes per request of 100 x 500 bytes that are no event, and what a new connection adds.",
        ),
        _bar_chart(
            "idle", "Memory of an idle connection", list(_idle(secured)),
            "KiB of the process per encrypted connection that nobody uses.",
        ),
    ]  # fmt: skip
    return tuple(chart for chart in (*drawn, *_lines(requests, fleet)) if chart is not None)


def _bars(all_uses: Iterable[Use], of: Callable[[Side], Interval | None]) -> Iterable[Bar]:
    for use in all_uses:
        for end, side in (("agent", use.agent), ("server", use.server)):
            value = of(side) if side else None
            if value is not None:
                yield Bar(use.name, end, value, use.figures == OTHERS)


def _wire(all_uses: Iterable[Use]) -> Iterable[Bar]:
    from wavetank.libraries.costs import at

    for use in all_uses:
        if use.wire is not None:
            yield Bar(use.name, "kept", at(use.wire.request, BATCH), use.figures == OTHERS)
            if use.wire.connect is not None:
                yield Bar(use.name, "new, more", use.wire.connect, use.figures == OTHERS)


def _idle(all_uses: Iterable[Use]) -> Iterable[Bar]:
    for use in all_uses:
        for end, side in (("agent", use.agent), ("server", use.server)):
            if side is not None and side.idle_bytes is not None:
                size = side.idle_bytes / 1024
                yield Bar(use.name, end, Interval(size, size, size), use.figures == OTHERS)


def _bar_chart(id_: str, title: str, bars: Sequence[Bar], meaning: str) -> Chart | None:
    if not bars:
        return None
    ends = list(dict.fromkeys(bar.end for bar in bars))
    names = sorted(
        {bar.shown for bar in bars},
        key=lambda name: (min(bar.value.mid for bar in bars if bar.shown == name), name),
    )
    rows = [
        {
            "use": bar.shown,
            "end": bar.end,
            "low": bar.value.low,
            "mid": bar.value.mid,
            "high": bar.value.high,
        }
        for bar in bars
    ]
    spec = chart(
        [_whiskers(), _dots(ends)],
        ROW_PX * len(names),
        data={"values": rows},
        encoding=_bar_encoding(names, ends),
    )
    return Chart(id_, title, f"{meaning} {_told(bars, ends)}", spec)


def _bar_encoding(names: list[str], ends: list[str]) -> Spec:
    axis = {"labelLimit": 260, "title": None, "labelFontSize": TEXT_PX}
    colour = {"domain": ends, "range": list(COLOURS[: len(ends)])}
    return {
        "y": {"field": "use", "type": "nominal", "sort": names, "axis": axis},
        "yOffset": {"field": "end", "type": "nominal", "sort": ends},
        "color": {
            "field": "end", "type": "nominal", "scale": colour, "sort": ends,
            "legend": {"symbolType": "circle", "symbolStrokeWidth": 0} if len(ends) > 1 else None,
        },
    }  # fmt: skip


def _dots(ends: list[str]) -> Spec:
    shape = {
        "field": "end", "type": "nominal", "sort": ends, "legend": None,
        "scale": {"domain": ends, "range": ["circle", "diamond"][: len(ends)]},
    }  # fmt: skip
    x = {"field": "mid", "type": "quantitative", "scale": {"zero": True}, "axis": {"title": None}}
    return {
        "mark": {"type": "point", "filled": True, "size": 55, "opacity": 1},
        "encoding": {"x": x, "shape": shape},
    }


def _whiskers() -> Spec:
    x = {"field": "low", "type": "quantitative"}
    return {"mark": {"type": "rule", "strokeWidth": 1.5}, "encoding": {"x": x, "x2": {"field": "high"}}}


def _told(bars: Sequence[Bar], ends: Sequence[str]) -> str:
    """The least and the greatest of each end."""
    parts = []
    for end in ends:
        mine = sorted((bar for bar in bars if bar.end == end), key=lambda bar: bar.value.mid)
        least, most = mine[0], mine[-1]
        span = f"{number(least.value.mid)} ({least.shown})"
        if len(mine) > 1:
            span = f"from {span} to {number(most.value.mid)} ({most.shown})"
        parts.append(f"{end[:1].upper()}{end[1:]}: {span}.")
    return " ".join(parts)


def _lines(all_uses: Sequence[Use], fleet: Fleet) -> Iterable[Chart | None]:
    servers = {fleet.found.marked(use.name): use.server for use in all_uses if use.server is not None}
    yield _line_chart(
        "batch", "Server CPU per event, by events in a batch",
        {name: _per_event(side) for name, side in servers.items()},
        1, 1000, "events in a batch", "us per event",
        "Kept connections, events of 500 bytes.",
    )  # fmt: skip
    money = {
        fleet.found.marked(cost.pairing.name): money_by_agents(cost, fleet.found.agents, fleet.found.decision)
        for cost in fleet.found.spent
        if cost.money is not None
    }
    unit = f"{fleet.found.decision.currency} per agent and year"
    yield _line_chart(
        "money", "Money for servers, by agents", money, LEAST_AGENTS, MOST_AGENTS, "agents", unit,
        f"With {fleet.title.partition(', ')[2]}; cores, memory and traffic of the servers.",
    )  # fmt: skip


def _per_event(side: Side) -> Cost:
    return lambda events: side.at(500 * events).times(1 / events)


def _line_chart(
    id_: str, title: str, costs: dict[str, Cost], low: float, high: float, across: str, up: str, meaning: str
) -> Chart | None:
    """The cheapest in the middle of the range, as lines; both axes logarithmic."""
    if not costs:
        return None
    middle = (low * high) ** 0.5
    shown = sorted(costs, key=lambda name: (costs[name](middle).mid, name))[:MOST_LINES]
    grid = [low * (high / low) ** (index / (_POINTS - 1)) for index in range(_POINTS)]
    rows = [{"use": name, "x": x, "y": costs[name](x).mid} for name in shown for x in grid]
    log = {"scale": {"type": "log", "nice": False}, "type": "quantitative"}
    encoding = {
        "x": {**log, "field": "x", "axis": {"title": across, "tickCount": 5, "format": "~s", **_TITLE}},
        "y": {**log, "field": "y", "axis": {"title": up, "tickCount": 5, **_TITLE}},
        "color": {
            "field": "use", "type": "nominal", "sort": shown,
            "scale": {"domain": shown, "range": list(COLOURS[: len(shown)])},
            "legend": {"columns": 2, "labelLimit": 260},
        },
        "strokeDash": {"field": "use", "type": "nominal", "sort": shown, "legend": None},
    }  # fmt: skip
    layer: Spec = {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {}}
    spec = chart([layer], 300, data={"values": rows}, encoding=encoding)
    ends = ", ".join(f"{name} {number(costs[name](middle).mid)}" for name in shown)
    left = f" The {len(shown)} cheapest of {len(costs)}." if len(costs) > len(shown) else ""
    return Chart(id_, title, f"{meaning} At {number(middle)} {across}: {ends}.{left}", spec)


_TITLE = {"titleFont": FONT, "titleFontSize": TEXT_PX, "titleColor": INK, "titleFontWeight": "normal"}
