"""The laws that are tried: their distribution functions and quantiles."""

from collections.abc import Callable
from math import log1p, sqrt
from typing import NamedTuple

import numpy as np

from wavetank.imports.records import Floats
from wavetank.imports.special import erlang_cdf, normal_cdf


class Law(NamedTuple):
    """A family: the names of its parameters, whether scenarios know it, and P(X <= x)."""

    name: str
    parameters: tuple[str, ...]
    known: bool
    cdf: Callable[[Floats, Floats], Floats]


def _exponential(x: Floats, p: Floats) -> Floats:
    return np.asarray(-np.expm1(-x / p[0]))


def _erlang(x: Floats, p: Floats) -> Floats:
    return erlang_cdf(x * (p[1] / p[0]), int(p[1]))


def _lognormal(x: Floats, p: Floats) -> Floats:
    variance = log1p(float(p[1]) ** 2)
    with np.errstate(divide="ignore"):
        z = (np.log(x / p[0]) + 0.5 * variance) / sqrt(variance)
    return normal_cdf(z)


def _hyperexponential(x: Floats, p: Floats) -> Floats:
    """Two phases with balanced means, as in `policy.laws`."""
    square = float(p[1]) ** 2
    first = 0.5 * (1.0 + sqrt(max(0.0, square - 1.0) / (square + 1.0)))
    density = 1.0
    for share in (first, 1.0 - first):
        density = density - share * np.exp(-2.0 * share * x / p[0])
    return np.asarray(density)


def _uniform(x: Floats, p: Floats) -> Floats:
    return np.asarray(np.clip((x - p[0]) / max(p[1] - p[0], 1e-300), 0.0, 1.0))


def _shifted(x: Floats, p: Floats) -> Floats:
    return np.where(x > p[0], -np.expm1(-np.maximum(x - p[0], 0.0) / p[1]), 0.0)


EXPONENTIAL = Law("exponential", ("mean",), True, _exponential)
ERLANG = Law("erlang", ("mean", "k"), True, _erlang)
LOGNORMAL = Law("lognormal", ("mean", "cv"), True, _lognormal)
HYPEREXPONENTIAL = Law("hyperexponential", ("mean", "cv"), True, _hyperexponential)
UNIFORM = Law("uniform", ("low", "high"), True, _uniform)
SHIFTED = Law("shifted exponential", ("low", "mean above it"), False, _shifted)
LAWS = (EXPONENTIAL, ERLANG, LOGNORMAL, HYPEREXPONENTIAL, UNIFORM, SHIFTED)


def quantiles(law: Law, parameters: Floats, shares: Floats, high: float) -> Floats:
    """Return the quantiles of a law at these shares, by bisection between 0 and a value above `high`."""
    low, top = np.zeros_like(shares), np.full_like(shares, max(high, 1e-12))
    while np.any(law.cdf(top, parameters) < shares) and top.max() < 1e18:
        top *= 2
    for _ in range(60):
        middle = 0.5 * (low + top)
        below = law.cdf(middle, parameters) < shares
        low, top = np.where(below, middle, low), np.where(below, top, middle)
    return 0.5 * (low + top)
