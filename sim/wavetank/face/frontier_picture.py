"""The picture of a frontier: shares of fatal runs, the fit and the band."""

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from wavetank.face.chart import plain
from wavetank.face.palette import COLOURS, FAULT, GRID, INK
from wavetank.studies.frontiers import Frontier

LEAST_DOT, DOT_PER_RUN = 12.0, 4.0
"""Area of a dot in square points: it grows with the number of runs."""
SHARES = (0.05, 0.5, 0.95)
"""As the frontier has its band."""


def draw_on(axes: Axes, drawn: Frontier) -> Axes:
    """Draw a frontier."""
    values = [level.value for level in drawn.levels]
    axes.scatter(
        values,
        [level.share for level in drawn.levels],
        [LEAST_DOT + DOT_PER_RUN * level.runs for level in drawn.levels],
        color=COLOURS[0],
        alpha=0.7,
        linewidth=0,
        label="share of the runs (larger: more runs)",
        zorder=3,
    )
    if drawn.is_monotone:
        axes.plot(values, drawn.fitted, color=COLOURS[0], linewidth=1.4, label="by the fit")
    low, high = min(values), max(values)
    for cross, share in zip(drawn.band, SHARES, strict=False):
        if cross.value is None:
            continue
        begin, end = low if cross.low is None else cross.low, high if cross.high is None else cross.high
        axes.hlines(share, begin, end, color=FAULT, linewidth=3, alpha=0.35)
        axes.plot([cross.value], [share], "D", color=FAULT, ms=5, zorder=4)
    if any(cross.value is not None for cross in drawn.band):
        axes.plot([], [], "D-", color=FAULT, ms=5, alpha=0.7, label="P = .05, .50, .95 with 95 % intervals")
    axes.set_ylim(-0.04, 1.04)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    axes.set_ylabel("runs that are not back", color=INK)
    axes.set_xlabel(plain(f"{drawn.key} ({drawn.unit})" if drawn.unit else drawn.key), color=INK)
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, fontsize=8, loc="center left" if drawn.rising else "center right")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return axes
