"""A sweep in words: a line for each design, as JSON, as text and as a table for notebooks.

A line gives a design's values, its verdict and its figures. Text, JSON and page say the same. A share comes
with its interval.
"""

from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

from wavetank.results.shares import Share
from wavetank.studies import formatting
from wavetank.studies.sweeping.design import Design, Designs
from wavetank.studies.sweeping.figures import metric_of, shown

MOST_ROWS = 200
"""More designs than this are left to the table on disk."""
GOOD, FAIR = 0.9, 0.5
"""From this share of runs on a cell is green, or orange: the default probability of a claim, and half."""


class Line(NamedTuple):
    """A design's line in the table: the values of its keys, the verdict, how often it meets, its metrics."""

    texts: tuple[str, ...]
    verdict: str
    met: Share | None
    metrics: dict[str, str]


def verdict_of(design: Design) -> str:
    """Return the outcomes of the runs: "back", or "back in 7, metastable in 1"."""
    named = [(outcome.value, share.count) for outcome, share in design.shares.items()]
    failed = sum(cell.verdict is None for cell in design.cells)
    named += [("failed", failed)] if failed else []
    if len(named) == 1:
        return named[0][0]
    return ", ".join(f"{word} in {count}" for word, count in named)


def line_of(studied: Designs, design: Design) -> Line:
    """Return what is shown of a design."""
    metrics = {}
    for name in shown(studied):
        value, bounds = metric_of(design, name)
        has = any(name in cell.summary for cell in design.cells)
        metrics[name] = formatting.found(name, value, bounds) if has else formatting.ABSENT
    return Line(design.texts, verdict_of(design), design.met, metrics)


def share_parts(share: Share | None) -> tuple[str, str]:
    """Return a share and its interval: "7 of 8" and "53-98 %"; "" for what there is not."""
    if share is None:
        return "", ""
    bounds = (share.low, share.high)
    interval = "" if None in bounds else "-".join(f"{100 * (bound or 0):.0f}" for bound in bounds) + " %"
    return f"{share.count} of {share.total}", interval


def share_text(share: Share | None) -> str:
    """Return a share with its interval: "7 of 8 [53-98 %]"."""
    count, interval = share_parts(share)
    return f"{count} [{interval}]" if interval else count or formatting.ABSENT


def json_of(studied: Designs) -> dict[str, Any]:
    """Return a sweep as JSON types, without its single runs (they are in the table)."""
    designs = [
        {
            "values": dict(zip(studied.keys, design.texts, strict=True)),
            "cores": design.cores,
            "verdicts": {outcome.value: list(share) for outcome, share in design.shares.items()},
            "met": None if design.met is None else list(design.met),
            "metrics": {name: metric_of(design, name)[0] for name in shown(studied)},
            "failures": sorted({cell.failure for cell in design.cells if cell.failure}),
            "hash": design.hash,
        }
        for design in studied.designs
    ]
    return {
        "scenario": studied.scenario,
        "keys": list(studied.keys),
        "replications": studied.replications,
        "designs": designs,
    }


def html_of(studied: Designs) -> str:
    """Return the table that a notebook shows: two keys as a heat table of how often a design meets."""
    judged = any(design.met is not None for design in studied.designs)
    if len(studied.keys) == 2 and judged:
        return _heat(studied)
    heads = (
        *studied.keys,
        "verdict",
        *(("meets",) if judged else ()),
        *map(formatting.title_of, shown(studied)),
    )
    rows = []
    for design in studied.designs[:MOST_ROWS]:
        line = line_of(studied, design)
        met = (share_text(line.met),) if judged else ()
        rows.append(
            "".join(
                f"<td>{escape(text)}</td>"
                for text in (*line.texts, line.verdict, *met, *line.metrics.values())
            )
        )
    return _page(heads, rows, len(studied.designs) - MOST_ROWS)


def _page(heads: Sequence[str], rows: Sequence[str], more: int = 0) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    rest = f"<p>{more} more designs are in <code>to_frame()</code>.</p>" if more > 0 else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"


def _heat(studied: Designs) -> str:
    """Rows by the first key, columns by the second; colour and text say how often a design meets."""
    at = {design.texts: design for design in studied.designs}
    rows_of = list(dict.fromkeys(texts[0] for texts in at))
    columns = list(dict.fromkeys(texts[1] for texts in at))
    rows = []
    for first in rows_of:
        cells = [f"<th>{escape(first)}</th>"]
        for second in columns:
            design = at.get((first, second))
            cells.append("<td></td>" if design is None else _coloured(design))
        rows.append("".join(cells))
    return _page([f"{studied.keys[0]} \\ {studied.keys[1]}", *columns], rows)


def _coloured(design: Design) -> str:
    share = design.met
    met = share.count / share.total if share is not None and share.total else 0.0
    colour = "#009E7355" if met >= GOOD else "#E69F0055" if met >= FAIR else "#D55E0055"
    text = f"{share_text(share)}, {verdict_of(design)}"
    return f'<td style="background:{colour}">{escape(text)}</td>'
