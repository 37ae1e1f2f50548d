"""The interval strip of a claim: where the share of good runs lies, beside the share that is asked for."""

from wavetank.studies.reviewing.record import RowRecord

WIDTH, HEIGHT = 120, 16
"""In pixels: four columns of claims stand beside one another on A4."""


def strip(row: RowRecord) -> str:
    """Return an SVG of a claim about a share of the runs; "" for other claims."""
    if row.about != "run" or not row.runs or row.p_low is None or row.p_high is None:
        return ""
    low, high, share = (4 + (WIDTH - 8) * part for part in (row.p_low, row.p_high, row.held / row.runs))
    asked = 4 + (WIDTH - 8) * (row.probability or 0)
    label = f"{row.held} of {row.runs} runs meet the limit; interval {row.p_low:.2f} to {row.p_high:.2f}"
    return (
        f'<svg class="strip {row.verdict.replace(" ", "-")}" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}; {row.probability:g} is asked for">'
        f'<line x1="4" x2="{WIDTH - 4}" y1="8" y2="8" class="all"/>'
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="8" y2="8" class="span"/>'
        f'<line x1="{asked:.1f}" x2="{asked:.1f}" y1="1" y2="15" class="asked"/>'
        f'<circle cx="{share:.1f}" cy="8" r="3.5"/></svg>'
    )
