import numpy as np
import pytest

from wavetank.imports.cells import Cells
from wavetank.imports.empirical import MOST_ROWS, law_text, sample
from wavetank.imports.fitting import Fit, Fitted
from wavetank.imports.laws import ERLANG, EXPONENTIAL, LOGNORMAL, SHIFTED, UNIFORM, Law

NO_CELLS = Cells(np.zeros(1), np.zeros(0, dtype=np.int64))


def fitted(values: list[float], law: Law | None = None, *parameters: float) -> Fitted:
    """Ascending values and the law that fits them."""
    fits = () if law is None else (Fit(law, np.array(parameters), np.zeros(2), 0.0, 0.0, 0.0, 9, 0.5),)
    return Fitted(np.array(values), NO_CELLS, float(np.mean(values)), fits)


@pytest.mark.parametrize(
    ("law", "parameters", "text"),
    [
        (EXPONENTIAL, (0.012,), '{ law = "exponential", mean = "12ms" }'),
        (ERLANG, (0.012, 4.0), '{ law = "erlang", mean = "12ms", k = 4 }'),
        (UNIFORM, (0.5, 2.5), '{ law = "uniform", low = "500ms", high = "2.5s" }'),
        (LOGNORMAL, (0.012, 0.71234), '{ law = "lognormal", mean = "12ms", cv = 0.7123 }'),
    ],
)
def test_a_law_that_fits_is_written_with_its_parameters(
    law: Law, parameters: tuple[float, ...], text: str
) -> None:
    assert law_text(fitted([1.0, 2.0], law, *parameters), "durations", "log") == (text, None)


def test_a_constant_needs_no_law_and_zeros_need_nothing() -> None:
    assert law_text(fitted([300.0, 300.0], UNIFORM, 1.0, 2.0), "sizes", "log") == ('"300B"', None)
    assert law_text(fitted([0.0, 0.0]), "durations", "log") == (None, None)


@pytest.mark.parametrize("law", [None, SHIFTED])
def test_values_of_no_law_that_scenarios_have_go_into_a_file(law: Law | None) -> None:
    text, data = law_text(fitted([0.1, 0.25], law, 0.1, 0.2), "durations", "log")
    assert text == '{ law = "empirical", file = "log-service.csv", column = "service" }'
    assert data is not None
    assert data.text() == "service\n100ms\n250ms\n"
    _, sizes = law_text(fitted([10.0, 25.0]), "sizes", "log")
    assert sizes is not None
    assert (sizes.suffix, sizes.text()) == ("-size.csv", "size\n10B\n25B\n")


def test_many_values_are_thinned_evenly() -> None:
    few = sample(fitted([1.0, 2.0, 3.0]))
    assert few.tolist() == [1.0, 2.0, 3.0]
    many = sample(fitted(np.arange(3.0 * MOST_ROWS).tolist()))
    assert len(many) == MOST_ROWS
    assert np.array_equal(many, 3 * np.arange(MOST_ROWS) + 1)


@pytest.mark.parametrize(("last", "greatest"), [(4.0, 4.0), (np.inf, 3.0)])
def test_cells_are_spread_evenly_and_an_endless_one_is_as_wide_as_the_one_before(
    last: float, greatest: float
) -> None:
    cells = Cells(np.array([0.0, 1.0, 2.0, last]), np.array([10, 0, 30]))
    drawn = sample(Fitted(np.zeros(0), cells, 2.0, ()))
    assert len(drawn) == 1000
    assert np.sum(drawn < 1) == 250
    assert not np.any((drawn > 1) & (drawn < 2))
    assert drawn[-1] == pytest.approx(greatest, abs=0.005)
    assert np.mean(drawn[250:]) == pytest.approx((2 + greatest) / 2)
