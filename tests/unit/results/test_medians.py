from math import comb

import pytest

from wavetank.results.medians import Median, interval_ranks, median_of


@pytest.mark.parametrize(
    ("n", "ranks"),
    [(1, None), (5, None), (6, (1, 6)), (8, (1, 8)), (9, (2, 8)), (10, (2, 9)), (15, (4, 12)), (20, (6, 15))],
)
def test_ranks_are_those_of_the_tables(n: int, ranks: tuple[int, int] | None) -> None:
    # Conover, Practical Nonparametric Statistics: the interval of the sign test
    assert interval_ranks(n) == ranks


def test_ranks_cover_95_per_cent_and_narrower_ones_do_not() -> None:
    for n in range(6, 60):
        low, high = interval_ranks(n) or (0, 0)
        covered = [sum(comb(n, j) for j in range(k, n - k + 1)) / 2**n for k in (low, low + 1)]
        assert low + high == n + 1
        assert covered[0] >= 0.95 > covered[1]


def test_median_of_values() -> None:
    assert median_of([3.0, 1.0, 2.0]) == Median(2.0, None, None, 1.0, 3.0)
    assert median_of([4.0, 1.0, 2.0, 3.0]).value == 2.5
    assert median_of([float(k) for k in range(10)]) == Median(4.5, 1.0, 8.0, 0.0, 9.0)


def test_what_has_no_value_is_greater_than_any() -> None:
    assert median_of([None, 1.0, 2.0]) == Median(2.0, None, None, 1.0, 2.0)
    assert median_of([None, None, 2.0]) == Median(None, None, None, 2.0, 2.0)
    # half of them: the middle lies between a value and none
    assert median_of([None, 2.0]).value is None
    assert median_of([None]) == Median(None, None, None, None, None)


def test_an_interval_may_have_no_end() -> None:
    assert median_of([1.0, 2.0, 3.0, 4.0, 5.0, None]) == Median(3.5, 1.0, None, 1.0, 5.0)
