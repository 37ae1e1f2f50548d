"""Laws of durations (ns) and sizes (bytes): one keyed draw gives one integer sample."""

from math import cos, exp, log, log1p, sqrt
from typing import NamedTuple

from wavetank.policy.choices import names_all
from wavetank.policy.codes import LawKind
from wavetank.policy.keyed import GOLDEN, mix, unit

names_all(
    __name__, LawKind,
    "NONE DETERMINISTIC EXPONENTIAL ERLANG LOGNORMAL HYPEREXPONENTIAL UNIFORM EMPIRICAL",
)  # fmt: skip

NONE = int(LawKind.NONE)
DETERMINISTIC = int(LawKind.DETERMINISTIC)
EXPONENTIAL = int(LawKind.EXPONENTIAL)
ERLANG = int(LawKind.ERLANG)
LOGNORMAL = int(LawKind.LOGNORMAL)
HYPEREXPONENTIAL = int(LawKind.HYPEREXPONENTIAL)
UNIFORM = int(LawKind.UNIFORM)
EMPIRICAL = int(LawKind.EMPIRICAL)

TWO_PI = 6.283185307179586
"""As a literal: kernels and Python then use the same bits."""

LARGEST = 2.0**61
"""The greatest sample, 73 years in ns: sums of two still fit into 64 bits."""


class Law(NamedTuple):
    """A law of a duration in ns or a size in bytes, by its `LawKind`.

    deterministic: `low` is the value. exponential: `mean`. erlang: `mean`, `shape` = number of phases.
    lognormal, hyperexponential (two phases with balanced means): `mean`, `shape` = coefficient of
    variation (the latter: at least 1). uniform: from `low` to `high`. empirical: each of
    `empirical[low:high]` is equally likely. Unused fields are 0.
    """

    kind: int
    mean: float
    shape: float
    low: int
    high: int


NO_LAW = Law(NONE, 0.0, 0.0, 0, 0)

FIXED_LAWS = (LawKind.NONE, LawKind.DETERMINISTIC)
"""Laws that need no draw: every sample is `low`."""

FORMULAS = {
    LawKind.DETERMINISTIC: "mean",
    LawKind.EXPONENTIAL: "-mean * log(1 - U)",
    LawKind.ERLANG: "sum(-mean / k * log(1 - U) for _ in range(k))",
    LawKind.LOGNORMAL: "mean * exp(sqrt(log(1 + cv**2)) * Z - log(1 + cv**2) / 2)",
    LawKind.HYPEREXPONENTIAL: "-mean / (2 * (p if U < p else 1 - p)) * log(1 - U)",
    LawKind.UNIFORM: "low + U * (high - low)",
    LawKind.EMPIRICAL: "values[floor(U * len(values))]",
}
"""The formulas of `sample`, for the pages: each U uniform from 0 to 1, Z normal, p of `_hyperexponential`."""

MOST_PHASES = 1 << 20
"""More phases than an Erlang law has: draws from this number on are no phase's."""


def sample(law: Law, bits: int, empirical: tuple[int, ...]) -> int:
    """The sample that 64 keyed bits give, rounded once; from 0 to 2**61. Law NONE gives 0.
    -1: there is no such law.

    A law that needs several uniforms goes on from `bits` along splitmix64's sequence.
    """
    kind = law.kind
    if kind == DETERMINISTIC:
        return law.low
    if kind == NONE:
        return 0
    if kind == UNIFORM:
        return law.low + int(unit(bits) * (law.high - law.low) + 0.5)
    if kind == EMPIRICAL:
        return empirical[law.low + int(unit(bits) * (law.high - law.low))]
    if kind == EXPONENTIAL:
        value = -law.mean * log(1.0 - unit(bits))
    elif kind == ERLANG:
        value = _erlang(law.mean, int(law.shape), bits)
    elif kind == LOGNORMAL:
        value = _lognormal(law.mean, law.shape, bits)
    elif kind == HYPEREXPONENTIAL:
        value = _hyperexponential(law.mean, law.shape, bits)
    else:
        return -1
    return int(min(value, LARGEST) + 0.5)


