"""Spread points over the uncertain inputs, each with the features that decide whether a design holds.

There are 512 Sobol points, so that shares over them are known to about 0.3 %. The features are closed
forms: the load of each core, and how much of the spare time the logins of all agents take. A design whose
load alone is too much has no features and never holds.
"""

from collections.abc import Sequence
from math import log
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wavetank.policy.codes import AuthScheme
from wavetank.scenario import Scenario
from wavetank.studies.load import loads, login_cost_s
from wavetank.studies.sizing.uncertain.laws import Uncertain
from wavetank.studies.sweeping.sobol import sobol

if TYPE_CHECKING:
    from numpy.typing import NDArray

POINTS = 512
"""A power of two: Sobol points then lie evenly. A share of them is known to about 0.3 %."""
LEAST = 1e-6
"""Stands for a load or a login that costs nothing."""


class Point(NamedTuple):
    """One combination of the uncertain inputs.

    Attributes
    ----------
    settings : tuple of str
        What is changed in the scenario.
    offered : float
        Offered load on an ordinary day, in erlangs.
    logins_s : float
        CPU for a login of every agent, in s.
    """

    settings: tuple[str, ...]
    offered: float
    logins_s: float

    def features(self, cores: int, within_s: float) -> tuple[float, float] | None:
        """Return log(load/cores) and the logarithm of how much of the spare time the logins of all take.

        None where the load alone is too much: such a design never holds.
        """
        spare = cores - self.offered
        if spare <= 0:
            return None
        return log(max(LEAST, self.offered / cores)), log(max(LEAST, self.logins_s / (spare * within_s)))


def points_of(base: Scenario, inputs: Sequence[Uncertain], seed: int) -> tuple[Point, ...]:
    """Return the points. Raises ScenarioError where the scenario refuses a value."""
    cube = sobol(POINTS, len(inputs), seed)
    return tuple(_point(base, inputs, quantiles) for quantiles in cube)


def _point(base: Scenario, inputs: Sequence[Uncertain], quantiles: Sequence[float]) -> Point:
    texts = [
        f"{each.axis.key}={each.text_at(quantile)}" for each, quantile in zip(inputs, quantiles, strict=True)
    ]
    resolved = base.but(*texts).resolve()
    mean, _ = loads(resolved)
    logs_in = resolved.auth.scheme == AuthScheme.SERVER_TOKEN
    return Point(tuple(texts), mean.offered, resolved.agents * login_cost_s(resolved) if logs_in else 0.0)


def features_of(
    points: Sequence[Point], cores: int, within_s: float
) -> tuple["NDArray[Any]", "NDArray[Any]"]:
    """Return the features of all points, a row each, and which of them can hold at all."""
    listed = [point.features(cores, within_s) for point in points]
    rows = np.array([each or (0.0, 0.0) for each in listed])
    return rows, np.array([each is not None for each in listed])
