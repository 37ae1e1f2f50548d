"""The tier *cost* in words: for the terminal, as JSON, and as a page."""

from typing import Any

from wavetank.studies.formatting import many
from wavetank.validation.tiers.cost import CostTier, Figure

HEADS = ("figure", "predicted", "measured", "least", "greatest", "error", "aimed at", "")


def headline(tier: CostTier) -> str:
    """The answer in one sentence."""
    near = sum(figure.met for figure in tier.figures)
    return (
        f"{near} of {many(len(tier.figures), 'figure')} within the error aimed at; "
        f"void slices: {tier.void}; costs drifted by {100 * tier.drift:+.1f} % meanwhile."
    )


def seal_words(tier: CostTier) -> str:
    """Which predictions these are."""
    return f"Card and predictions were written before the held-out loads ran: SHA-256 {tier.seal.digest}"


def lines_of(tier: CostTier) -> list[tuple[str, ...]]:
    """The figures, under HEADS."""
    return [_line(figure) for figure in tier.figures]


def _line(figure: Figure) -> tuple[str, ...]:
    values = (figure.predicted, figure.measured, figure.low, figure.high)
    cells = (f"{each:,.0f} us" if figure.unit == "us" else f"{each:,.1f}/s" for each in values)
    verdict = "within" if figure.met else "OUTSIDE"
    return (figure.name, *cells, f"{100 * figure.error:+.1f} %", f"{100 * figure.within:g} %", verdict)


def plain(tier: CostTier) -> dict[str, Any]:
    """The same as JSON."""
    rows = [{**each._asdict(), "error": each.error, "met": each.met} for each in tier.figures]
    return {
        "tier": "cost",
        "holds": tier.holds,
        "sha256": tier.seal.digest,
        "folder": str(tier.seal.folder),
        "void": tier.void,
        "drift": tier.drift,
        "figures": rows,
    }


def markdown(tier: CostTier) -> str:
    """The page that is written beside the predictions."""
    lines = ["| " + " | ".join(HEADS) + " |", "|---|---:|---:|---:|---:|---:|---:|---|"]
    lines += ["| " + " | ".join(cells) + " |" for cells in lines_of(tier)]
    table = "\n".join(lines)
    return f"# Validation, tier cost\n\n{headline(tier)}\n\n{seal_words(tier)}\n\n{table}\n"