def _erlang(mean: float, phases: int, bits: int) -> float:
    """Sum of `phases` exponentials."""
    total = log(1.0 - unit(bits))
    for i in range(1, phases):
        total += log(1.0 - unit(mix(bits + GOLDEN * i)))
    return -mean / phases * total


def _lognormal(mean: float, cv: float, bits: int) -> float:
    """exp of a normal by Box and Muller (1958); variance of the logarithm ln(1 + cv^2)."""
    variance = log1p(cv * cv)
    radius = sqrt(-2.0 * log(1.0 - unit(bits)))
    normal = radius * cos(TWO_PI * unit(mix(bits + GOLDEN)))
    return mean * exp(sqrt(variance) * normal - 0.5 * variance)


def _hyperexponential(mean: float, cv: float, bits: int) -> float:
    """Two exponential phases that carry half of the mean each (Allen 1990, balanced means)."""
    square = cv * cv
    p = 0.5 * (1.0 + sqrt(max(0.0, square - 1.0) / (square + 1.0)))
    chosen = p if unit(bits) < p else 1.0 - p
    return -0.5 * mean / chosen * log(1.0 - unit(mix(bits + GOLDEN)))


def residual(law: Law, bits: int, empirical: tuple[int, ...]) -> int:
    """Draw the rest of a sample at a random instant, by the law's own equilibrium distribution.

    Its density is P(sample > x) / mean (Feller: An introduction to probability theory II, XI.4). Exponential:
    the same law. Erlang: as many phases as are left, each number alike. Hyperexponential with balanced means:
    either phase alike. Lognormal and empirical: a share, uniform, of a sample by its length.
    """
    kind = law.kind
    if kind in (NONE, EXPONENTIAL):
        return sample(law, bits, empirical)
    u = unit(bits)
    if kind == DETERMINISTIC:
        return int(u * law.low)
    if kind == UNIFORM:
        return _residual_uniform(law.low, law.high, u)
    share = unit(mix(bits + GOLDEN * MOST_PHASES))
    if kind == EMPIRICAL:
        total = 0
        for i in range(law.low, law.high):
            total += empirical[i]
        left = int(u * total)
        for i in range(law.low, law.high):
            left -= empirical[i]
            if left < 0:
                return int(share * empirical[i])
        return 0
    if kind == ERLANG:
        phases = 1 + int(share * int(law.shape))
        value = _erlang(law.mean * phases / int(law.shape), phases, bits)
    elif kind == LOGNORMAL:
        # by its length: the logarithm's mean is greater by the variance
        value = share * _lognormal(law.mean * (1.0 + law.shape * law.shape), law.shape, bits)
    elif kind == HYPEREXPONENTIAL:
        square = law.shape * law.shape
        p = 0.5 * (1.0 + sqrt(max(0.0, square - 1.0) / (square + 1.0)))
        chosen = p if u < 0.5 else 1.0 - p
        value = -0.5 * law.mean / chosen * log(1.0 - share)
    else:
        return -1
    return int(min(value, LARGEST) + 0.5)


def _residual_uniform(low: int, high: int, u: float) -> int:
    """The inverse of the equilibrium distribution of a uniform law."""
    at = u * 0.5 * (low + high)
    if at < low:
        return int(at)
    width = float(high - low)
    return int(high - sqrt(max(0.0, width * width - 2.0 * width * (at - low))))


def mean_of(law: Law, empirical: tuple[int, ...]) -> float:
    """The exact mean of the law, in its own unit, before rounding."""
    kind = law.kind
    if kind == NONE:
        return 0.0
    if kind == DETERMINISTIC:
        return float(law.low)
    if kind == UNIFORM:
        return 0.5 * (law.low + law.high)
    if kind == EMPIRICAL:
        total = 0
        for i in range(law.low, law.high):
            total += empirical[i]
        return total / (law.high - law.low)
    return law.mean
