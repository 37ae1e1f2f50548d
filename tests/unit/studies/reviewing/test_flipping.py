from math import inf

import pytest

from tests.unit.studies.reviewing.test_judging import rule
from wavetank.studies.reviewing.flipping import flip_limit

VALUES = [float(n) for n in range(1, 31)]


def test_an_upper_limit_flips_at_the_quantile() -> None:
    assert flip_limit(rule(max="1min"), VALUES) == (24.0, 19.0, 29.0)


def test_a_lower_limit_flips_at_the_other_end() -> None:
    assert flip_limit(rule(min="1min"), VALUES) == (6.0, 2.0, 12.0)


def test_few_runs_have_no_bound_above() -> None:
    value, low, high = flip_limit(rule(max="1min"), [1.0, 2.0, 3.0, 4.0, 5.0])
    assert (value, high) == (4.0, None)
    assert low is not None


def test_never_is_the_greatest() -> None:
    assert flip_limit(rule(max="1min"), [*VALUES[:20], *[inf] * 10]).value == inf
    assert flip_limit(rule(max="1min"), []).value is None


@pytest.mark.parametrize("n", [5, 17, 30])
def test_the_bounds_cover_the_quantile_as_often_as_said(n: int) -> None:
    """Ranks l < u cover when between l and u - 1 values lie below: a binomial probability."""
    from math import comb

    ordered = [float(k) for k in range(1, n + 1)]
    _, low, high = flip_limit(rule(max="1min"), ordered)
    first = int(low) if low is not None else 0
    last = int(high) if high is not None else n + 1
    covered = sum(comb(n, k) * 0.8**k * 0.2 ** (n - k) for k in range(first, last))
    assert covered >= 0.95
