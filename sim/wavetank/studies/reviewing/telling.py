"""Put a review into sentences: the answer first, then the reasons.

The terminal, the page and the MADR record take their words from here, so they agree. A sentence never
claims more than its row: an open claim is "undecided" or "not finished", never nearly decided. The headline
counts only claims that decide the exit status. Nothing is computed here.
"""

from collections.abc import Iterator

from wavetank.studies import formatting
from wavetank.studies.reviewing.notes import FAILS, HOLDS, failing_rows, open_rows
from wavetank.studies.reviewing.quantities import value_text
from wavetank.studies.reviewing.record import DecisionRecord, Review, RowRecord

SIGNS = {"holds": "✓", "fails": "✗", "undecided": "?", "not finished": "…", "not runnable": "–"}


def headline(review: Review) -> str:
    """Return the first sentence: how many claims hold, and which fail.

    Examples
    --------
    >>> headline(Review(wavetank="0", model_version=2, decisions=()))
    'No claim decides about an accepted decision.'
    """
    gating, failing, open_ = review.gating, failing_rows(review), open_rows(review)
    if not gating:
        return "No claim decides about an accepted decision."
    counted = formatting.many(len(gating), "deciding claim")
    if not failing and not open_:
        return f"All {counted} hold." if len(gating) > 1 else "The deciding claim holds."
    parts = []
    if failing:
        parts.append(f"{len(failing)} of {counted} {'fails' if len(failing) == 1 else 'fail'}")
    if open_:
        subject = f"{len(open_)}" if failing else f"{len(open_)} of {counted}"
        parts.append(f"{subject} {'is' if len(open_) == 1 else 'are'} not decided")
    return ", and ".join(parts) + "."


def number_of(row: RowRecord) -> str:
    """Return the figure of a row: its median, or the mean; "" where there is none."""
    if row.than:
        value = row.mean if row.mean is not None else row.median
        return "" if value is None else f"{value:.3g} times {row.than}"
    if row.mean is not None:
        return value_text(row.quantity, row.mean)
    if row.median is not None:
        return value_text(row.quantity, row.median)
    return formatting.NEVER if row.never and row.runs else ""


def runs_of(row: RowRecord) -> str:
    """Return the counts of a row: "20 of 20 runs", or the interval of a mean."""
    if row.about == "mean" and row.mean_low is not None and row.mean_high is not None:
        low, high = value_text(row.quantity, row.mean_low), value_text(row.quantity, row.mean_high)
        return f"{low} to {high}, {formatting.many(row.runs, 'run')}"
    if row.about == "run" and row.runs:
        return f"{row.held} of {formatting.many(row.runs, 'run')}"
    return ""


def range_of(row: RowRecord) -> str:
    """Return from where to where the runs went."""
    if row.least is None or row.about != "run":
        return ""
    least = value_text(row.quantity, row.least)
    return f"{least} to {'never' if row.greatest is None else value_text(row.quantity, row.greatest)}"


def cell_of(row: RowRecord) -> str:
    """Return a row in a few words: "holds 17 of 17 runs, 1 min 26 s"."""
    parts = [part for part in (runs_of(row) if row.about == "run" else "", number_of(row)) if part]
    if row.verdict == "undecided" and row.needed:
        parts.append(f"{row.needed} more runs")
    return " ".join([row.verdict, ", ".join(parts)]).strip()


def sentence_of(decision: DecisionRecord, row: RowRecord) -> str:
    """Return what a row says as a sentence."""
    text = decision.claim(row.claim).text
    about = ", ".join(part for part in (runs_of(row), number_of(row) if row.about != "mean" else "") if part)
    why = row.why_not or about
    return f"{decision.id}: “{text}” {_predicate(row)} for {row.option}" + (f" ({why})." if why else ".")


def verdict_words(row: RowRecord) -> str:
    """Return the verdict with its sign: "✓ holds"."""
    return f"{SIGNS[row.verdict]} {row.verdict}"


def _predicate(row: RowRecord) -> str:
    return {HOLDS: "holds", FAILS: "fails"}.get(row.verdict, f"is {row.verdict}")


def reasons(review: Review) -> Iterator[str]:
    """Yield a sentence for each gating claim that does not hold, the failing ones first."""
    for row in (*failing_rows(review), *open_rows(review)):
        owner = next(decision for decision in review.decisions if any(row is each for each in decision.rows))
        yield sentence_of(owner, row)
