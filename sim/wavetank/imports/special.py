"""Functions of statistics that numpy lacks."""

from collections.abc import Callable
from math import erf, exp, lgamma, log, sqrt

import numpy as np

from wavetank.imports.records import Floats

_erf = np.frompyfunc(erf, 1, 1)


def normal_cdf(x: Floats) -> Floats:
    """P(Z <= x) of a standard normal Z."""
    return 0.5 * (1.0 + np.asarray(_erf(np.asarray(x) / sqrt(2.0)), dtype=np.float64))


def chi2_sf(x: float, df: int) -> float:
    """P(X > x) of a chi-square variable, by series or continued fraction (Numerical Recipes, 6.2).

    Examples
    --------
    >>> round(chi2_sf(3.841, 1), 3)
    0.05
    """
    a, x = 0.5 * df, 0.5 * x
    if x <= 0:
        return 1.0
    scale = exp(a * log(x) - x - lgamma(a))
    if x < a + 1:
        term = total = 1.0 / a
        n = a
        while abs(term) > 1e-15 * abs(total):
            n += 1
            term *= x / n
            total += term
        return max(0.0, 1.0 - total * scale)
    b, c = x + 1 - a, 1e300
    d = h = 1.0 / b
    for i in range(1, 10_000):
        b += 2
        d = 1.0 / (-i * (i - a) * d + b)
        c = b - i * (i - a) / c
        h *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return min(1.0, scale * h)


def erlang_cdf(x: Floats, k: int) -> Floats:
    """P(X <= x) of the sum of `k` exponential phases of mean 1, from the sum of Poisson terms."""
    x = np.asarray(x, dtype=np.float64)
    finite = np.where(np.isfinite(x), x, 0.0)
    steps = np.arange(1, k, dtype=np.float64)
    logs = np.concatenate(([0.0], np.cumsum(np.log(steps)))) if k > 1 else np.zeros(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = np.log(finite)[:, None] * np.arange(k)
    powers[:, 0] = 0.0
    terms = np.exp(powers - logs - finite[:, None])
    return np.where(np.isfinite(x), 1.0 - terms.sum(axis=1), 1.0)


def minimise(f: Callable[[Floats], float], start: Floats, step: float = 0.2, rounds: int = 400) -> Floats:
    """Find a minimum of `f` near `start` by the simplex method of Nelder and Mead (1965)."""
    points = [np.array(start)] + [start + step * row for row in np.eye(len(start))]
    values = [f(point) for point in points]
    for _ in range(rounds):
        order = sorted(range(len(points)), key=values.__getitem__)
        points, values = [points[i] for i in order], [values[i] for i in order]
        if abs(values[-1] - values[0]) < 1e-9 * (1 + abs(values[0])):
            break
        centre = np.mean(points[:-1], axis=0)
        tried = centre + (centre - points[-1])
        value = f(tried)
        if value < values[0]:
            further = centre + 2 * (centre - points[-1])
            far = f(further)
            tried, value = (further, far) if far < value else (tried, value)
        elif value >= values[-2]:
            tried = centre + 0.5 * (points[-1] - centre)
            value = f(tried)
            if value >= values[-1]:
                points = [points[0]] + [points[0] + 0.5 * (p - points[0]) for p in points[1:]]
                values = [values[0]] + [f(p) for p in points[1:]]
                continue
        points[-1], values[-1] = tried, value
    return points[int(np.argmin(values))]
