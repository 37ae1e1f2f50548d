"""The wave: agents as rows sorted by token expiry, time as columns, colour = state.

Every pixel shows the mean colour, in linear light, of the agents and times that it covers, each with its
exact share. So nothing is picked and nothing aliases: where one agent in ten is retrying, the pixel is a
tenth of that colour, on any size of picture.

The colours grow darker from state to state, so that they are told apart in grey and by colour-blind people.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke

from wavetank.face import chart
from wavetank.face.chart import Chart
from wavetank.face.marks import NAMES, Marks, marks_of
from wavetank.face.palette import FAULT, INK
from wavetank.results.result import FaultSpan, Result

STATES = ("connected", "waiting", "retrying", "offline")
COLOURS = ("#EDF2F6", "#F5C24C", "#C8541A", "#23203A")
"""One per state, as `Result.states` numbers them."""

FRAME = "#9AA5AF"

NARROW_PX = 500
"""Up to so wide, a picture is for a phone: its legend needs the margin, too."""
PIXELS_PER_TICK, PIXELS_PER_LETTER = 60, 8
"""So wide a label of the time axis is with the gap to the next, and an average letter of the title."""

Array = np.ndarray[Any, np.dtype[Any]]
_DPI = 100
"""matplotlib thinks in inches; with this, sizes in pixels are round."""

_LEFT, _RIGHT, _BOTTOM, _TOP, _GAP, _HEAD = 76, 24, 52, 58, 74, 26
"""Margins in pixels: around the picture, between two waves, and above each for its title and faults."""


def paint(states: Array, width: int, height: int) -> Array:
    """States (agents x bins, uint8) as a picture: height x width x 3 of uint8, sRGB."""
    picture = np.zeros((height, width, 3))
    for state, colour in enumerate(COLOURS):
        share = _squeezed(_squeezed((states == state).astype(float), width).T, height).T
        picture += share[:, :, None] * _linear(colour)
    encoded = np.where(picture <= 0.0031308, 12.92 * picture, 1.055 * picture ** (1 / 2.4) - 0.055)
    return np.round(255 * np.clip(encoded, 0, 1)).astype(np.uint8)


def _squeezed(values: Array, width: int) -> Array:
    """The columns of a matrix as `width` means, each over its exact share of them."""
    sums = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    edges = np.arange(width + 1) * (values.shape[1] / width)
    whole = np.minimum(edges.astype(int), values.shape[1] - 1)
    upto = sums[:, whole] + (edges - whole) * values[:, whole]
    return np.asarray(np.diff(upto, axis=1) * (width / values.shape[1]))


def _linear(colour: str) -> Array:
    """An sRGB colour as linear light (IEC 61966-2-1)."""
    encoded = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def draw(named: Sequence[tuple[str, Result]], width: int = 1200, height: int = 360) -> Chart:
    """One wave per (title, result), one above the other on the same axis of time.

    `width` of the whole figure and `height` of each wave are in pixels.
    """
    total = _TOP + _BOTTOM + len(named) * (height + _HEAD) + (len(named) - 1) * _GAP
    figure = Chart(figsize=(width / _DPI, total / _DPI), dpi=_DPI)
    end_s = max(chart.length_s(result) for _, result in named)
    for index, (title, result) in enumerate(named):
        bottom = total - _TOP - (index + 1) * (height + _HEAD) - index * _GAP
        box = (_LEFT, bottom, width - _LEFT - _RIGHT, height)
        axes = figure.add_axes((box[0] / width, box[1] / total, box[2] / width, box[3] / total))
        _wave(axes, result, (box[2], box[3]), end_s)
        axes.set_title(
            chart.plain(_fitting(title, box[2])), loc="left", color=INK, fontsize=11, pad=_HEAD - 4
        )
    marks = [marks_of(result) for _, result in named]
    left = 0 if width <= NARROW_PX else _LEFT / width - 0.008
    figure.legend(
        handles=_key(marks), loc="upper left", bbox_to_anchor=(left, 1), frameon=False,
        ncols=4 if width <= NARROW_PX else 8,
        columnspacing=1.2, handlelength=1.6, handletextpad=0.5,
    )  # fmt: skip
    return figure


def draw_on(axes: Axes, result: Result) -> Axes:
    """Draw the wave of one result on some axes, as many pixels wide and high as they are."""
    box = axes.get_window_extent()
    _wave(axes, result, (max(1, round(box.width)), max(1, round(box.height))), chart.length_s(result))
    axes.set_title(chart.plain(result.scenario), loc="left", color=INK, fontsize=11, pad=_HEAD - 4)
    axes.legend(
        handles=_key([marks_of(result)]), loc="upper left", bbox_to_anchor=(0, -0.2), frameon=False, ncols=4,
        fontsize=8,
    )  # fmt: skip
    return axes


def _key(all_marks: Sequence[Marks]) -> list[Artist]:
    """The states, and what is marked in any of the waves."""
    key: list[Artist] = [
        Patch(facecolor=colour, edgecolor=FRAME, label=state)
        for state, colour in zip(STATES, COLOURS, strict=True)
    ]
    kinds = dict.fromkeys(NAMES[worse.kind] for marks in all_marks for worse in marks.worse)
    key += [Patch(facecolor=INK, label=f"{kind} (bar at the foot)") for kind in kinds]
    if any(marks.settled_s > 0 for marks in all_marks):
        key.append(Line2D([], [], color=INK, linestyle="--", label="measuring ends"))
    return key


def _fitting(title: str, width: int) -> str:
    """As much of a title as fits into so many pixels."""
    flat, most = " ".join(title.split()), width // PIXELS_PER_LETTER
    return flat if len(flat) <= most else f"{flat[: most - 1].rstrip()}…"


def _wave(axes: Axes, result: Result, pixels: tuple[int, int], end_s: float) -> None:
    own_s = chart.length_s(result)
    states = result.states
    if states.size:
        # as many columns as the axes have pixels: matplotlib then has nothing to resample
        columns = max(1, round(pixels[0] * own_s / end_s))
        picture = paint(states, columns, pixels[1])
        axes.imshow(picture, extent=(0, own_s, 1, 0), aspect="auto", interpolation="nearest")
        if not states.any():
            axes.text(
                0.5, 0.5, "All agents are connected all the time.", transform=axes.transAxes, ha="center",
                va="center", color=INK,
            )  # fmt: skip
    chart.time_axis(axes, end_s, max(2, min(9, pixels[0] // PIXELS_PER_TICK)))
    axes.set_ylim(1, 0)
    axes.set_yticks([])
    axes.set_ylabel("agents, the token that\nexpires first on top", color=INK)
    for spine in axes.spines.values():
        spine.set_color(FRAME)
    _faults(axes, result.faults)
    _marks(axes, marks_of(result), pixels[1])


def _faults(axes: Axes, spans: Sequence[FaultSpan]) -> None:
    """A line from top to bottom at each begin, named above the picture; a dotted one at each end."""
    named: dict[float, list[str]] = {}
    for span in spans:
        axes.axvline(span.begin_s, color=FAULT, linewidth=1.6)
        if span.end_s > span.begin_s:
            axes.axvline(span.end_s, color=FAULT, linewidth=1.2, linestyle=":")
        named.setdefault(span.begin_s, []).append(span.kind)
    for begin_s, kinds in named.items():
        axes.annotate(
            ", ".join(kinds), (begin_s, 1), xycoords=("data", "axes fraction"), xytext=(0, 3),
            textcoords="offset points", ha="left", va="bottom", color=FAULT, fontsize=9,
        )  # fmt: skip


def _marks(axes: Axes, marks: Marks, height: int) -> None:
    """Dotted lines where the fleet is back or trapped, bars below for echoes, a dashed line beyond which
    nothing is measured.
    """
    halo = [withStroke(linewidth=3, foreground="white")]
    for at_s, name in marks.instants:
        axes.axvline(at_s, color=INK, linewidth=1.6, linestyle=":")
        axes.annotate(
            name, (at_s, 1), xycoords=("data", "axes fraction"), xytext=(4, -4), textcoords="offset points",
            ha="left", va="top", color=INK, fontsize=9, path_effects=halo,
        )  # fmt: skip
    for worse in marks.worse:
        foot = Rectangle(
            (worse.begin_s, -8 / height), worse.end_s - worse.begin_s, 6 / height,
            transform=axes.get_xaxis_transform(), color=INK, linewidth=0, clip_on=False,
        )  # fmt: skip
        axes.add_patch(foot)
    if marks.worse:
        axes.tick_params(axis="x", pad=9, length=0)
    if marks.settled_s > 0:
        axes.axvline(marks.measured_s, color=INK, linewidth=1.2, linestyle="--")


def wave_png(result: Result, title: str = "", width: int = 1200, height: int = 360) -> bytes:
    """The wave of one result as a PNG."""
    buffer = BytesIO()
    draw([(title, result)], width, height).savefig(buffer, format="png")
    return buffer.getvalue()
