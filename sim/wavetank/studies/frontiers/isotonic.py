"""Shares that only grow along a scale: fitted, bounded, and tested.

More load never makes a fleet come back more often, so the share of fatal runs only grows along a scale.
Fitting under this order (pooling adjacent violators) needs no model of the curve. Intervals are draws of the
posterior, put in order the same way. A crossing outside the levels that were run is None, never extrapolated.

References
----------
R. E. Barlow et al., Statistical Inference under Order Restrictions (1972), chapter 1 (pooling adjacent
violators). D. B. Dunson and B. Neelon, Bayesian inference on order-constrained parameters in generalized
linear models, Biometrics 59 (2003), 286-295 (projected draws).
"""

from collections.abc import Sequence
from math import log
from typing import NamedTuple

import numpy as np

DRAWS = 2_000
"""Draws of the posterior: the ends of a 95 % interval are known to a fifth of their own error."""
PRIOR = 0.3
"""Both parameters of the beta prior of each share: between no opinion (0) and Jeffreys' (0.5)."""
CONFIDENCE = 0.95
"""As all intervals of wavetank."""


class Crossing(NamedTuple):
    """Where a share reaches a value, with its 95 % interval; None beyond the levels that were looked at."""

    value: float | None
    low: float | None
    high: float | None


def pooled(shares: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Return the growing sequence nearest to some shares: adjacent violators are pooled.

    Examples
    --------
    >>> pooled([0.1, 0.4, 0.2, 0.9], [1, 1, 1, 1])
    [0.1, 0.30000000000000004, 0.30000000000000004, 0.9]
    """
    blocks: list[tuple[float, float, int]] = []
    for share, weight in zip(shares, weights, strict=True):
        block = (share, weight, 1)
        while blocks and blocks[-1][0] > block[0]:
            before = blocks.pop()
            total = before[1] + block[1]
            mean = (before[0] * before[1] + block[0] * block[1]) / total
            block = (mean, total, before[2] + block[2])
        blocks.append(block)
    return [mean for mean, _, count in blocks for _ in range(count)]


def crossing(places: Sequence[float], shares: Sequence[float], wanted: float) -> float | None:
    """Return where growing shares reach a value, on straight lines between the places; None: nowhere."""
    if shares[0] > wanted or shares[-1] < wanted:
        return None
    for index in range(1, len(shares)):
        low, high = shares[index - 1], shares[index]
        if high >= wanted and low <= wanted:
            part = (wanted - low) / (high - low) if high > low else 0.5
            return places[index - 1] + part * (places[index] - places[index - 1])
    return places[0]


def crossings(
    places: Sequence[float], counts: Sequence[tuple[int, int]], wanted: Sequence[float], seed: int
) -> list[Crossing]:
    """Return where shares that grow along the places reach some values.

    Parameters
    ----------
    places
        The places, ascending.
    counts
        (how often it happened, how many runs) at each place.
    wanted
        The shares that are looked for.
    seed
        Of the draws that give the intervals.
    """
    runs = [total for _, total in counts]
    fitted = pooled([count / total for count, total in counts], runs)
    chance = np.random.default_rng(seed)
    parameters = np.array([(count + PRIOR, total - count + PRIOR) for count, total in counts])
    draws = chance.beta(parameters[:, 0], parameters[:, 1], size=(DRAWS, len(counts)))
    projected = [pooled(list(map(float, draw)), runs) for draw in draws]
    tail = (1 - CONFIDENCE) / 2
    listed = []
    for share in wanted:
        at = sorted(_placed(places, drawn, share) for drawn in projected)
        low, high = at[round(tail * (DRAWS - 1))], at[round((1 - tail) * (DRAWS - 1))]
        listed.append(Crossing(crossing(places, fitted, share), _finite(low), _finite(high)))
    return listed


def _placed(places: Sequence[float], shares: Sequence[float], wanted: float) -> float:
    """Where the shares cross; infinite on the side on which they do not."""
    if shares[0] > wanted:
        return -np.inf
    return np.inf if shares[-1] < wanted else crossing(places, shares, wanted) or 0.0


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def monotone_p(counts: Sequence[tuple[int, int]], seed: int) -> float:
    """Return how likely counts as irregular as these are, if the true shares grow.

    The likelihood ratio of free shares to growing ones is compared with that of counts drawn from the
    growing ones.
    """
    runs = np.array([total for _, total in counts])
    fitted = pooled([count / total for count, total in counts], list(map(float, runs)))
    observed = _deviance(counts)
    chance = np.random.default_rng(seed)
    drawn = chance.binomial(runs, np.clip(fitted, 0.0, 1.0), size=(DRAWS, len(counts)))
    beyond = sum(
        _deviance(list(zip(map(int, row), map(int, runs), strict=True))) >= observed for row in drawn
    )
    return (1 + beyond) / (1 + DRAWS)


def _deviance(counts: Sequence[tuple[int, int]]) -> float:
    free = [count / total for count, total in counts]
    growing = pooled(free, [float(total) for _, total in counts])
    return 2 * sum(
        _log_likelihood(count, total, p) - _log_likelihood(count, total, q)
        for (count, total), p, q in zip(counts, free, growing, strict=True)
    )


def _log_likelihood(count: int, total: int, p: float) -> float:
    happened = count * log(p) if count else 0.0
    return happened + ((total - count) * log(1 - p) if count < total else 0.0)
