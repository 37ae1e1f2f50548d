import pytest

from wavetank.results.histogram import UNIT, bin_bounds
from wavetank.results.older import coarse_histogram

ONE = 1 << 20
"""Weight of one observation in format 3."""


def test_coarse_bin_is_spread_over_the_bins_in_it() -> None:
    # bin 128 of format 3 holds 128 and 129 ns; bin 1344 holds 2**26 ns up to 2**26 + 2**20 - 1
    bins, weights = [5, 128, 1344], [ONE, 2 * ONE, 3 * ONE]
    plain = {"count": 6, "sum_ns": 300_000_000, "max_ns": 68_000_000, "bins": bins, "weights": weights}
    histogram = coarse_histogram(plain)
    filled = dict(histogram.filled())
    assert filled[5] == UNIT
    assert filled[128] == filled[129] == UNIT
    fine = {index: weight for index, weight in filled.items() if index > 129}
    assert len(fine) == 16
    assert set(fine.values()) == {3 * UNIT // 16}
    assert bin_bounds(min(fine))[0] == 1 << 26
    assert bin_bounds(max(fine))[1] == (1 << 26) + (1 << 20) - 1
    assert (histogram.count, histogram.sum_ns, histogram.max_ns) == (6, 300_000_000, 68_000_000)


def test_coarse_histogram_must_add_up() -> None:
    with pytest.raises(ValueError, match="add up"):
        coarse_histogram({"count": 2, "sum_ns": 10, "max_ns": 5, "bins": [5], "weights": [ONE]})
