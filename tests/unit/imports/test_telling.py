import numpy as np
import pytest

from wavetank.imports.cells import Cells
from wavetank.imports.fitting import Fit, Fitted
from wavetank.imports.laws import ERLANG, EXPONENTIAL, SHIFTED, Law
from wavetank.imports.telling import fit_text, fitted_text

NO_CELLS = Cells(np.zeros(1), np.zeros(0, dtype=np.int64))


def fit_of(law: Law, parameters: list[float], errors: list[float], p: float = 0.4) -> Fit:
    return Fit(law, np.array(parameters), np.array(errors), 0.0, 0.0, 0.0, 9, p)


def fitted(values: list[float], *fits: Fit) -> Fitted:
    return Fitted(np.array(values), NO_CELLS, float(np.mean(values)), fits)


def test_a_law_is_named_with_its_parameters_and_half_widths() -> None:
    erlang = fit_of(ERLANG, [0.02, 4.0], [0.001, np.inf])
    assert fit_text(erlang, "durations") == "erlang (mean 20ms ± 2ms, k 4)"
    assert fit_text(fit_of(EXPONENTIAL, [300.0], [10.0]), "sizes") == "exponential (mean 300 B ± 20 B)"


@pytest.mark.parametrize(
    ("found_out", "kind", "text"),
    [
        (fitted([0.5, 0.5]), "durations", "always 500ms."),
        (fitted([300.0, 300.0]), "sizes", "always 300B."),
        (
            fitted([0.25, 0.75], fit_of(EXPONENTIAL, [0.5], [np.inf])),
            "durations",
            "exponential (mean 500ms) fits (p = 0.4).",
        ),
        (
            fitted([0.25, 0.75], fit_of(SHIFTED, [0.25, 0.25], [np.inf, np.inf])),
            "durations",
            "shifted exponential (low 250ms, mean above it 250ms) fits (p = 0.4), a law that scenarios do "
            "not have yet; the values themselves are taken (empirical).",
        ),
        (
            fitted([0.25, 0.75], fit_of(EXPONENTIAL, [0.5], [np.inf], p=1e-6)),
            "durations",
            "500ms on average; no law fits at 1 % (the likeliest is exponential, p <0.0001); the values "
            "themselves are taken (empirical).",
        ),
    ],
)
def test_what_is_said_of_a_quantity(found_out: Fitted, kind: str, text: str) -> None:
    assert fitted_text(found_out, kind) == text


def test_too_few_values_name_no_law() -> None:
    assert fitted_text(fitted([0.25, 0.75]), "durations").startswith("500ms on average; fewer than ")
