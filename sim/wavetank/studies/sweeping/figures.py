"""Metrics of a design over its runs, with their intervals: what tables and pictures of a sweep show.

Of several runs a metric is the mean, a maximum the greatest, a recovery the median. Where a run has no end
yet, a lower bound stands beside it.
"""

from collections.abc import Mapping
from math import fsum, inf, nan

from wavetank.results.medians import median_of
from wavetank.results.metrics import unit_of
from wavetank.results.shares import LEAST_RUNS
from wavetank.results.statistics import is_maximum
from wavetank.results.student import mean_interval
from wavetank.results.summary import Number
from wavetank.studies.sweeping.design import Design, Designs

MET = "met"
"""Instead of a metric: the share of runs that meet all objectives."""
SHOWN = ("recovery_s", "event_latency_p99_s", "command_latency_p99_s", "server_utilisation", "events_dropped")
"""Metrics that are shown of each design, where they say something."""


def shown(studied: Designs) -> list[str]:
    """Return the metrics of objectives, and those of `SHOWN` that are not 0 in all runs."""
    cells = [cell for design in studied.designs for cell in design.cells]
    asked = {objective.metric: None for design in studied.designs for objective in design.objectives}
    names = [name for name in (asked | dict.fromkeys(SHOWN)) if any(name in cell.summary for cell in cells)]
    return [name for name in names if name in asked or any(cell.summary.get(name) != 0 for cell in cells)]


def metric_of(design: Design, name: str) -> tuple[Number, Mapping[str, float]]:
    """Return a metric over the runs of a design, and its lower bound where it was not over.

    The mean, of maxima the greatest, of recoveries the median.
    """
    runs = [cell for cell in design.cells if name in cell.summary]
    values = [cell.summary[name] for cell in runs]
    if not values:
        return None, {}
    least = [
        cell.summary[name] if cell.summary[name] is not None else cell.censored.get(name) for cell in runs
    ]
    if name.startswith("recovery_s"):
        value, bound = median_of(values).value, median_of(least).value
        return value, {name: bound} if value is None and bound is not None else {}
    finite = [float(value) for value in values if value is not None]
    bounds = [float(value) for value in least if value is not None]
    if len(finite) < len(values):
        return None, {name: fsum(bounds) / len(bounds)} if len(bounds) == len(values) else {}
    return (max(finite) if is_maximum(name) else fsum(finite) / len(finite)), {}


def main_metric(studied: Designs) -> str | None:
    """Return what a sweep is about: whether objectives are met, else the first metric that is shown."""
    if all(design.met is not None for design in studied.designs):
        return MET
    return next(iter(shown(studied)), None)


def label_of(metric: str) -> str:
    """Return the words on an axis: the metric with its unit."""
    if metric == MET:
        return "share of runs that meet all objectives"
    unit = unit_of(metric)
    return f"{metric.removesuffix('_s').replace('_', ' ')} ({'share' if unit == '1' else unit})"


def value_of(design: Design, metric: str) -> float:
    """Return the value of a design; infinite where it is not over."""
    if metric == MET:
        share = design.met
        return nan if share is None else share.count / share.total
    if not any(metric in cell.summary for cell in design.cells):
        return nan
    value, _ = metric_of(design, metric)
    return inf if value is None else float(value)


def interval_of(design: Design, metric: str) -> tuple[float, float] | None:
    """Return the 95 % interval of that value; None where there are too few runs, and for maxima."""
    if metric == MET:
        share = design.met
        return None if share is None or share.low is None or share.high is None else (share.low, share.high)
    values = [cell.summary[metric] for cell in design.cells if metric in cell.summary]
    if metric.startswith("recovery_s"):
        median = median_of(values) if values else None
        if median is None or median.low is None:
            return None
        return median.low, inf if median.high is None else median.high
    finite = [float(value) for value in values if value is not None]
    if is_maximum(metric) or len(finite) < len(values) or len(finite) < LEAST_RUNS:
        return None
    return mean_interval(finite)[1:]
