"""Remark on what the rows of a decision say together.

A claim that holds for every option separates nothing. An option that meets all its claims has nothing
against it, although another was chosen. A flip whose verdict is the same at every value does not matter.
The remarks follow from verdicts alone, and an undecided row prevents them.
"""

from collections.abc import Iterator

from wavetank.studies.reviewing.record import DecisionRecord, Review, RowRecord

FAILS, HOLDS = "fails", "holds"


def notes_of(decision: DecisionRecord) -> Iterator[str]:
    """Yield the sentences about a decision that follow from its rows."""
    for claim in decision.claims:
        verdicts = {row.verdict for row in decision.rows if row.claim == claim.id}
        if verdicts == {HOLDS} and len(decision.options) > 1:
            yield f"The claim {claim.id} holds for every option, so it separates nothing."
    for option in decision.options:
        rows = decision.of_option(option.id)
        if option.id != decision.chosen and rows and all(row.verdict == HOLDS for row in rows):
            yield f"Nothing here speaks against {option.id}: all its claims hold."
    for flip in decision.flips:
        verdicts = {row.verdict for row in flip.rows}
        if verdicts == {HOLDS} or verdicts == {FAILS}:
            (verdict,) = verdicts
            yield (
                f"The claim {flip.claim} {verdict} for {flip.option} at every value of "
                f"{flip.key} that was tried."
            )


def open_rows(review: Review) -> list[RowRecord]:
    """Return the gating rows that are not decided."""
    return [row for row in review.gating if row.verdict not in (HOLDS, FAILS)]


def failing_rows(review: Review) -> list[RowRecord]:
    """Return the gating rows that fail."""
    return [row for row in review.gating if row.verdict == FAILS]
