"""The charts of a report: what each shows, and a caption that says what one sees."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wavetank.face.marks import marks_of
from wavetank.face.palette import COLOURS, DASHES
from wavetank.face.report import bins
from wavetank.face.report.designs import Design, each, faults_of, styles_of
from wavetank.face.report.distributions import latency, utilisation
from wavetank.face.report.marking import marked
from wavetank.face.report.timeline import Line, over_time, told
from wavetank.face.report.vega import Chart, Style
from wavetank.studies import formatting

LOAD_COLOUR, LOAD_DASH = "#6B6B6B", [2, 3]


class _Plan(NamedTuple):
    """A chart over time: its values in words, and its series with their names; of designs only the first."""

    id: str
    title: str
    noun: str
    meaning: str
    series: tuple[tuple[str, str], ...]


_PLANS = (
    _Plan(
        "requests",
        "Requests per second",
        "a second",
        "Attempts of agents, repeated ones among them.",
        (("requests", "all"), ("retries", "repeated"), ("timed_out", "given up")),
    ),
    _Plan(
        "retries",
        "Repeated requests per second",
        "a second",
        "Attempts that repeat an earlier one.",
        (("retries", "repeated"),),
    ),
    _Plan("logins", "Logins per second", "a second", "Tokens granted.", (("logins", "logins"),)),
    _Plan(
        "connections",
        "Open connections",
        "connections",
        "Slots held on all nodes, at their highest.",
        (("connections", "connections"),),
    ),
    _Plan(
        "queue",
        "Queue at the servers",
        "jobs",
        "Jobs that wait for a core on all nodes, at their highest.",
        (("queue_length", "jobs"),),
    ),
    _Plan(
        "backlog",
        "Backlog at the agents",
        "events",
        "Events created but neither acknowledged nor given up.",
        (("backlog", "events"),),
    ),
    _Plan(
        "cores",
        "Cores busy",
        "%",
        "Share of all cores that work, in percent; work on abandoned requests counts, too.",
        (("utilisation", "busy"),),
    ),
)


def charts_of(designs: Sequence[Design]) -> Iterator[Chart]:
    """All charts that these designs give, in the order of the page."""
    yield _goodput(designs)
    for plan in _PLANS:
        repeated = any(any(design.result.columns["retries"]) for design in designs)
        measured = all(plan.series[0][0] in design.result.columns for design in designs)
        if measured and (plan.id != "retries" or (repeated and len(designs) > 1)):
            yield _over_time(plan, designs)
    yield utilisation(designs)
    if any("event_latency" in design.result.histograms for design in designs):
        yield latency(designs)


def _over_time(plan: _Plan, designs: Sequence[Design]) -> Chart:
    first = plan.series[0][0]
    if len(designs) == 1:
        result = designs[0].result
        shown = [pair for pair in plan.series if pair[0] == first or any(result.columns[pair[0]])]
        lines = [
            Line(Style(name, colour, dash), bins.points(result, series))
            for (series, name), colour, dash in zip(shown, COLOURS, DASHES, strict=False)
        ]
    else:
        lines = [
            Line(style, bins.points(design.result, first))
            for design, style in zip(designs, styles_of(designs), strict=True)
        ]
    some = any(any(line.points.values) for line in lines)
    spec = over_time(lines, faults_of(designs), _end_s(designs), marked(designs)) if some else {}
    caption = f"{plan.meaning} {each(designs, lambda design: _peak(plan, design))}"
    return Chart(plan.id, plan.title, caption, spec)


def _end_s(designs: Sequence[Design]) -> float:
    return max(bins.end_s(design.result) for design in designs)


def _peak(plan: _Plan, design: Design) -> str:
    """Where the first series is highest, and where it ends."""
    points = bins.points(design.result, plan.series[0][0])
    top = max(points.values, default=0.0)
    if not top:
        return "none at all"
    at = formatting.clock(points.times_s[points.values.index(top)])
    measured, marks = "", marks_of(design.result)
    if marks.settled_s > 0:
        then = told(bins.at(points, marks.measured_s))
        measured = f"{then} at {formatting.clock(marks.measured_s)}, where measuring ends; "
    return f"most {told(top)} {plan.noun} at {at}; {measured}{told(points.values[-1])} at the end"


def _goodput(designs: Sequence[Design]) -> Chart:
    """Events acknowledged beside events created, which are drawn once where all designs create the same."""
    same = _same_load(designs)
    longest = max(designs, key=lambda design: bins.end_s(design.result))
    lines = [
        Line(
            Style("created" if same else f"created, {design.letter}", LOAD_COLOUR, LOAD_DASH),
            bins.points(design.result, "produced"),
        )
        for design in ([longest] if same else designs)
    ]
    for design in designs:
        name = f"acknowledged, {design.letter}" if design.letter else "acknowledged"
        lines.append(Line(Style(name, design.colour, design.dash), bins.points(design.result, "delivered")))
    spec = over_time(lines, faults_of(designs), _end_s(designs), marked(designs))
    caption = (
        "Events per second: where the line is below the grey one, events pile up; above it, they are worked "
        f"off. {each(designs, _late)}"
    )
    return Chart("goodput", "Goodput beside load", caption, spec)


def _same_load(designs: Sequence[Design]) -> bool:
    """Whether all designs create the same events, for as long as both of two are simulated."""
    first, *others = [design.result.columns["produced"] for design in designs]
    return all(value == other for another in others for value, other in zip(first, another, strict=False))


def _late(design: Design) -> str:
    """The last third of the measured window."""
    until_s = marks_of(design.result).measured_s
    load, served = (
        bins.until(bins.points(design.result, series), until_s) for series in ("produced", "delivered")
    )
    third = max(1, len(served) // 3)
    late, made = (told(sum(values[-third:]) / third) for values in (served, load))
    return f"in the last third {late} a second are acknowledged, of {made} created"
