import numpy as np
import pytest
from scipy import stats

from wavetank.imports.special import chi2_sf, erlang_cdf, minimise, normal_cdf


@pytest.mark.parametrize(("x", "df"), [(3.0, 2), (100.0, 80), (20.0, 80), (500.0, 300), (1e-3, 5), (0.0, 4)])
def test_chi_square(x: float, df: int) -> None:
    assert chi2_sf(x, df) == pytest.approx(stats.chi2.sf(x, df), abs=1e-10)


def test_normal_and_erlang() -> None:
    x = np.array([0.0, 0.5, 2.0, np.inf])
    assert normal_cdf(x) == pytest.approx(stats.norm.cdf(x))
    for k in (1, 2, 50):
        assert erlang_cdf(x * k, k) == pytest.approx(stats.gamma.cdf(x * k, k), abs=1e-9)


def test_simplex_finds_the_bottom_of_a_bent_valley() -> None:
    bottom = minimise(lambda p: float((1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2), np.array([-1.0, 1.0]))
    assert bottom == pytest.approx([1.0, 1.0], abs=1e-2)
