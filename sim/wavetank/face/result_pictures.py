"""Pictures of one result: how long events take, and what the cores are busy with."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from wavetank.face.chart import plain
from wavetank.face.palette import COLOURS, GRID, INK
from wavetank.results.histogram import UNIT, bin_bounds
from wavetank.results.result import Result
from wavetank.studies import formatting

LEAST_SHARE = 1e-4
"""Smaller shares are a handful of events."""
FULL_SCALE_PERCENT = 40
"""From so much on, the axis shows all cores; less would be a thin line at its foot."""
WASTED = "server_utilisation.wasted"


def latency(axes: Axes, result: Result, label: str) -> Axes:
    """Draw the complementary distribution of the event latency. Raises KeyError for an unknown label."""
    name = f"event_latency.{label}" if label else "event_latency"
    if name not in result.histograms:
        known = [text.partition(".")[2] for text in result.histograms if text.startswith("event_latency.")]
        raise KeyError(f"there is no latency of {label or 'events'!r}; known: {', '.join(known) or 'none'}")
    spread = result.histograms[name]
    total = spread.histogram.count + spread.infinite
    left, times, shares = float(total), [0.0], [1.0]
    for index, weight in spread.histogram.filled():
        left -= weight / UNIT
        times.append(bin_bounds(index)[1] / 1e9)
        shares.append(max(0.0, left / total))
    open_share = spread.infinite / total if total else 0.0
    axes.step(times, shares, where="post", color=COLOURS[0], linewidth=1.6)
    axes.set_yscale("log")
    axes.set_ylim(max(LEAST_SHARE, 0.5 / max(1, total)), 1.1)
    axes.set_xlim(0, None)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    (p99_s,) = spread.statistics(["p99"])
    if p99_s is not None:
        axes.plot([p99_s], [0.01], "o", color=COLOURS[1], ms=5)
        text = f"p99: {formatting.duration(p99_s)}"
        axes.annotate(text, (p99_s, 0.01), (6, 6), textcoords="offset points", color=INK, fontsize=9)
    if open_share:
        note = f"{100 * open_share:.2g} % not delivered when the run ended"
        axes.axhline(open_share, color=COLOURS[1], linewidth=1, linestyle="--")
        axes.annotate(
            note, (1, open_share), (-4, 3), xycoords=("axes fraction", "data"), textcoords="offset points",
            ha="right", color=INK, fontsize=9,
        )  # fmt: skip
    axes.set_xlabel("from the event to its acknowledgement (s)", color=INK)
    axes.set_ylabel("events that take longer", color=INK)
    return _tidy(axes)


def utilisation(axes: Axes, results: Sequence[Result]) -> Axes:
    """Draw a stacked bar for each result: the part of the cores that each activity keeps busy."""
    names = [plain(result.scenario) for result in results]
    names = [f"{index + 1}: {name}" for index, name in enumerate(names)] if len(names) > 1 else names
    bottoms = [0.0] * len(results)
    stems = [name for name in results[0].summary if name.startswith("server_utilisation.")] if results else []
    for index, stem in enumerate(sorted(stems, key=lambda name: name == WASTED)):
        heights = [100 * float(result.summary.get(stem) or 0.0) for result in results]
        if not any(heights):
            continue
        axes.bar(
            names,
            heights,
            bottom=bottoms,
            width=0.5,
            label=stem.partition(".")[2],
            color="white" if stem == WASTED else COLOURS[index % len(COLOURS)],
            edgecolor=INK if stem == WASTED else "white",
            hatch="///" if stem == WASTED else None,
        )
        bottoms = [low + high for low, high in zip(bottoms, heights, strict=True)]
    busiest = max(bottoms, default=0.0)
    axes.set_ylim(0, 100 if busiest > FULL_SCALE_PERCENT else 1.2 * busiest or 1)
    axes.set_ylabel("cores busy (%)", color=INK)
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    return _tidy(axes)


def _tidy(axes: Axes) -> Axes:
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return axes
