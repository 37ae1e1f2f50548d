"""Figures in plain words.

Titles, units and outcomes of metrics are worded here once, for tables, reports and notebooks. Infinite
values are words ("never"), and a number has three significant digits with its unit.
"""

from collections.abc import Mapping, Sequence

from wavetank.results.metrics import unit_of
from wavetank.results.summary import Number

NEVER = "never"
NOT_BACK = "not back"
ABSENT = "-"
_SCALES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def duration(seconds: float) -> str:
    """A duration as people say it: "3 min 12 s", "250 ms", "1 h 5 min"."""
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    if seconds == 0:
        return "0 s"
    if seconds < 60:
        for scale, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
            if seconds >= 0.9995 * scale:
                return f"{sign}{_three(seconds / scale)} {unit}"
        return f"{sign}{seconds / 1e-9:.0f} ns"
    whole = round(seconds)
    if whole < 3600:
        big, small, units = whole // 60, whole % 60, ("min", "s")
    elif whole < 86_400:
        big, small, units = whole // 3600, whole % 3600 // 60, ("h", "min")
    else:
        big, small, units = whole // 86_400, whole % 86_400 // 3600, ("d", "h")
    return f"{sign}{big} {units[0]}" + (f" {small} {units[1]}" if small else "")


def clock(seconds: float) -> str:
    """A duration as minutes and seconds, "3:30", or hours, minutes and seconds, "1:03:30"."""
    sign, whole = ("-" if seconds < 0 else ""), round(abs(seconds))
    if whole < 3600:
        return f"{sign}{whole // 60}:{whole % 60:02d}"
    return f"{sign}{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"


def _three(value: float) -> str:
    """Three significant digits, without an exponent up to a million."""
    if value == 0:
        return "0"
    if 100 <= abs(value) < 1e6:
        return f"{value:.0f}"
    return f"{value:.3g}"


def _count(value: float) -> str:
    if float(value).is_integer() and abs(value) < 1e12:
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 100 else _three(value)


def _size(value: float) -> str:
    for scale, letter in _SCALES:
        if abs(value) >= scale:
            return f"{_three(value / scale)} {letter}B"
    return f"{_three(value)} B"


def many(count: int, noun_of_one: str, more: str = "") -> str:
    """A count with its noun: "no faults", "1 fault", "2,000 agents"."""
    noun = noun_of_one if count == 1 else more or f"{noun_of_one}s"
    return f"{count:,} {noun}" if count else f"no {noun}"


def figure(metric: str, value: Number) -> str:
    """The value of a metric with its unit, "never" for infinite."""
    if value is None:
        return NEVER
    unit = unit_of(metric)
    if unit == "s":
        return duration(value)
    if unit == "1":
        return f"{100 * value:.1f} %"
    if unit == "bytes":
        return _size(value)
    if unit.endswith("/s"):
        return f"{_count(round(value, 1) if abs(value) >= 10 else value)}/s"
    return _count(value)


def title_of(metric: str) -> str:
    """Return a metric's name, with its window in words: "event_latency_p99_s during the fault"."""
    name, _, window = metric.partition("@")
    return f"{name} {window} the fault" if window else name


def found(metric: str, value: Number, censored: Mapping[str, float]) -> str:
    """Return the value of a metric with its unit: "> 9 min 12 s" where the run ended before it was over."""
    if value is None and metric in censored:
        return f"> {figure(metric, censored[metric])}"
    return _ended(metric, value)


def _ended(metric: str, value: Number) -> str:
    """A value that is over: of a recovery that did not come while its fault lasted, "not back"."""
    return NOT_BACK if value is None and metric.startswith("recovery_s") else figure(metric, value)


def recovery(censored: Mapping[str, float]) -> str:
    """Return what a recovery that did not come is shown as."""
    return f"> {duration(censored['recovery_s'])}" if "recovery_s" in censored else NOT_BACK


def outcome_of(metric: str, value: Number, met: bool | None, at_least: float | None) -> str:
    """Return what came out for an objective: its value, a lower bound, or that there was nothing."""
    if at_least is not None:
        return f"> {figure(metric, at_least)}"
    return ABSENT if met is None else _ended(metric, value)


def interval(metric: str, pair: Sequence[float] | None) -> str:
    """An interval of a metric: "[2:58, 3:30]", "" where there is none."""
    if pair is None:
        return ""
    low, high = pair
    if unit_of(metric) == "s":
        if max(abs(low), abs(high)) >= 60:
            return f"[{clock(low)}, {clock(high)}]"
        return f"[{duration(low)}, {duration(high)}]"
    return f"[{figure(metric, low)}, {figure(metric, high)}]"


def step(metric: str, value: Number) -> str:
    """The difference of two values of a metric, with its sign: "+1.2 s", "-36.8 pp" for percentages."""
    if value is None:
        return NEVER
    sign = "+" if value > 0 else ""
    if unit_of(metric) == "1":
        return f"{sign}{100 * value:.1f} pp"
    return sign + figure(metric, value)


def step_interval(metric: str, pair: Sequence[float] | None) -> str:
    """An interval of such a difference: "[-38.0 pp, -35.6 pp]"."""
    if pair is None or unit_of(metric) != "1":
        return interval(metric, pair)
    low, high = (f"{100 * bound:.1f} pp" for bound in pair)
    return f"[{low}, {high}]"
