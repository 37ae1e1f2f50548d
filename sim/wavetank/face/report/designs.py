"""The designs that a report shows: one result, or the designs of a comparison beside one another."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from wavetank.face.palette import COLOURS, DASHES
from wavetank.face.report.vega import Style
from wavetank.results.result import FaultSpan, Result
from wavetank.studies.comparison import Comparison


class Design(NamedTuple):
    """A result with its letter ("" for a single one), title, and how its lines are drawn."""

    letter: str
    title: str
    result: Result
    colour: str
    dash: list[int]


def designs_of(shown: Result | Comparison) -> tuple[Design, ...]:
    """The designs of a comparison, or the one result."""
    if isinstance(shown, Result):
        return (Design("", shown.scenario, shown, COLOURS[0], DASHES[0]),)
    return tuple(
        Design(letter, title, result, COLOURS[index % len(COLOURS)], DASHES[index % len(DASHES)])
        for index, (letter, title, result) in enumerate(
            zip(shown.letters, shown.titles, shown.results, strict=True)
        )
    )


def faults_of(designs: Sequence[Design]) -> list[FaultSpan]:
    """The faults of all designs, each once."""
    return list(dict.fromkeys(span for design in designs for span in design.result.faults))


def styles_of(designs: Sequence[Design]) -> list[Style]:
    """How the lines of designs are drawn, by their letters."""
    return [Style(design.letter, design.colour, design.dash) for design in designs]


def each(designs: Sequence[Design], tell: Callable[[Design], str]) -> str:
    """Tell of every design, in sentences: "A: none. B: 3 at the end.", or "None." of a single one."""
    texts = [(design.letter, tell(design)) for design in designs]
    return " ".join(
        f"{letter}: {text}." if letter else f"{text[:1].upper()}{text[1:]}." for letter, text in texts
    )
