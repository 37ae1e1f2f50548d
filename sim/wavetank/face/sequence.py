"""The messages of one agent as a picture for notebooks and files."""

from dataclasses import dataclass
from pathlib import Path

from wavetank.face.uml.plantuml import render
from wavetank.face.uml.sequence import NothingToDraw, sequence_source
from wavetank.results.result import Result
from wavetank.units import SECOND, parse_duration


@dataclass(frozen=True)
class Picture:
    """A diagram that a notebook shows by itself: its SVG, and the PlantUML source that it was drawn from."""

    svg: str
    source: str

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, to: str | Path) -> None:
        """Write the SVG to a file."""
        Path(to).write_text(self.svg, encoding="utf-8")


def sequence(
    result: Result,
    agent: int | None = None,
    around: str | None = None,
    before: str = "15s",
    after: str = "2min",
) -> Picture:
    """Draw the messages of one agent as a sequence diagram, repeats folded, on one page.

    The agent must have been traced: `run(..., trace_agents=[17])`; None takes the first that was. Shown is
    what happens from `before` to `after` an instant of the run, durations such as "2min"; `around` None is
    the first fault, without any the beginning. Raises UnitError for a text that is no duration, WavetankError
    when there is nothing to draw, MissingExtra without PlantUML.

    Examples
    --------
    >>> import wavetank as wt
    >>> small = wt.load("quickstart", ["fleet.agents=20", "duration=2min"])
    >>> result = wt.run(small, engine="reference", trace_agents=[3])
    >>> wt.sequence(result, agent=3, after="30s").save("agent-3.svg")
    """
    if agent is None:
        traced = sorted({row.agent for row in result.trace_rows})
        if not traced:
            raise NothingToDraw("no agent was traced; trace one: run(..., trace_agents=[17])")
        agent = traced[0]
    if around is None:
        at_s = min((span.begin_s for span in result.faults), default=0.0)
    else:
        at_s = parse_duration(around) / SECOND
    begin_s, end_s = at_s - parse_duration(before) / SECOND, at_s + parse_duration(after) / SECOND
    source = sequence_source(result, agent, max(0.0, begin_s), end_s)
    return Picture(render([source])[0], source)
