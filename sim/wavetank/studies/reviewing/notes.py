"""Remarks on all rows of a decision: claims that hold for every option, options that all claims hold for."""

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
