"""The first sheet: for each decision why, instead of what, its verdict and when it flips.

All of it follows from the rows of the review; nothing is written by hand.
"""

from collections.abc import Iterator
from typing import NamedTuple

from wavetank.studies.reviewing.quantities import value_text
from wavetank.studies.reviewing.record import DecisionRecord, Review, RowRecord
from wavetank.studies.reviewing.rules import AT_MOST
from wavetank.studies.reviewing.telling import number_of, runs_of, sentence_of

MOST_RISKS = 3
"""More than this does not fit on the first sheet."""
TIGHT = 0.2
"""A limit is near where a change of it by a fifth would flip the claim."""


class Line(NamedTuple):
    """A decision in the table of the first sheet: pairs are a text and, below it, a remark."""

    number: int
    anchor: str
    decided: tuple[str, str]
    because: tuple[str, str]
    instead: tuple[str, str]
    verdict: str
    evidence: str
    flips: tuple[str, str]


def line_of(number: int, decision: DecisionRecord) -> Line:
    """Return the line of a decision."""
    title = decision.option(decision.chosen).title if decision.chosen else "Nothing is chosen yet"
    row, other = reason(decision)
    claim = "" if row is None else decision.claim(row.claim).text
    instead = ("", "")
    if other is not None:
        figure = number_of(other)
        instead = (decision.option(other.option).title, f"fails: {figure}" if figure else "fails")
    return Line(
        number,
        f"decision-{number}",
        (title, decision.title),
        ("" if row is None else number_of(row), claim),
        instead,
        verdict_of(decision),
        "" if row is None else runs_of(row),
        ("", "") if row is None else flips(row),
    )


def reason(decision: DecisionRecord) -> tuple[RowRecord | None, RowRecord | None]:
    """Return the row of the chosen option that tells it best from the others, and the row that fails there.

    It is the claim that the chosen option meets and most others fail.
    """
    best: tuple[int, RowRecord | None, RowRecord | None] = (0, None, None)
    for row in decision.of_option(decision.chosen):
        others = [each for each in decision.rows if each.claim == row.claim and each.option != row.option]
        failing = [each for each in others if each.verdict == "fails"]
        if row.verdict == "holds" and len(failing) > best[0]:
            best = (len(failing), row, failing[0])
    if best[1] is None:
        rows = decision.of_option(decision.chosen)
        return next((row for row in rows if row.gating), rows[0] if rows else None), None
    return best[1], best[2]


def verdict_of(decision: DecisionRecord) -> str:
    """Return the word for a decision: that of its claims that decide, the worst first."""
    verdicts = {row.verdict for row in decision.rows if row.gating}
    for word in ("fails", "not runnable", "not finished", "undecided", "holds"):
        if word in verdicts:
            return word
    return decision.status


def flips(row: RowRecord) -> tuple[str, str]:
    """Return the limit at which a claim would flip, and from where to where it may lie."""
    if row.flips_at is None or row.than:
        return "", ""
    word = "below" if row.sense == AT_MOST else "above"
    low, high = row.flips_low, row.flips_high
    span = ""
    if low is not None and high is not None and low != high:
        span = f"{value_text(row.quantity, low)} to {value_text(row.quantity, high)}"
    return f"the limit were {word} {value_text(row.quantity, row.flips_at)}", span


def risks(review: Review) -> list[tuple[str, str]]:
    """Return what may go wrong: claims that fail or are open, then limits that are nearly missed."""
    told: list[tuple[str, str]] = []
    for decision in review.decisions:
        for row in decision.rows:
            if row.gating and row.verdict != "holds":
                told.append((f"{decision.claim(row.claim).text}: {row.verdict}", sentence_of(decision, row)))
    told += [(title, text) for _, title, text in sorted(_near(review))]
    return told[:MOST_RISKS]


def _near(review: Review) -> Iterator[tuple[float, str, str]]:
    """Yield claims that hold with little to spare, with the share of the limit that is left."""
    for decision in review.decisions:
        for row in decision.rows:
            if not (row.gating and row.verdict == "holds" and row.limit and row.flips_at is not None):
                continue
            left = 1 - row.flips_at / row.limit if row.sense == AT_MOST else row.flips_at / row.limit - 1
            if left <= TIGHT and row.flips_at != row.limit:
                limit, at = (value_text(row.quantity, value) for value in (row.limit, row.flips_at))
                title = f"{100 * left:.0f} % below the limit" if row.sense == AT_MOST else "near the limit"
                text = decision.claim(row.claim).text
                yield left, f"{text}: {title}", f"It flips at {at}; the limit is {limit}."


def asked(review: Review) -> list[str]:
    """Return what the committee is asked to do, by the verdicts."""
    groups: dict[str, list[str]] = {}
    for number, decision in enumerate(review.decisions, start=1):
        verdict = verdict_of(decision)
        if decision.status == "proposed":
            word = "decide"
        elif verdict == "holds":
            word = "confirm"
        elif verdict == "fails":
            word = "return, because a stated reason does not hold,"
        elif decision.status == "accepted":
            word = "wait for more evidence on"
        else:
            continue
        groups.setdefault(word, []).append(f"{number} ({decision.id})")
    return [f"{word} {', '.join(names)}" for word, names in groups.items()]
