"""Make the rows of a review from answers: verdict, counts, median and range, and where it would flip.

A row holds plain numbers in SI units, ready for JSON. A run in which the awaited event did not happen
counts as infinite, so it moves the median, and is counted under `never`. JSON has no infinity: such figures
are None. A claim that could not be run has a row too, with the reason.
"""

from math import inf, isfinite

from wavetank.results.medians import median_of
from wavetank.scenario import digest
from wavetank.studies.reviewing.flipping import FlipLimit, flip_limit
from wavetank.studies.reviewing.judging import Judgement
from wavetank.studies.reviewing.planning import FactQuestion
from wavetank.studies.reviewing.record import RowRecord, Verdict
from wavetank.studies.reviewing.rules import AT_MOST
from wavetank.studies.reviewing.running import Answer
from wavetank.studies.sequential import Decision

_VERDICTS: dict[Decision, Verdict] = {
    Decision.HOLDS: "holds",
    Decision.FAILS: "fails",
    Decision.UNDECIDED: "undecided",
}


def row_of(answer: Answer) -> RowRecord:
    """Return the row of a claim that was simulated."""
    place, rule = answer.question.place, answer.question.rule
    judged, task = answer.judgement, answer.question.task
    common = RowRecord(
        claim=place.claim,
        option=place.option,
        value=place.value,
        verdict=verdict_of(answer),
        why_not=answer.why_not,
        gating=answer.question.gating,
        metric=rule.measure.metric,
        quantity="ratio" if rule.than else rule.measure.quantity,
        sense=rule.sense,
        limit=rule.limit,
        than=rule.than,
        about=rule.about,
        probability=rule.probability if rule.about == "run" else None,
        confidence=rule.confidence,
        hash=digest(answer.question.scenario.resolve()),
        engine=task.engine if task is not None else "",
        command=answer.question.command,
    )
    if judged is None or answer.why_not:
        return common
    return common.model_copy(update={**_counts(judged), **_spread(answer)})


def verdict_of(answer: Answer) -> Verdict:
    """Return the word for an answer."""
    if answer.why_not:
        return "not runnable"
    if answer.judgement is not None and answer.judgement.decision is not Decision.UNDECIDED:
        return _VERDICTS[answer.judgement.decision]
    return "undecided" if answer.finished else "not finished"


def _counts(judged: Judgement) -> dict[str, object]:
    evidence = judged.evidence
    counts: dict[str, object] = {"runs": judged.runs}
    if evidence is not None:
        counts |= {
            "held": evidence.held,
            "failed": evidence.failed,
            "p_low": evidence.low,
            "p_high": evidence.high,
            "needed": evidence.needed,
        }
    if judged.mean is not None:
        low, high = judged.low, judged.high
        counts |= {"mean": _finite(judged.mean), "mean_low": _finite(low), "mean_high": _finite(high)}
    return counts


def _spread(answer: Answer) -> dict[str, object]:
    """Median with its interval, range, and the limit of the flip; a run that is not over is infinite."""
    seen = [each for each in answer.samples if each.value is not None or each.least is not None]
    if not seen:
        return {}
    values = [inf if each.value is None else each.value for each in seen]
    finite = [value for value in values if isfinite(value)]
    middle = median_of([value if isfinite(value) else None for value in values])
    rule, judged = answer.question.rule, answer.judgement
    flips = FlipLimit(None, None, None)
    if rule.about == "run":
        flips = flip_limit(rule, values)
    elif judged is not None:
        flips = FlipLimit(judged.mean, judged.low, judged.high)
    return {
        "median": middle.value,
        "least": min(finite, default=None),
        "greatest": max(finite) if finite and len(finite) == len(values) else None,
        "never": len(values) - len(finite),
        "median_low": middle.low,
        "median_high": middle.high,
        "flips_at": _finite(flips.value),
        "flips_low": _finite(flips.low),
        "flips_high": _finite(flips.high),
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def fact_row(asked: FactQuestion) -> RowRecord:
    """Return the row of a claim on a fact."""
    place, fact = asked.place, asked.fact
    common = RowRecord(
        claim=place.claim,
        option=place.option,
        verdict="not runnable",
        why_not=asked.why_not,
        gating=asked.gating,
    )
    if fact is None:
        return common
    holds = fact.value <= asked.limit if asked.sense == AT_MOST else fact.value >= asked.limit
    return common.model_copy(
        update={
            "verdict": "holds" if holds else "fails",
            "quantity": fact.quantity,
            "sense": asked.sense,
            "limit": asked.limit,
            "about": "fact",
            "median": fact.value,
            "flips_at": fact.value,
        }
    )
