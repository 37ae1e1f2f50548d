import pytest
from scipy import stats

from wavetank.results.student import central_probability, interval_around, mean_interval, t_quantile


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 7, 9, 10, 30, 31, 100, 999])
@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
def test_quantile_is_students(freedom: int, confidence: float) -> None:
    assert t_quantile(freedom, confidence) == pytest.approx(
        stats.t.ppf((1 + confidence) / 2, freedom), rel=1e-9
    )


@pytest.mark.parametrize("freedom", [1, 2, 3, 8, 25])
def test_probability_is_students(freedom: int) -> None:
    for t in (0.0, 0.3, 1.0, 2.5, 40.0):
        expected = 2 * stats.t.cdf(t, freedom) - 1
        assert central_probability(t, freedom) == pytest.approx(expected, abs=1e-12)


def test_interval_is_scipys() -> None:
    values = [3.1, 4.7, 2.2, 9.0, 5.5]
    expected = stats.t.interval(0.95, len(values) - 1, sum(values) / len(values), stats.sem(values))
    assert mean_interval(values) == pytest.approx((4.9, *expected))


def test_equal_values_have_no_width() -> None:
    assert mean_interval([2.5, 2.5, 2.5]) == (2.5, 2.5, 2.5)


def test_one_value_has_no_interval() -> None:
    with pytest.raises(ValueError, match="two values"):
        mean_interval([1.0])
    with pytest.raises(ValueError, match="freedom"):
        t_quantile(0)


def test_interval_around_the_mean_is_that_of_the_mean() -> None:
    values = [3.0, 4.5, 1.0, 9.0]
    assert interval_around(4.375, values) == pytest.approx(mean_interval(values)[1:])


def test_interval_around_another_figure_is_wider() -> None:
    values = [3.0, 4.5, 1.0, 9.0]
    low, high = interval_around(6.0, values)
    _, mean_low, mean_high = mean_interval(values)
    assert (low + high) / 2 == pytest.approx(6.0)
    assert high - low > mean_high - mean_low


def test_interval_around_needs_two_values() -> None:
    with pytest.raises(ValueError, match="two values or more, not 1"):
        interval_around(1.0, [1.0])
