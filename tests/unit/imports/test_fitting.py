"""Laws are found again: the right family, and parameters within three standard errors."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.random import Generator

from wavetank.imports.cells import Cells, cells_of, step_of
from wavetank.imports.fitting import LEVEL, fit, fit_cells, goodness
from wavetank.imports.laws import EXPONENTIAL, LAWS, Law, quantiles
from wavetank.imports.records import Floats

MEAN = 0.02
COUNT = 10_000
CASES = 20


def hyperexponential(draw: Generator) -> Floats:
    """Coefficient of variation 2, balanced means."""
    p = 0.5 * (1 + np.sqrt(3 / 5))
    rate = np.where(draw.random(COUNT) < p, p, 1 - p)
    return np.asarray(draw.exponential(1.0, COUNT) * MEAN / 2 / rate)


DRAWN: dict[str, tuple[Callable[[Generator], Floats], tuple[float, ...]]] = {
    "exponential": (lambda draw: draw.exponential(MEAN, COUNT), (MEAN,)),
    "erlang": (lambda draw: draw.gamma(3, MEAN / 3, COUNT), (MEAN, 3)),
    "lognormal": (
        lambda draw: draw.lognormal(np.log(MEAN) - 0.5 * np.log(2), np.sqrt(np.log(2)), COUNT),
        (MEAN, 1.0),
    ),
    "hyperexponential": (hyperexponential, (MEAN, 2.0)),
    "shifted exponential": (lambda draw: 0.01 + draw.exponential(0.01, COUNT), (0.01, 0.01)),
}


@pytest.mark.parametrize("family", DRAWN)
@pytest.mark.parametrize("milliseconds", [False, True])
def test_family_and_parameters_are_found_again(family: str, milliseconds: bool) -> None:
    """In 19 of 20 cases, of exact values as of values that the log has rounded to milliseconds."""
    draw, truth = DRAWN[family]
    right, near = 0, 0
    cases = CASES if not milliseconds else CASES // 4
    for seed in range(cases):
        values = np.sort(draw(np.random.default_rng(seed)))
        fitted = fit(np.round(values, 3) if milliseconds else values)
        if fitted.best is None or fitted.best.law.name != family:
            continue
        right += 1
        errors = np.nan_to_num(fitted.best.errors, nan=0.0)
        # a shift is known to a cell, which is wider than its standard error
        errors += 2e-5 if family == "shifted exponential" else 0.0
        near += bool(np.all(np.abs(fitted.best.parameters - truth) <= 3 * errors + 1e-12))
    assert right >= cases - 1
    assert near >= right - 1


def test_values_of_no_law_are_told_apart_from_all() -> None:
    """Two lumps, far from one another, are no law's."""
    draw = np.random.default_rng(4)
    values = np.sort(np.concatenate((draw.normal(0.01, 0.001, 5000), draw.normal(0.05, 0.002, 5000))))
    fitted = fit(values)
    assert fitted.best is None
    assert fitted.candidates[0].p < 1e-6


def test_a_true_law_is_rejected_about_as_seldom_as_the_level_says() -> None:

    def drawn(seed: int) -> Floats:
        return np.sort(np.random.default_rng(seed).exponential(1.0, 400))

    rejected = sum(
        not goodness(EXPONENTIAL, np.array([1.0]), cells_of(drawn(seed)))[2] >= LEVEL for seed in range(200)
    )
    assert rejected <= 6


def test_few_values_name_no_law() -> None:
    fitted = fit(np.array([0.1, 0.2, 0.4]))
    assert (fitted.candidates, fitted.best) == ((), None)


def test_equal_values_are_constant() -> None:
    assert fit(np.full(100, 0.25)).constant


def test_histogram_is_fitted_by_its_cells() -> None:
    """Classic buckets of Prometheus, ten of them, give the mean back within 3 %."""
    edges = np.array([0, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, np.inf])
    values = np.random.default_rng(2).exponential(0.05, 20_000)
    counts = np.histogram(np.minimum(values, 100.0), np.append(edges[:-1], 1e9))[0]
    fitted = fit_cells(Cells(edges, counts.astype(np.int64)), 0.05)
    assert fitted.best is not None
    assert fitted.best.law.name == "exponential"
    assert fitted.best.parameters[0] == pytest.approx(0.05, rel=0.03)


def test_steps_of_rounded_values() -> None:
    values = np.sort(np.round(np.random.default_rng(1).exponential(0.02, 1000), 3))
    assert step_of(values) == pytest.approx(1e-3)
    assert step_of(np.sort(np.random.default_rng(1).exponential(0.02, 1000))) == 0
    cells = cells_of(values)
    assert cells.total == 1000
    inner = cells.edges[1:-1] * 1000
    assert np.allclose(inner % 1, 0.5)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_quantiles_are_the_inverse(law: Law) -> None:
    parameters = (
        np.array([0.02, 3.0])[: len(law.parameters)] if law.name != "uniform" else np.array([0.01, 0.03])
    )
    shares = np.array([0.01, 0.5, 0.99])
    values = quantiles(law, parameters, shares, 0.1)
    assert law.cdf(values, parameters) == pytest.approx(shares, abs=1e-6)
