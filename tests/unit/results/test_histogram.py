import numpy as np
import pytest

from wavetank.results.histogram import BINS, MOST_IN_ARRAY, UNIT, Histogram, bin_bounds, bin_of


def test_bins_join_without_gap_or_overlap() -> None:
    end = -1
    for index in range(BINS):
        low, high = bin_bounds(index)
        assert low == end + 1
        assert bin_of(low) == bin_of(high) == index
        end = high
    assert end == 2**63 - 1


def test_counts_are_exact() -> None:
    histogram = Histogram()
    histogram.add(5)
    histogram.add_many(1_000_003, 3)
    histogram.add_many(7, 0)
    assert (histogram.count, histogram.sum_ns, histogram.max_ns) == (4, 3_000_014, 1_000_003)
    assert histogram.mean() == 3_000_014 / 4


def test_quantile_is_by_rank() -> None:
    histogram = Histogram()
    for value in range(100):
        histogram.add(value)
    assert [histogram.quantile(q) for q in (0.0, 0.01, 0.5, 0.99, 0.991, 1.0)] == [0, 0, 49, 98, 99, 99]


def test_infinite_observations_count_in_quantiles() -> None:
    histogram = Histogram()
    histogram.add_many(100, 98)
    assert histogram.quantile(0.98, 2) == 100
    assert histogram.quantile(0.99, 2) is None
    assert Histogram().quantile(0.5, 1) is None


def test_nothing_observed() -> None:
    assert Histogram().quantile(0.5) is None
    assert Histogram().mean() is None


def test_ramp_weighs_bins_by_their_width() -> None:
    histogram = Histogram()
    histogram.ramp(2000, 8191, 6192)
    filled = dict(histogram.filled())
    assert filled[2000] == filled[2047] == UNIT
    assert filled[bin_of(2048)] == filled[bin_of(4094)] == 2 * UNIT
    assert filled[bin_of(4096)] == filled[bin_of(8188)] == 4 * UNIT
    assert sum(filled.values()) == 6192 * UNIT
    assert histogram.sum_ns == 6192 * 10191 // 2


def test_bins_are_at_most_a_thousandth_wide() -> None:
    for index in range(1, BINS):
        low, high = bin_bounds(index)
        assert high - low < 0.001 * low or high == low


def test_quantile_interpolates_inside_a_bin() -> None:
    low, high = bin_bounds(bin_of(10**9))
    histogram = Histogram()
    histogram.add_many(low, 2)
    histogram.add_many(high, 2)
    width = high - low
    # the k-th of four in one bin is in the middle of the k-th quarter
    expected = [low + width * k / 8 for k in (1, 3, 5, 7)]
    assert [histogram.quantile(q) for q in (0.25, 0.5, 0.75, 1.0)] == expected


def test_quantile_sees_what_came_after_the_last_one() -> None:
    histogram = Histogram()
    histogram.add(10)
    assert histogram.quantile(1.0) == 10
    histogram.add(20)
    assert histogram.quantile(1.0) == 20


def test_quantiles_are_each_quantile() -> None:
    histogram = Histogram()
    for value in range(0, 10**9, 10**7 + 3):
        histogram.add(value)
    asked = (0.0, 0.5, 0.99, 1.0)
    assert histogram.quantiles(asked, 1) == [histogram.quantile(q, 1) for q in asked]
    assert histogram.quantiles(asked, 1)[-1] is None


def test_value_beyond_the_last_bin_is_refused() -> None:
    histogram = Histogram()
    with pytest.raises(IndexError):
        histogram.add(2**63)
    with pytest.raises(IndexError):
        histogram.add_many(2**63, 2)
    assert histogram == Histogram()


def test_remainder_of_a_ramp_is_in_its_last_bin() -> None:
    histogram = Histogram()
    histogram.ramp(0, 2, 1)
    third = UNIT // 3
    assert dict(histogram.filled()) == {0: third, 1: third, 2: UNIT - 2 * third}


@pytest.mark.parametrize("value", [-1, -(2**40)])
def test_negative_durations_are_refused(value: int) -> None:
    histogram = Histogram()
    with pytest.raises(ValueError, match="duration"):
        histogram.add(value)
    with pytest.raises(ValueError, match="duration"):
        histogram.add_many(value, 2)
    with pytest.raises(ValueError, match="ramp"):
        histogram.ramp(value, 1000, 2)
    assert histogram == Histogram()


def test_reversed_ramp_is_refused() -> None:
    with pytest.raises(ValueError, match="ramp"):
        Histogram().ramp(2000, 100, 2)


def test_plain_form_must_add_up() -> None:
    plain = {"count": 2, "sum_ns": 10, "max_ns": 5, "bins": [5], "weights": [UNIT]}
    with pytest.raises(ValueError, match="add up"):
        Histogram.from_plain(plain)


def parted(*values_ns: int) -> Histogram:
    """A histogram that was filled elsewhere."""
    weights = np.zeros(bin_of(max(values_ns)) + 1, np.int64)
    for value_ns in values_ns:
        weights[bin_of(value_ns)] += UNIT
    return Histogram.from_parts(weights, len(values_ns), sum(values_ns), max(values_ns))


def added(*values_ns: int) -> Histogram:
    histogram = Histogram()
    for value_ns in values_ns:
        histogram.add(value_ns)
    return histogram


def test_one_filled_elsewhere_is_like_any_other() -> None:
    values = (3, 70_000, 5, 3_000_000_000, 70_000)
    merged, expected = parted(*values), added(*values)
    assert merged == expected
    assert list(merged.filled()) == list(expected.filled())
    asked = (0.0, 0.2, 0.5, 0.99, 1.0)
    assert merged.quantiles(asked, 1) == expected.quantiles(asked, 1)
    assert Histogram.from_plain(merged.to_plain()) == expected


def test_merging_those_filled_elsewhere_changes_neither() -> None:
    left, other, plain = parted(3, 70_000), parted(5), added(9)
    total = Histogram()
    for part in (left, other, plain, left):
        total.merge(part)
    assert total == added(3, 70_000, 5, 9, 3, 70_000)
    assert (left, other) == (parted(3, 70_000), parted(5))


def test_more_observations_than_fit_into_64_bits() -> None:
    half = MOST_IN_ARRAY // 2 + 1
    huge = Histogram.from_parts(np.full(8, UNIT * (half // 8), np.int64), half // 8 * 8, 0, 7)
    total = Histogram()
    for _ in range(5):
        total.merge(huge)
    assert sum(weight for _, weight in total.filled()) == 5 * (half // 8 * 8) * UNIT > 2**63
    assert total.quantile(1.0) == 7
