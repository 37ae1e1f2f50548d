"""One agent through the fault: which are traced, which is told of, and its sequence diagram."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from wavetank.errors import MissingExtra, WavetankError
from wavetank.face.report import bins
from wavetank.face.report.designs import Design
from wavetank.face.uml.plantuml import render
from wavetank.face.uml.sequence import sequence_drawing
from wavetank.policy.shares import spread
from wavetank.results.result import Result
from wavetank.studies import formatting

TRACED = 8
"""Few enough to look at one by one, enough that one of each fate is likely to be among them."""

BEFORE_S, AFTER_S = 15.0, 165.0
"""A traced agent is shown from shortly before the fault until most back-offs have ended."""


class Diagram(NamedTuple):
    """The SVG of a diagram ("" where there is none) and what is said of it."""

    svg: str
    text: str


def traced_agents(agents: int) -> tuple[int, ...]:
    """Agents to trace for a report: a few, evenly chosen over all classes."""
    return spread(agents, TRACED)


def chosen_agent(result: Result) -> int | None:
    """Of the traced agents the one that repeated most requests, the first of equals; None without a trace."""
    repeated = Counter({row.agent: 0 for row in result.trace_rows})
    seen = {(row.agent, row.stream, row.request, row.attempt) for row in result.trace_rows if row.attempt}
    repeated.update(agent for agent, *_ in seen)
    return min(repeated, key=lambda agent: (-repeated[agent], agent), default=None)


def span_of(result: Result) -> tuple[float, float]:
    """Begin and end of the diagram in s: around the first fault, else the beginning of the run."""
    end_s = bins.end_s(result)
    if not result.faults:
        return 0.0, min(end_s, AFTER_S)
    first = min(result.faults, key=lambda span: span.begin_s)
    return max(0.0, first.begin_s - BEFORE_S), min(end_s, first.end_s + AFTER_S)


def diagrams(designs: Sequence[Design]) -> list[Diagram]:
    """Draw a diagram per design, of the same agent where it was traced in all; never raises for want of one.

    In a comparison each has the title of its design.
    """
    agent = next(
        (chosen for candidate in designs if (chosen := chosen_agent(candidate.result)) is not None), None
    )
    if agent is None:
        return [Diagram("", _UNTRACED) for _ in designs]
    sources: list[str | Diagram] = [_source(design, agent) for design in designs]
    try:
        drawn = iter(render([source for source in sources if isinstance(source, str)]))
    except MissingExtra as error:
        return [Diagram("", f"No sequence diagram: {error}.") for _ in designs]
    except WavetankError as error:
        return [Diagram("", f"No sequence diagram could be drawn: {error}") for _ in designs]
    return [
        source if isinstance(source, Diagram) else Diagram(next(drawn), _told(design.result, agent))
        for source, design in zip(sources, designs, strict=True)
    ]


_UNTRACED = "No agent was traced in this run; a run with --report or --trace keeps every message of a few."


def _source(design: Design, agent: int) -> str | Diagram:
    title = f"{design.letter}: {design.title}" if design.letter else design.title
    try:
        return sequence_drawing(design.result, agent, *span_of(design.result), title=title).source
    except WavetankError as error:
        return Diagram("", f"No sequence diagram: {error}.")


def _told(result: Result, agent: int) -> str:
    begin_s, end_s = span_of(result)
    traced = len({row.agent for row in result.trace_rows})
    span = f"from {formatting.clock(begin_s)} to {formatting.clock(end_s)}"
    which = (
        f"Agent {agent}, of the {traced} that were traced the one that repeated most"
        if traced > 1
        else f"Agent {agent}"
    )
    return f"{which}: what it says and hears {span}, repeats folded."
