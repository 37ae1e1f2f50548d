"""How near runs came to a bound.

A margin is a ratio to the bound, so that objectives in different units can be compared. The nearest
objective says what to look at when a design fails, or how much it has to spare.
"""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from wavetank.studies.sizing.trials import Trial


class Margin(NamedTuple):
    """The worst value of a metric over some runs.

    Attributes
    ----------
    metric : str
        The metric.
    bound : float
        Its bound, in the metric's unit.
    worst : float
        The greatest value; infinite where a run did not come to an end of it.
    at_least : bool
        Whether it can be more: a run ended before it was over.
    """

    metric: str
    bound: float
    worst: float
    at_least: bool = False

    @property
    def ratio(self) -> float:
        """The worst value over the bound: above 1 it is missed. A bound of 0 is met or infinitely missed."""
        if self.bound:
            return self.worst / self.bound
        return inf if self.worst > 0 else 0.0


def margins_of(runs: Sequence[Trial]) -> tuple[Margin, ...]:
    """Return the margin of every objective, in the order of the scenario; without values it is left out."""
    margins = []
    judged = [trial.judged for trial in runs]
    for index, (metric, bound) in enumerate(runs[0].objectives if runs else ()):
        values, at_least = [], False
        for each in judged:
            if each[index].met is None and each[index].at_least is None:
                continue
            value = each[index].value
            values.append(inf if value is None else float(value))
            if value is None and each[index].at_least is not None:
                values[-1], at_least = each[index].at_least or 0.0, True
        if values:
            margins.append(Margin(metric, bound, max(values), at_least))
    return tuple(margins)
