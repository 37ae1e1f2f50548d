"""A review in a notebook: each decision's choice, and its claims with what came of them."""

from html import escape

from wavetank.face.notebook.html import BAD, GOOD, LEFT, OPEN, badge, cell, table
from wavetank.studies import formatting
from wavetank.studies.reviewing.record import DecisionRecord, Review, RowRecord

COLOURS = {"holds": GOOD, "fails": BAD}
MOST_ROWS = 60
"""More claims than this are left to the report."""


def review_html(review: Review) -> str:
    """Return a review as a notebook shows it."""
    rows = [_claim(decision.id, row) for decision in review.decisions for row in decision.rows]
    heads = ("decision", "claim", "option", "verdict", "held in runs")
    more = len(rows) - MOST_ROWS
    rest = f"<p>{more} more claims are in <code>to_frame()</code>.</p>" if more > 0 else ""
    return "".join(map(_chosen, review.decisions)) + table(heads, rows[:MOST_ROWS], left=4) + rest


def _claim(decision: str, row: RowRecord) -> list[str]:
    held = f"{row.held} of {row.runs}" if row.runs else formatting.ABSENT
    texts = [cell(text, LEFT) for text in (decision, row.claim, row.option)]
    return [*texts, _verdict(row.verdict), cell(held)]


def _verdict(verdict: str) -> str:
    return f'<td style="{LEFT}">{badge(verdict, COLOURS.get(verdict, OPEN))}</td>'


def _chosen(decision: DecisionRecord) -> str:
    return f"<p><b>{escape(decision.id)}</b>: {escape(decision.chosen or 'nothing is chosen')}</p>"
