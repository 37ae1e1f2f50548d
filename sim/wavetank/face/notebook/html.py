"""The parts of a notebook's page: tables, badges, folded lines, and small charts of a level over time."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from wavetank.face.palette import COLOURS, DASHES

LEFT, RIGHT = "text-align:left", "text-align:right"
GOOD, BAD, OPEN = "#009E73", "#D55E00", "#E69F00"
WIDTH, HEIGHT = 240, 60
"""Pixels: a chart that stands beside text, and still shows when a storm began and ended."""
POINTS = 120
"""A chart of 240 pixels shows no more, and each takes ten bytes of the page."""


class Line(NamedTuple):
    """A level over time, as a chart shows it: bin by bin."""

    times_s: Sequence[float]
    levels: Sequence[float]


def badge(word: str, colour: str) -> str:
    """Return a word in a frame of its colour."""
    style = f"border:1px solid {colour};border-left:6px solid {colour};padding:1px 8px;font-weight:600"
    return f'<span style="{style}">{escape(word)}</span>'


def cell(text: str, style: str = RIGHT, bold: bool = False) -> str:
    """Return a cell of a table."""
    inner = f"<b>{escape(text)}</b>" if bold else escape(text)
    return f'<td style="{style}">{inner}</td>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """Return a table of cells that are HTML already; the heads of the first columns stand to the left."""
    styles = [LEFT] * left + [RIGHT] * (len(heads) - left)
    head = "".join(
        f'<th style="{style}">{escape(text)}</th>' for style, text in zip(styles, heads, strict=True)
    )
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def folded(summary: str, text: str) -> str:
    """Return a line that opens to more."""
    return f"<details><summary>{escape(summary)}</summary><code>{escape(text)}</code></details>"


def sparkline(lines: Sequence[Line], faults: Sequence[tuple[float, float]], label: str) -> str:
    """Return a chart of a level from 0 on, with the time of faults shaded; "" where there is nothing.

    Of many bins the highest of each group is drawn, so that no peak is lost.
    """
    ends_s = [line.times_s[-1] for line in lines if len(line.times_s) > 1]
    greatest = max((max(line.levels, default=0.0) for line in lines), default=0.0)
    if not ends_s or greatest <= 0:
        return ""
    end_s = max(ends_s)
    shades = "".join(_shade(begin_s / end_s, until_s / end_s) for begin_s, until_s in faults)
    drawn = "".join(
        f'<polyline fill="none" stroke="{COLOURS[index % len(COLOURS)]}" stroke-width="1.5"'
        f' stroke-dasharray="{" ".join(map(str, DASHES[index % len(DASHES)]))}"'
        f' points="{_points(line, end_s, greatest)}"/>'
        for index, line in enumerate(lines)
    )
    return (
        f'<svg role="img" aria-label="{escape(label)}" width="{WIDTH}" height="{HEIGHT}"'
        f' viewBox="0 0 {WIDTH} {HEIGHT}">{shades}{drawn}</svg>'
    )


def _shade(begin: float, end: float) -> str:
    left = WIDTH * min(1.0, begin)
    width = max(1.5, WIDTH * min(1.0, end) - left)
    return f'<rect x="{left:.1f}" width="{width:.1f}" height="{HEIGHT}" fill="#B03030" fill-opacity=".35"/>'


def _points(line: Line, end_s: float, greatest: float) -> str:
    step = -(-len(line.levels) // POINTS)
    tops = [
        (line.times_s[index], max(line.levels[index : index + step]))
        for index in range(0, len(line.levels), step)
    ]
    return " ".join(
        f"{WIDTH * time_s / end_s:.1f},{HEIGHT - 1 - (HEIGHT - 2) * level / greatest:.1f}"
        for time_s, level in tops
    )
