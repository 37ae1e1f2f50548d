from functools import reduce
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from wavetank.results.histogram import UNIT, Histogram, bin_bounds

DURATIONS = st.integers(0, 2**62) | st.integers(0, 300) | st.integers(0, 10**11)
RAMPS = st.tuples(st.integers(0, 10**11), st.integers(0, 10**11), st.integers(1, 400))


def made(values: list[int], ramps: list[tuple[int, int, int]] | None = None) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    for low, width, n in ramps or []:
        histogram.ramp(low, low + width, n)
    return histogram


@given(st.lists(DURATIONS, min_size=1), st.floats(0.001, 1.0))
def test_quantiles_are_within_a_thousandth(values: list[int], q: float) -> None:
    quantile = made(values).quantile(q)
    exact = sorted(values)[max(0, ceil(round(q * len(values), 9)) - 1)]
    assert quantile is not None
    assert abs(quantile - exact) <= 0.001 * exact


@given(st.lists(st.tuples(st.lists(DURATIONS), st.lists(RAMPS, max_size=3)), max_size=6), st.randoms())
def test_order_of_merging_is_nothing(parts, random) -> None:  # type: ignore[no-untyped-def]
    def merged(left: Histogram, other: Histogram) -> Histogram:
        both = Histogram()
        both.merge(left)
        both.merge(other)
        return both

    histograms = [made(*part) for part in parts]
    at_once = made([v for values, _ in parts for v in values], [r for _, ramps in parts for r in ramps])
    left = reduce(merged, histograms, Histogram())
    random.shuffle(histograms)
    right = reduce(lambda first, other: merged(other, first), histograms, Histogram())
    assert left == right == at_once


@given(RAMPS)
def test_ramp_adds_exactly_its_observations(ramp: tuple[int, int, int]) -> None:
    low, width, n = ramp
    histogram = made([], [ramp])
    filled = dict(histogram.filled())
    assert sum(filled.values()) == n * UNIT
    assert (histogram.count, histogram.max_ns) == (n, low + width)
    assert histogram.sum_ns == n * (2 * low + width) // 2
    for index, weight in list(filled.items())[:-1]:
        start, end = bin_bounds(index)
        inside = min(end, low + width) - max(start, low) + 1
        assert weight == n * UNIT * inside // (width + 1)


@given(st.integers(10**6, 10**10), st.integers(10**6, 10**10), st.integers(200, 2000))
def test_ramp_is_close_to_its_expanded_events(low: int, width: int, n: int) -> None:
    ramp = made([], [(low, width, n)])
    expanded = made([low + width * (2 * k + 1) // (2 * n) for k in range(n)])
    assert abs(ramp.sum_ns - expanded.sum_ns) <= n
    for q in (0.1, 0.5, 0.9, 0.99):
        quantile, other = ramp.quantile(q), expanded.quantile(q)
        assert quantile is not None
        assert other is not None
        # a bin of difference, or what lies between two expanded events
        assert abs(quantile - other) <= 0.002 * other + width / n


@given(st.lists(DURATIONS), st.lists(RAMPS, max_size=3))
def test_plain_form_comes_back_equal(values: list[int], ramps: list[tuple[int, int, int]]) -> None:
    histogram = made(values, ramps)
    again = Histogram.from_plain(histogram.to_plain())
    assert again == histogram
    again.add(17)
    assert again != histogram
