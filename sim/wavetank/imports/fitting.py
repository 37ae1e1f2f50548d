"""Fits laws to values by likelihood, ranks them, and tests whether the best one fits at all."""

from typing import NamedTuple

import numpy as np

from wavetank.imports.cells import Cells, cells_of, pooled
from wavetank.imports.laws import (
    ERLANG,
    EXPONENTIAL,
    HYPEREXPONENTIAL,
    LAWS,
    LOGNORMAL,
    SHIFTED,
    UNIFORM,
    Law,
)
from wavetank.imports.records import Floats
from wavetank.imports.special import chi2_sf, minimise

FEWEST = 30
"""With fewer values than this nothing is tested, and no law is claimed."""
LEVEL = 0.01
"""A law whose chi-square test gives a smaller probability than this does not fit."""
MOST_PHASES = 1000
"""A scenario accepts at most so many phases of an Erlang law."""


class Fit(NamedTuple):
    """A law at its best: parameters with standard errors, its likelihood, and its goodness of fit.

    `bic` is the Bayesian information criterion, less is better; `p` the probability of a deviation as large
    as `chi2`, were the law true (NaN: too few values to say).
    """

    law: Law
    parameters: Floats
    errors: Floats
    log_likelihood: float
    bic: float
    chi2: float
    df: int
    p: float

    @property
    def fits(self) -> bool:
        """Whether the test does not reject the law."""
        return self.p >= LEVEL


class Fitted(NamedTuple):
    """The evidence on a quantity: values or cells of a histogram, and every candidate, the best first."""

    values: Floats
    cells: Cells
    mean: float
    candidates: tuple[Fit, ...]

    @property
    def best(self) -> Fit | None:
        """The likeliest law that fits; None where none does, or where there are too few values to tell."""
        return next((fit for fit in self.candidates if fit.fits), None)

    @property
    def constant(self) -> bool:
        """Whether all values are one."""
        return bool(len(self.values)) and bool(self.values[0] == self.values[-1])


def fit(values: Floats) -> Fitted:
    """Fit every candidate to ascending values (s or bytes, from 0)."""
    cells = cells_of(values)
    return Fitted(
        values, cells, float(values.mean()), ranked(cells, float(values.mean()), float(values.std()))
    )


def fit_cells(cells: Cells, mean: float) -> Fitted:
    """Fit every candidate to a histogram; without a mean (0), that of the middles of its cells stands in."""
    middles = _middles(cells)
    centre = float(np.average(middles, weights=cells.counts))
    spread = float(np.sqrt(np.average((middles - centre) ** 2, weights=cells.counts)))
    return Fitted(np.zeros(0), cells, mean or centre, ranked(cells, mean or centre, spread))


def ranked(cells: Cells, mean: float, deviation: float) -> tuple[Fit, ...]:
    """Every candidate at its best, by the Bayesian information criterion."""
    if cells.total < FEWEST or mean <= 0 or deviation <= 0:
        return ()
    fits = [_fit(law, cells, mean, max(deviation / mean, 1e-3)) for law in LAWS]
    return tuple(sorted(fits, key=lambda candidate: candidate.bic))


def log_likelihood(law: Law, parameters: Floats, cells: Cells) -> float:
    """Log-likelihood of the counts of the cells, without its constant."""
    shares = np.diff(law.cdf(cells.edges, parameters))
    return float(np.dot(cells.counts, np.log(np.maximum(shares, 1e-300))))


def _fit(law: Law, cells: Cells, mean: float, cv: float) -> Fit:
    if law is ERLANG:
        parameters = _erlang(cells, mean, cv)
    elif law is UNIFORM:
        parameters = _uniform(cells, mean)
    else:
        parameters = _free(law, cells, mean, cv)
    likelihood = log_likelihood(law, parameters, cells)
    bic = len(parameters) * np.log(cells.total) - 2 * likelihood
    chi2, df, p = goodness(law, parameters, cells)
    return Fit(law, parameters, _errors(law, parameters, cells), likelihood, float(bic), chi2, df, p)


def _free(law: Law, cells: Cells, mean: float, cv: float) -> Floats:
    """All parameters by the simplex method, on a scale on which any number is allowed."""
    low = _lowest(cells)
    start = {
        EXPONENTIAL: [mean],
        LOGNORMAL: [mean, cv],
        HYPEREXPONENTIAL: [mean, max(cv - 1, 0.05)],
        SHIFTED: [max(low, 0.01 * mean), max(mean - low, 0.01 * mean)],
    }[law]
    # the coefficient of variation of a hyperexponential law is at least 1
    least = np.array([0.0, 1.0]) if law is HYPEREXPONENTIAL else np.zeros(len(start))

    def worth(q: Floats) -> float:
        return -log_likelihood(law, np.exp(q) + least, cells)

    return np.asarray(np.exp(minimise(worth, np.log(np.array(start)))) + least)


