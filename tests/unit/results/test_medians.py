from wavetank.results.intervals import order_statistic_interval
from wavetank.results.medians import Median, median_of


def test_median_of_values() -> None:
    assert median_of([3.0, 1.0, 2.0]) == Median(2.0, None, None, 1.0, 3.0)
    assert median_of([4.0, 1.0, 2.0, 3.0]).value == 2.5
    of_ten = median_of([float(k) for k in range(10)])
    assert (of_ten.value, of_ten.least, of_ten.most) == (4.5, 0.0, 9.0)
    assert (of_ten.low, of_ten.high) == order_statistic_interval(range(10))


def test_what_has_no_value_is_greater_than_any() -> None:
    assert median_of([None, 1.0, 2.0]) == Median(2.0, None, None, 1.0, 2.0)
    assert median_of([None, None, 2.0]) == Median(None, None, None, 2.0, 2.0)
    # half of them: the middle lies between a value and none
    assert median_of([None, 2.0]).value is None
    assert median_of([None]) == Median(None, None, None, None, None)


def test_an_interval_may_have_no_end() -> None:
    median = median_of([1.0, 2.0, 3.0, 4.0, 5.0, None])
    assert (median.value, median.high, median.most) == (3.5, None, 5.0)
    assert median.low is not None
    assert 1.0 <= median.low < 2.0
