"""The judge's statements as marks on the axis of time: back, trapped, echoes, and the time beyond."""

from collections.abc import Iterator
from typing import NamedTuple

from wavetank.results.judge.statements import Kind, Statement
from wavetank.results.judge.verdict import Verdict
from wavetank.results.result import Result

WORSE = (Kind.ECHO, Kind.RELAPSE, Kind.LATER_WAVE)
"""Kinds of statements about a fleet that was back and is worse again."""
NAMES = {
    Kind.BACK: "back",
    Kind.ESCAPED: "back",
    Kind.CARRIED: "carried",
    Kind.METASTABLE: "trapped",
    Kind.LOST: "agents lost",
    Kind.OVERLOADED: "overloaded",
    Kind.ECHO: "echo",
    Kind.RELAPSE: "relapse",
    Kind.LATER_WAVE: "later wave",
}
_MADE = (Kind.METASTABLE, Kind.OVERLOADED)
"""Kinds that stand where they were said: what they are about is an earlier end or onset."""


class Worse(NamedTuple):
    """A stretch in which a fleet that was back is worse again.

    Attributes
    ----------
    kind : Kind
        ECHO, RELAPSE or LATER_WAVE.
    begin_s, end_s : float
        Its onset and its end, in s; the end of the run where it is not over.
    over : bool
        Whether it is over.
    after_s : float
        From the end of the fault to its onset, in s.
    height : float or None
        Its peak as a share of the first one; None where it is not over.
    marked_share : float or None
        Share of its logins that renew tokens granted together; None where there are no tokens.
    """

    kind: Kind
    begin_s: float
    end_s: float
    over: bool
    after_s: float
    height: float | None
    marked_share: float | None


class Instant(NamedTuple):
    """An instant with its name: "back", "trapped"."""

    at_s: float
    name: str


class Marks(NamedTuple):
    """The marks of the first run of a result.

    Attributes
    ----------
    worse : tuple of Worse
        Echoes, relapses and later waves, in order.
    instants : tuple of Instant
        When it was back, carried, trapped, overloaded, or lost agents.
    measured_s : float
        The end of the measured window, in s.
    ended_s : float
        The end of the run, in s: later where it was settled.
    """

    worse: tuple[Worse, ...]
    instants: tuple[Instant, ...]
    measured_s: float
    ended_s: float

    @property
    def settled_s(self) -> float:
        """Simulated time beyond the measured window, in s."""
        return self.ended_s - self.measured_s


def marks_of(result: Result) -> Marks:
    """Return the marks of the first run of a result, which its series and states are of."""
    verdict = result.judgements[0]
    return Marks(
        tuple(_worse(verdict, said) for said in verdict.of(*WORSE)),
        tuple(_instants(verdict)),
        verdict.ended_s - verdict.settled_s,
        verdict.ended_s,
    )


def _worse(verdict: Verdict, said: Statement) -> Worse:
    same = (said.episode, said.excursion)
    over = next(
        (stretch for stretch in verdict.of(Kind.OVER) if (stretch.episode, stretch.excursion) == same), None
    )
    return Worse(
        said.kind,
        said.about_ns / 1e9,
        verdict.ended_s if over is None else over.about_ns / 1e9,
        over is not None,
        said.figures["after_s"],
        None if over is None else over.figures["height"],
        said.figures.get("marked_share"),
    )


def _instants(verdict: Verdict) -> Iterator[Instant]:
    """Yield the statements that have a name and an instant, in order."""
    kinds = [kind for kind in NAMES if kind not in WORSE]
    for said in verdict.of(*kinds):
        yield Instant((said.made_ns if said.kind in _MADE else said.about_ns) / 1e9, NAMES[said.kind])
