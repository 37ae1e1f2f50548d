"""Replications put together, and differences of replicated results.

Intervals are Student's, over runs that differ in their seed alone, and differences are paired by seed.
Maxima have no interval (docs/model.md#maxima).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import fsum
from typing import NamedTuple

from wavetank.errors import WavetankError
from wavetank.results.judge.verdict import Verdict, recovery_bounds
from wavetank.results.medians import Median, median_of
from wavetank.results.metrics import stem_of
from wavetank.results.result import Intervals, Result
from wavetank.results.student import interval_around, mean_interval
from wavetank.results.summary import Distribution, Number, Summary, censored_of, merged, statistics_of


class NotComparable(WavetankError):
    """Results that cannot be put together or compared: of different scenarios, seeds or models."""


class Difference(NamedTuple):
    """b - a of one metric: mean and 95 % interval; of a recovery the median instead of the mean.

    None where a value is infinite on either side, or absent; the bounds are None for a single replication,
    and for recoveries below 6 pairs.
    """

    mean: float | None
    low: float | None
    high: float | None


def replicated(results: Sequence[Result]) -> Result:
    """One result of the replications of one scenario, the first of which has the scenario's own seed.

    `summary` is the mean over the replications (None if any is infinite), of maxima the greatest, of
    recoveries the median, and for percentiles of latencies those of all observations together. `intervals`
    are by the scatter of the replications' own values (of recoveries by order statistics); maxima have none.
    The judgements are kept side by side: `Result.shares` counts them. Raises NotComparable for no results or
    of different scenarios.
    """
    if not results:
        raise NotComparable("no replications")
    first = results[0]
    if len(results) == 1:
        return first
    kinds = {(result.scenario, result.engine, result.model_version) for result in results}
    if len(kinds) > 1:
        raise NotComparable(f"replications of different things: {sorted(kinds)}")
    each = tuple(summary for result in results for summary in result.each)
    judgements = tuple(judgement for result in results for judgement in result.judgements)
    histograms = _merged_histograms(results)
    pooled = _of_all(histograms)
    medians = _recovery_medians(each)
    return replace(
        first,
        judgements=judgements,
        said=_all_said(results),
        summary=_means(each) | pooled | {name: m.value for name, m in medians.items()},
        censored=_bounds(each, judgements, medians) | censored_of(histograms),
        intervals=intervals(each, pooled)
        | {name: _pair(m) for name, m in medians.items() if m.low is not None},
        each=each,
        histograms=histograms,
        wall_s=fsum(result.wall_s for result in results),
    )


def _all_said(results: Sequence[Result]) -> tuple[str, ...]:
    """Return the engine's remarks on the first run, then those that only other runs have."""
    first = results[0].said
    more = [
        f"Of run {number}: {sentence}"
        for number, result in enumerate(results[1:], start=2)
        for sentence in result.said
        if sentence not in first
    ]
    return (*first, *more)


def _recovery_medians(each: Sequence[Summary]) -> dict[str, Median]:
    """The medians of all recoveries over the replications; a fleet that was not back is later than any."""
    named = {name: values for name, values in _values(each).items() if name.startswith("recovery_s")}
    return {name: median_of(values) for name, values in named.items()}


def _pair(median: Median) -> tuple[float, float] | None:
    return None if median.low is None or median.high is None else (median.low, median.high)


def _bounds(
    each: Sequence[Summary], judgements: Sequence[Verdict], medians: Mapping[str, Median]
) -> dict[str, float]:
    """Lower bounds of the medians that have no value: as if every open recovery had ended with its run."""
    bounds = {}
    for name in (name for name, median in medians.items() if median.value is None):
        runs = [pair for pair in zip(each, judgements, strict=True) if name in pair[0]]
        least = median_of([_at_least(summary[name], name, judgement) for summary, judgement in runs]).value
        if least is not None:
            bounds[name] = least
    return bounds


def _at_least(value: Number, name: str, judgement: Verdict) -> float | None:
    return recovery_bounds(judgement).get(name) if value is None else value


def _merged_histograms(results: Sequence[Result]) -> dict[str, Distribution]:
    names = dict.fromkeys(name for run in results for name in run.histograms)
    return {
        name: merged([run.histograms[name] for run in results if name in run.histograms]) for name in names
    }


def _of_all(histograms: dict[str, Distribution]) -> Summary:
    return {name: value for name, value in statistics_of(histograms).items() if "_mean_s" not in name}


def _values(each: Sequence[Summary]) -> dict[str, list[Number]]:
    """The values of each metric, where there is one."""
    names = dict.fromkeys(name for summary in each for name in summary)
    return {name: [summary[name] for summary in each if name in summary] for name in names}


def _finite(values: Sequence[Number]) -> list[float] | None:
    finite = [float(value) for value in values if value is not None]
    return finite if len(finite) == len(values) else None


def _means(each: Sequence[Summary]) -> Summary:
    means: Summary = {}
    for name, values in _values(each).items():
        finite = _finite(values)
        if finite is None:
            means[name] = None
        else:
            means[name] = max(finite) if is_maximum(name) else fsum(finite) / len(finite)
    return means


def is_maximum(metric: str) -> bool:
    """Whether a metric is the greatest of something, which more replications make greater."""
    return "max" in stem_of(metric).split("_")


def intervals(each: Sequence[Summary], pooled: Summary) -> Intervals:
    """95 % intervals of the metrics that two replications or more have; None where one is infinite.

    `pooled`: the metrics whose value is that of all replications together, which is then the centre. Maxima
    have no interval.
    """
    bounds: Intervals = {}
    for name, values in _values(each).items():
        if is_maximum(name) or name.startswith("recovery_s"):
            continue
        finite = _finite(values)
        if finite is None:
            bounds[name] = None
        elif len(finite) > 1:
            centre = pooled.get(name)
            bounds[name] = mean_interval(finite)[1:] if centre is None else interval_around(centre, finite)
    return bounds


def difference(a: Result, b: Result, metric: str) -> Difference:
    """Return the paired difference b - a of a metric: run by run, on the same random numbers.

    Of recoveries it is the median over the pairs in which both are back, with its interval by order
    statistics. Raises NotComparable if the two do not have the same seed, replications and model version.
    """
    if (a.seed, a.replications, a.model_version) != (b.seed, b.replications, b.model_version):
        raise NotComparable(
            f"seed, replications and model version differ: {a.seed}, {a.replications}, {a.model_version} "
            f"against {b.seed}, {b.replications}, {b.model_version}"
        )
    pairs = [(first.get(metric), other.get(metric)) for first, other in zip(a.each, b.each, strict=True)]
    steps = [after - before for before, after in pairs if before is not None and after is not None]
    if metric.startswith("recovery_s"):
        return Difference(*(median_of(steps)[:3] if steps else (None, None, None)))
    if len(steps) < len(pairs):
        return Difference(None, None, None)
    if len(steps) == 1:
        return Difference(float(steps[0]), None, None)
    return Difference(*mean_interval(steps))