def _erlang(cells: Cells, mean: float, cv: float) -> Floats:
    """The number of phases is whole: walk to the best one."""

    def worth(k: int) -> float:
        return log_likelihood(ERLANG, np.array([mean, float(k)]), cells)

    k = min(max(2, round(cv**-2)), MOST_PHASES)
    step = max(1, k // 10)
    while step:
        # of a histogram the mean is a guess, so it is fitted again for the phases found so far
        mean = _erlang_mean(cells, mean, k)
        best = worth(k)
        moved = False
        for other in (k - step, k + step):
            if 2 <= other <= MOST_PHASES and (value := worth(other)) > best:
                k, best, moved = other, value, True
        step = step if moved else step // 2
    return np.array([mean, float(k)])


def _erlang_mean(cells: Cells, mean: float, k: int) -> float:
    """The likeliest mean of an Erlang law of `k` phases."""

    def worth(q: Floats) -> float:
        return -log_likelihood(ERLANG, np.array([np.exp(q[0]), float(k)]), cells)

    return float(np.exp(minimise(worth, np.log(np.array([mean]))))[0])


def _uniform(cells: Cells, mean: float) -> Floats:
    """The narrowest bounds are the likeliest; of rounded values, bounds within the outermost cells may be."""
    narrow = np.array([max(_lowest(cells), 1e-9 * mean), _highest(cells)])
    bounds_log = minimise(lambda q: -log_likelihood(UNIFORM, np.exp(q), cells), np.log(narrow), step=0.02)
    return max(narrow, np.exp(bounds_log), key=lambda bounds: log_likelihood(UNIFORM, bounds, cells))


def goodness(law: Law, parameters: Floats, cells: Cells) -> tuple[float, int, float]:
    """Pearson's chi-square over about 2 n**0.4 pooled cells, its degrees of freedom, and its probability.

    Parameters fitted to finer cells lie between k - 1 - parameters and k - 1 degrees of freedom (Chernoff and
    Lehmann 1954); the greater number rejects a true law less often than it says.
    """
    expected = cells.total * np.diff(law.cdf(cells.edges, parameters))
    least = max(5.0, cells.total / (2.0 * cells.total**0.4))
    counts, wanted = pooled(cells, expected, least)
    df = len(counts) - 1
    if df < 2:
        return np.nan, df, np.nan
    # what the cells cannot hold at all, such as values below a shift, is a deviation, too
    chi2 = float(np.sum((counts - wanted) ** 2 / wanted))
    return chi2, df, chi2_sf(chi2, df)


def _errors(law: Law, parameters: Floats, cells: Cells) -> Floats:
    """Standard errors from the curvature of the likelihood; NaN where it has none."""
    if law is UNIFORM:
        return np.full(2, np.nan)
    free = 1 if law is ERLANG else len(parameters)
    steps = 2e-3 * parameters[:free]

    def at(*moves: tuple[int, float]) -> float:
        moved = parameters.copy()
        for index, times in moves:
            moved[index] += times * steps[index]
        return log_likelihood(law, moved, cells)

    curvature = np.array(
        [
            [
                -(at((i, 1), (j, 1)) - at((i, 1), (j, -1)) - at((i, -1), (j, 1)) + at((i, -1), (j, -1)))
                / (4 * steps[i] * steps[j])
                for j in range(free)
            ]
            for i in range(free)
        ]
    )
    errors = np.full(len(parameters), np.nan)
    try:
        with np.errstate(invalid="ignore"):
            errors[:free] = np.sqrt(np.diag(np.linalg.inv(curvature)))
    except np.linalg.LinAlgError:
        pass
    return errors


def _middles(cells: Cells) -> Floats:
    high = np.minimum(cells.edges[1:], _highest(cells))
    return np.asarray(0.5 * (cells.edges[:-1] + high))


def _highest(cells: Cells) -> float:
    """The upper edge of the last cell that has values, or a little above its lower one if it is endless."""
    last = int(np.flatnonzero(cells.counts)[-1])
    upper = float(cells.edges[last + 1])
    return upper if np.isfinite(upper) else 1.1 * float(cells.edges[last])


def _lowest(cells: Cells) -> float:
    """The lower edge of the first cell that has values."""
    return float(cells.edges[np.flatnonzero(cells.counts)[0]])
