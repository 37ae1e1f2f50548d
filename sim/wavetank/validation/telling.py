"""Predictions beside measurements in words: for the terminal, the generated page, and JSON."""

from typing import Any

from wavetank.results.metrics import unit_of
from wavetank.studies.formatting import figure, many
from wavetank.validation.foreign import Foreign, Predicted
from wavetank.validation.measurements import ABOUT, AT_LEAST, AT_MOST

_BOUND = {ABOUT: "", AT_LEAST: "≥ ", AT_MOST: "≤ "}
HEADS = ("figure", "measured", "predicted", "error", "aimed at", "")


def verdict_of(row: Predicted) -> str:
    """One word for a row: what it is, or whether it is near enough."""
    if not row.is_prediction:
        return "calibrates" if row.met else "calibrates, NOT REPRODUCED"
    return "within" if row.met else "OUTSIDE"


def lines_of(foreign: Foreign) -> list[tuple[str, ...]]:
    """The rows of the table, under HEADS."""
    return [
        (
            row.row.name,
            _BOUND[row.row.bound] + figure(row.row.metric, row.row.measured),
            figure(row.row.metric, row.value),
            f"{100 * row.error:+.1f} %" if exact else "",
            f"{100 * row.within:g} %" if exact else "the bound",
            verdict_of(row),
        )
        for row in foreign.rows
        for exact in (row.row.bound == ABOUT,)
    ]


def headline(foreign: Foreign) -> str:
    """The answer in one sentence."""
    predictions = foreign.predictions
    near = sum(row.met for row in predictions)
    fitted = len(foreign.rows) - len(predictions)
    mean = f", mean error {100 * foreign.mean_error:.1f} %" if foreign.has_errors else ""
    return (
        f"{near} of {many(len(predictions), 'predicted figure')} within the error aimed at{mean}; "
        f"{many(fitted, 'figure')} calibrated the costs."
    )


def causes(foreign: Foreign) -> list[str]:
    """Every row that missed, with its cause."""
    return [
        f"{row.row.name} ({100 * row.error:+.0f} %): {row.row.cause or 'no cause is known'}"
        for row in foreign.rows
        if not row.met
    ]


def notes(foreign: Foreign) -> list[str]:
    """The remarks that a reader needs for single figures."""
    return [f"{row.row.name}: {row.row.note}" for row in foreign.rows if row.row.note]


def plain(foreign: Foreign) -> dict[str, Any]:
    """The same as JSON."""
    spec = foreign.table.spec
    return {
        "table": foreign.table.id,
        "name": spec.name,
        "source": spec.source,
        "assumed": list(spec.assumed),
        "holds": foreign.holds,
        "mean_error": foreign.mean_error,
        "rows": [
            {
                "name": row.row.name,
                "metric": row.row.metric,
                "unit": unit_of(row.row.metric),
                "use": row.row.use,
                "measured": row.row.measured,
                "bound": row.row.bound,
                "predicted": row.value,
                "error": row.error,
                "within": row.within,
                "met": row.met,
                "cause": row.row.cause,
            }
            for row in foreign.rows
        ],
    }


def markdown(foreign: Foreign) -> str:
    """One table as a section of docs/validation.md."""
    spec = foreign.table.spec
    parts = [f"## {spec.name}", spec.description.strip(), f"Source: {spec.source}.", headline(foreign)]
    lines = ["| " + " | ".join(HEADS) + " |", "|---|---:|---:|---:|---:|---|"]
    lines += ["| " + " | ".join(cells) + " |" for cells in lines_of(foreign)]
    parts.append("\n".join(lines))
    for title, items in (
        ("Why the others missed:", causes(foreign)),
        ("On single figures:", notes(foreign)),
        ("Assumed, because the source does not say:", list(spec.assumed)),
    ):
        if items:
            parts.append(title + "\n\n" + "\n".join(f"- {item}" for item in items))
    return "\n\n".join(part for part in parts if part) + "\n"
