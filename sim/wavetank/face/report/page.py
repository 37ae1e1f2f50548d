"""The page: everything that goes into the template, and nothing that comes from elsewhere."""

import re
import tomllib
from collections.abc import Sequence
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from wavetank.face import wave
from wavetank.face.report import echoes, figures, marking
from wavetank.face.report.agents import Diagram, diagrams
from wavetank.face.report.anchors import anchor, row_id
from wavetank.face.report.causes import causal_sentence
from wavetank.face.report.charts import charts_of
from wavetank.face.report.designs import Design, designs_of
from wavetank.face.report.embedding import asset, bundle, data_address, still
from wavetank.face.report.listing import all_metrics
from wavetank.results.result import Result
from wavetank.scenario.vocabulary import NOT_MODELLED, OUTSIDE_THE_MODEL
from wavetank.studies import fates, formatting
from wavetank.studies.comparison import Comparison
from wavetank.units import SECOND, parse_duration

WIDE_PX, NARROW_PX = 1200, 420
"""The wave for a desktop window and for a telephone."""

PHONE_PX = 560
"""In a window up to so wide the narrow wave is shown, drawn at twice its resolution."""


class Told(NamedTuple):
    """The line about one design at the top of the page."""

    design: Design
    sign: str
    fate: str
    sentence: list[tuple[str, str]]
    notes: str
    big: list[figures.Big]
    objectives: list[figures.Row]


