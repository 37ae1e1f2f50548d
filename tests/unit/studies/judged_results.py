"""Results of hand-made verdicts, for the tests of what is said and drawn of them."""

from dataclasses import replace

from tests.unit.results.cases import resolved_of, small_tally
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.statements import Kind, Statement
from wavetank.results.judge.verdict import Recovery, Verdict
from wavetank.results.result import FaultSpan, Result, conclude

S = 1_000_000_000
TOKENS = '[auth]\nscheme = "server-token"\nttl = "15s"\n'


def back(value_s: float, outcome: Outcome = Outcome.BACK, settled_s: float = 0.0) -> Verdict:
    """A verdict on a run of a minute with a fault at 20 s that was back `value_s` after it."""
    said = Statement(round(25 + value_s) * S, Kind.BACK, round(20 + value_s) * S, 0)
    return Verdict(
        outcome,
        (said._replace(figures={"after_s": value_s}),),
        (Recovery(value_s, 0.0, False),),
        ended_s=60.0 + settled_s,
        settled_s=settled_s,
        step_s=1.0,
    )


def echoing() -> Verdict:
    """Back after 5 s, an echo from 40 to 44 s at 12.5 % of the first peak, and one that is not over."""
    figures = {"after_s": 20.0, "marked_share": 0.75}
    first = back(5.0, Outcome.BACK_ECHO)
    return first._replace(
        statements=(
            *first.statements,
            Statement(42 * S, Kind.ECHO, 40 * S, 0, 0, figures),
            Statement(46 * S, Kind.OVER, 44 * S, 0, 0, {"height": 0.125}),
            Statement(58 * S, Kind.ECHO, 55 * S, 0, 1, figures | {"after_s": 35.0}),
        )
    )


def trapped() -> Verdict:
    """Trapped after a fault at 20 s, said at 50 s."""
    said = Statement(50 * S, Kind.METASTABLE, 20 * S, 0, figures={"after_s": 30.0, "multiple": 5.0})
    return Verdict(Outcome.METASTABLE, (said,), (Recovery(None, 40.0, False),), ended_s=60.0)


def result_of(*verdicts: Verdict, toml: str = "") -> Result:
    """A result of as many replications as there are verdicts, with a fault at 20 s."""
    resolved = resolved_of()
    first = conclude(resolved, small_tally(resolved), verdicts[0], engine="reference", wall_s=0.5)
    each = tuple(
        {**first.summary, "recovery_s": verdict.recovery.value_s if verdict.recovery else None}
        for verdict in verdicts
    )
    return replace(
        first,
        judgements=verdicts,
        each=each,
        summary={**first.summary, "recovery_s": each[0]["recovery_s"]},
        faults=(FaultSpan("cold-start", 20.0, 20.0),),
        toml=toml,
    )
