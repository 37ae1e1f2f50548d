"""Objectives judged against a summary."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from wavetank.results.summary import Number
from wavetank.scenario.resolved import Objective


class Judged(NamedTuple):
    """An upper bound and what came out: `value` None is infinite.

    `met` is None where the run had nothing to measure (no such event, no such request).
    """

    metric: str
    bound: float
    value: Number
    met: bool | None


def judge_objectives(objectives: Sequence[Objective], summary: Mapping[str, Number]) -> list[Judged]:
    """Every objective with its value, in the order of the scenario."""
    return [_judged(objective, summary) for objective in objectives]


def _judged(objective: Objective, summary: Mapping[str, Number]) -> Judged:
    metric, bound = objective
    if metric not in summary:
        return Judged(metric, bound, None, None)
    value = summary[metric]
    return Judged(metric, bound, value, value is not None and value <= bound)
