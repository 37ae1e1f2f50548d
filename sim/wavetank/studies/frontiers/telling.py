"""A frontier in sentences, as rows, as JSON and as a table for notebooks.

Every form says the same: the headline, the band with its probability, and how long a fleet had to come
back.
"""

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from wavetank.studies import formatting
from wavetank.studies.frontiers.fit import Fit
from wavetank.studies.frontiers.isotonic import Crossing
from wavetank.studies.sizing.representing import table_html

if TYPE_CHECKING:
    import pandas

HEADS = ("runs", "not back", "share", "by the fit")


def value_text(value: float, unit: str) -> str:
    """Return a value of the key with its unit."""
    if unit == "s":
        return formatting.duration(value)
    return f"{value:,.4g}" + (f" {unit}" if unit else "")


def sentences(fit: Fit) -> Iterator[str]:
    """Yield where it begins to be fatal, the band, and what the answer rests on."""
    yield headline(fit)
    fatal = sum(level.fatal for level in fit.levels)
    if fit.band and 0 < fatal < fit.runs:
        words = ("hardly ever", "in half of the runs", "nearly always")
        for word, share, cross in zip(words, (5, 50, 95), fit.band, strict=True):
            yield f"Fatal {word} (P = .{share:02d}): {_crossing(fit, cross)}."
    elif not fit.band:
        irregular = f"counts as irregular as these have a probability of {fit.p:.3f}"
        yield f"The share does not grow along {fit.key}: {irregular} if it did. The table has every level."
    yield _horizon(fit)


def headline(fit: Fit) -> str:
    """Return the frontier in one sentence."""
    fatal = sum(level.fatal for level in fit.levels)
    if fatal == 0 or fatal == fit.runs:
        word = "always" if fatal == 0 else "never"
        first, last = fit.levels[0].text, fit.levels[-1].text
        return f"From {first} to {last} the fleet is {word} back, in {fit.runs} runs."
    if not fit.band:
        return f"Not monotone: no value of {fit.key} parts what is fatal from what is not."
    half = fit.band[1]
    side = "above" if fit.rising else "below"
    if half.value is None:
        return f"{fit.key}: half of the runs are fatal at no value in the range."
    return f"{fit.key} is fatal in half of the runs at {_crossing(fit, half)}, more often {side}."


def _crossing(fit: Fit, cross: Crossing) -> str:
    if cross.value is None:
        return "beyond the range that was looked at"
    low = "below the range" if cross.low is None else value_text(cross.low, fit.unit)
    high = "beyond the range" if cross.high is None else value_text(cross.high, fit.unit)
    return f"{value_text(cross.value, fit.unit)} (95 %: {low} to {high})"


def _horizon(fit: Fit) -> str:
    """Say how long a fleet had to come back, and whether more time would move the band."""
    fatal, waiting = sum(level.fatal for level in fit.levels), sum(level.open for level in fit.levels)
    within = "until its run ended" if fit.within_s is None else formatting.duration(fit.within_s)
    told = f"{fit.runs} runs; a fleet had {within} to come back."
    if waiting:
        told += (
            f" Of {fatal} that were not back {waiting} were not trapped: with more time some of them come "
            "back, so this horizon moves the band."
        )
    return told


def rows_of(fit: Fit) -> list[tuple[str, ...]]:
    """Return a row for each level: the value, the counts and the shares."""
    return [
        (level.text, f"{level.runs}", f"{level.fatal}", f"{100 * level.share:.0f} %", f"{100 * grown:.0f} %")
        for level, grown in zip(fit.levels, fit.fitted, strict=True)
    ]


def frame_of(fit: Fit) -> "pandas.DataFrame":
    """Return a row for each level."""
    import pandas

    return pandas.DataFrame.from_records(
        [
            {
                fit.key: level.value,
                f"{fit.key}_text": level.text,
                "runs": level.runs,
                "fatal": level.fatal,
                "open": level.open,
                "share": level.share,
                "fitted": grown if fit.is_monotone else float("nan"),
            }
            for level, grown in zip(fit.levels, fit.fitted, strict=True)
        ]
    )


def json_of(fit: Fit) -> dict[str, Any]:
    """Return a frontier as JSON types."""
    return {
        "scenario": fit.scenario,
        "key": fit.key,
        "unit": fit.unit,
        "settings": list(fit.settings),
        "monotone": fit.is_monotone,
        "p": fit.p,
        "rising": fit.rising,
        "band": {
            f"{share:.2f}": cross._asdict() for share, cross in zip((0.05, 0.5, 0.95), fit.band, strict=False)
        },
        "within_s": fit.within_s,
        "levels": [level._asdict() for level in fit.levels],
        "runs": fit.runs,
        "seed": fit.seed,
        "text": list(sentences(fit)),
    }


def html_of(fit: Fit) -> str:
    """Return what a notebook shows: the band in words, and the levels."""
    first, *others = sentences(fit)
    colours = [f"#D55E00{round(20 + 100 * level.share):02x}" for level in fit.levels]
    table = table_html((fit.key, *HEADS), rows_of(fit), colours)
    notes = "".join(f"<li>{escape(text)}</li>" for text in others)
    return f"<p><b>{escape(first)}</b></p>{table}<ul>{notes}</ul>"


def map_html(rows: Sequence[Fit]) -> str:
    """Return the band of each row of a map."""
    cells = []
    for row in rows:
        band = [_crossing(row, cross) for cross in row.band] or ["not monotone", "", ""]
        cells.append((row.settings[0], *band))
    return table_html(("", "P = .05", "P = .50", "P = .95"), cells)
