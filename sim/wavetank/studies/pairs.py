"""Designs of replicated runs beside one another: who is back sooner, and in how many runs it goes wrong.

Runs are paired by seed. A run that is not back counts as later than any that is, so it takes part in the
comparison (docs/model.md#replications).
"""

from collections.abc import Sequence

from wavetank.results.judge.outcomes import IS_WELL, Outcome
from wavetank.results.medians import Median, median_of
from wavetank.results.result import Result
from wavetank.studies.fates import WORDS, letters_of, span
from wavetank.studies.formatting import duration

_BAD = [outcome for outcome in reversed(Outcome) if outcome not in IS_WELL]
"""Outcomes that a design is judged by, the worst first."""


def recovery_pairs(a: Result, b: Result) -> list[float]:
    """Return how much later b is back than a in s, for each run in which both are back."""
    before = [judgement.recovery for judgement in a.judgements]
    after = [judgement.recovery for judgement in b.judgements]
    return [
        other.value_s - first.value_s
        for first, other in zip(before, after, strict=True)
        if first is not None and other is not None and first.value_s is not None and other.value_s is not None
    ]


def sentence(letters: Sequence[str], results: Sequence[Result]) -> str:
    """Return "B is back 8 min 12 s sooner than A [...]; A is trapped in 3 of 8 runs, B in none".

    Empty where no run of any other design has a pair in which both are back.
    """
    steps = [recovery_pairs(results[0], result) for result in results[1:]]
    if not any(steps):
        return ""
    clauses = [
        _step(letter, letters[0], pairs, results[0].replications)
        for letter, pairs in zip(letters[1:], steps, strict=True)
        if pairs
    ]
    return "; ".join([*clauses, *bad_shares(letters, results)])


def _step(letter: str, first: str, pairs: Sequence[float], runs: int) -> str:
    median = median_of(pairs)
    assert median.value is not None
    if median.value == 0:
        how = f"as soon as {first}"
    else:
        how = f"{duration(abs(median.value))} {'later' if median.value > 0 else 'sooner'} than {first}"
    some = "" if len(pairs) == runs else f", of the {len(pairs)} of {runs} runs in which both are back"
    return f"{letter} is back {how}{_interval(median)} (median{some})"


def _interval(median: Median) -> str:
    """The interval of a difference, as times sooner or later; with signs where it has both."""
    low, high = median.low, median.high
    if low is None or high is None or low == high == 0:
        return ""
    if high <= 0:
        return f" [{span(-high, -low)}]"
    if low >= 0:
        return f" [{span(low, high)}]"
    return f" [{duration(-low)} sooner, {duration(high)} later]"


def bad_shares(letters: Sequence[str], results: Sequence[Result]) -> list[str]:
    """Return for each bad outcome of any design who has it how often: "A is trapped in 3 of 8, B in none"."""
    return [
        _bad_share(outcome, letters, results)
        for outcome in _BAD
        if any(outcome in result.shares for result in results)
    ]


def _bad_share(outcome: Outcome, letters: Sequence[str], results: Sequence[Result]) -> str:
    counts = [result.verdicts.count(outcome.value) for result in results]
    having = [(letter, count) for letter, count in zip(letters, counts, strict=True) if count]
    without = [letter for letter, count in zip(letters, counts, strict=True) if not count]
    total = results[0].replications
    (first, count), *others = having
    parts = [f"{first} {WORDS[outcome]} in {_of(count, total)}", *(f"{x} in {n}" for x, n in others)]
    if without:
        parts.append(f"{letters_of(without)} in none")
    return ", ".join(parts)


def _of(count: int, total: int) -> str:
    return f"all {total} runs" if count == total else f"{count} of {total} runs"
