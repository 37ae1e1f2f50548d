"""Objectives judged against a summary.

An objective is met, missed, or has nothing to measure. A metric that is infinite misses every bound
(docs/model.md#latency-window and #windows).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from wavetank.results.summary import Number
from wavetank.scenario.resolved import Objective

NO_BOUNDS: Mapping[str, float] = {}


class Judged(NamedTuple):
    """An upper bound on a metric and what came out.

    Attributes
    ----------
    metric : str
        The metric.
    bound : float
        The bound, in the metric's unit.
    value : float, int or None
        The measured value; None: it is infinite, or was not over when the run ended.
    met : bool or None
        Whether the bound holds; None where that is not known: nothing to measure, or the run ended too early.
    at_least : float or None
        Where the run ended too early, the least that the value can be.
    """

    metric: str
    bound: float
    value: Number
    met: bool | None
    at_least: float | None = None


def judge_objectives(
    objectives: Sequence[Objective],
    summary: Mapping[str, Number],
    censored: Mapping[str, float] = NO_BOUNDS,
) -> list[Judged]:
    """Return every objective with its value, in the order of the scenario.

    `censored` holds lower bounds of values that were not over when the run ended: the objective is missed
    where that bound exceeds it already, and inconclusive otherwise.
    """
    return [_judged(objective, summary, censored) for objective in objectives]


def _judged(objective: Objective, summary: Mapping[str, Number], censored: Mapping[str, float]) -> Judged:
    metric, bound = objective
    if metric not in summary:
        return Judged(metric, bound, None, None)
    value, at_least = summary[metric], censored.get(metric)
    if value is None and at_least is not None:
        return Judged(metric, bound, None, False if at_least > bound else None, at_least)
    return Judged(metric, bound, value, value is not None and value <= bound)