def page(shown: Result | Comparison) -> str:
    """The report as HTML."""
    designs = designs_of(shown)
    charts = list(charts_of(designs))
    known = {chart.id for chart in charts}
    environment = Environment(
        loader=PackageLoader("wavetank.face.report", "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["code"] = _code
    environment.filters["unbroken"] = _unbroken
    first = designs[0].result
    return environment.get_template("report.html").render(
        title=first.scenario if isinstance(shown, Result) else " / ".join(d.title for d in designs),
        heading=first.scenario,
        size=_sizes(designs),
        sampled=_sampled(first),
        compared=isinstance(shown, Comparison),
        outcome=shown.sentence if isinstance(shown, Comparison) else "",
        designs=designs,
        told=[_told(design, known) for design in designs],
        headlines=_headlines(designs) if len(designs) > 1 else [],
        waves=[_wave(designs, width) for width in (WIDE_PX, NARROW_PX)] if _has_wave(designs) else [],
        wave_alt=" ".join(_wave_alt(design) for design in designs),
        echoes=echoes.told(designs),
        echo_heads=echoes.HEADS,
        key=marking.key(designs),
        charts=[(chart, still(chart) if chart.spec else "") for chart in charts],
        specs={chart.id: chart.spec for chart in charts if chart.spec},
        diagrams=list(zip(designs, [(_svg(d), d.text) for d in diagrams(designs)], strict=True)),
        topics=all_metrics(designs),
        columns=figures.columns(designs),
        replicated=first.replications > 1,
        not_modelled=NOT_MODELLED,
        outside=OUTSIDE_THE_MODEL,
        commands=list(dict.fromkeys(_command(design.result) for design in designs)),
        about=_about(first),
        style=asset("report.css"),
        script=asset("report.js"),
        vega=bundle(),
        narrow_px=PHONE_PX,
    )


def _told(design: Design, known: set[str]) -> Told:
    result = design.result
    sentence = []
    for part in causal_sentence(result):
        target = anchor(part.metric) if part.metric else ""
        sentence.append((part.text, target if not target or target in known else row_id(part.metric)))
    sentence += [(f" {said}", "") for said in result.said]
    fate = fates.fate(result)
    return Told(
        design,
        figures.SIGNS[result.verdict],
        f"The fleet {fate}.",
        sentence,
        _notes(result),
        figures.big_figures(result),
        figures.objectives(result),
    )


def _notes(result: Result) -> str:
    """How exact a recovery is, where echoes come from, and how much longer it was simulated."""
    return " ".join(fates.explanations(result.judgements[0])) if result.replications == 1 else ""


_HEADLINES = (
    ("recovery_s", "Back after"),
    ("echoes_total", "Echoes"),
    ("echo_height_max", "Highest echo, share of the first peak"),
    ("events_dropped", "Events lost"),
    ("events_queued", "Events queued at the end"),
    ("event_latency_p99_s", "Event latency, p99"),
    ("event_latency_p50_s", "Event latency, median"),
    ("request_rate_per_s", "Requests"),
    ("retries_total", "Retries"),
    ("timeouts_total", "Time-outs"),
    ("login_peak_per_s", "Logins, busiest second"),
    ("server_utilisation", "Server utilisation"),
    ("server_utilisation.wasted", "CPU wasted on abandoned requests"),
)


def _headlines(designs: Sequence[Design]) -> list[tuple[str, str, list[figures.Cell]]]:
    """The rows of the table on top of a comparison: title, id of the chart, a cell per design."""
    return [
        (title, anchor(metric), figures.cells(designs, metric))
        for metric, title in _HEADLINES
        if any(metric in design.result.summary for design in designs)
    ]


def _has_wave(designs: Sequence[Design]) -> bool:
    """Whether any sampled agent is ever not connected; else there is nothing to see."""
    return any(design.result.states.any() for design in designs)


def _wave(designs: Sequence[Design], width: int) -> str:
    from io import BytesIO

    named = [(f"{d.letter}: {d.title}" if d.letter else "", d.result) for d in designs]
    height = 340 if len(named) == 1 else 240
    buffer = BytesIO()
    wave.draw(named, width, height).savefig(buffer, format="png", dpi="figure" if width == WIDE_PX else 200)
    return data_address("image/png", buffer.getvalue())


def _wave_alt(design: Design) -> str:
    """The wave in words: when most agents were not connected, and how many at the end."""
    states = design.result.states
    name = f"{design.letter}: " if design.letter else ""
    if not states.size:
        return f"{name}No states were sampled."
    away = (states != 0).mean(axis=0)
    worst = int(away.argmax())
    if not away[worst]:
        return f"{name}All agents are connected all the time."
    if away[worst] < 0.01:
        return f"{name}Less than 1 % of the agents are waiting, retrying or offline at any time."
    most = "All" if away[worst] == 1 else f"At most {_percent(away[worst])} of the"
    end = "none is" if not away[-1] else f"{_percent(away[-1])} are"
    return (
        f"{name}{most} agents are waiting, retrying or offline at one time, first at "
        f"{formatting.clock(_begin_s(design.result, worst, len(away)))}; {end} at the end."
    )


def _begin_s(result: Result, moment: int, moments: int) -> float:
    """When a moment of the wave begins; where a fault begins in it, that is when."""
    width_s = _length_s(result) / moments
    begin_s = moment * width_s
    faults = (span.begin_s for span in result.faults if begin_s <= span.begin_s < begin_s + width_s)
    return next(faults, begin_s)


def _percent(share: float) -> str:
    """A share in whole percent, which is 0 or 100 only where it is exactly so."""
    if share in (0, 1):
        return f"{100 * share:.0f} %"
    return "less than 1 %" if share < 0.01 else f"{min(99, round(100 * share))} %"


def _length_s(result: Result) -> float:
    from wavetank.face.report import bins

    return bins.end_s(result)


def _svg(diagram: Diagram) -> str:
    return data_address("image/svg+xml", diagram.svg.encode("utf-8")) if diagram.svg else ""


def _command(result: Result) -> str:
    """Return the command that gives the same figures."""
    if result.provenance.command:
        return result.provenance.command
    words_ = ["wavetank", "run", "scenario.toml", "--engine", result.engine, "--seed", str(result.seed)]
    if result.replications > 1:
        words_ += ["--replications", str(result.replications)]
    return " ".join(words_)


def _sampled(result: Result) -> str:
    """Say how many agents the wave samples; "" if it shows all of them."""
    agents, rows = _agents(result), len(result.state_rows)
    return f" ({rows:,} of {agents:,}, one from each of {rows:,} equal parts)" if agents > rows > 0 else ""


def _agents(result: Result) -> int:
    agents: int = tomllib.loads(result.toml).get("fleet", {}).get("agents", 0)
    return agents


def _sizes(designs: Sequence[Design]) -> str:
    """Tell the size of what was simulated, once if it is the same for all designs."""
    sizes = [_size(design.result) for design in designs]
    if len(set(sizes)) == 1:
        return sizes[0]
    return "; ".join(f"{design.letter}: {text}" for design, text in zip(designs, sizes, strict=True))


def _size(result: Result) -> str:
    """Agents, machines and simulated time, whatever the scenario's name says."""
    told = tomllib.loads(result.toml)
    agents, server = _agents(result), told.get("server", {})
    parts = [formatting.many(agents, "agent")] if agents else []
    if told:
        nodes, cores = server.get("nodes", 1), server.get("cores", 1)
        each = " each" if nodes > 1 else ""
        parts.append(f"{formatting.many(nodes, 'node')} of {formatting.many(cores, 'core')}{each}")
    length_s = parse_duration(told["duration"]) / SECOND if "duration" in told else _length_s(result)
    return ", ".join([*parts, f"{formatting.duration(length_s)} simulated"])


def _unbroken(text: str) -> str:
    """The text with no line break between a number and its unit."""
    return re.sub(r"(?<=\d) (?=(?:%|pp|d|h|min|s|ms|us|ns|[kMG]?B)\b|%)", "\u00a0", text)


def _about(result: Result) -> str:
    runs = formatting.many(result.replications, "run")
    where = result.provenance
    return (
        f"wavetank {where.version}, engine {result.engine}, model version {result.model_version}, "
        f"seed {result.seed}, {runs}; Python {where.python} on {where.platform}; "
        f"scenario {result.hash[:12]}."
    )


def _code(text: str) -> list[tuple[str, str]]:
    """The lines of a scenario's text, each with its comment apart."""
    lines = []
    for line in text.rstrip("\n").split("\n"):
        code, gap, comment = line.partition("  # ")
        whole = line.startswith("# ")
        lines.append(("", line) if whole else (code, f"{gap}{comment}"))
    return lines
