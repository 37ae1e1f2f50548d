import pytest

from wavetank.results.judge.rolling import MOST_BLOCKS, Blocks, RollingMax, RollingMean, trend


def test_mean_of_the_last_values() -> None:
    mean = RollingMean(3)
    assert [mean.add(value) for value in (3, 5, 4, 6, 11)] == [3, 4, 4, 5, 7]


def test_a_mean_forgets_a_large_value_without_a_trace() -> None:
    mean = RollingMean(2)
    for value in (1e17, 0.1, 0.1):
        last = mean.add(value)
    assert last == 0.1


def test_greatest_of_the_last_values() -> None:
    greatest = RollingMax(3)
    assert [greatest.add(value) for value in (5, 1, 2, 1, 0, 0, 7, 1)] == [5, 5, 5, 2, 2, 1, 7, 7]


def test_blocks_are_means_of_vectors() -> None:
    blocks = Blocks(2, 2)
    for k in range(5):
        blocks.add((float(k), 10.0 * k))
    assert blocks.means == [(0.5, 5.0), (2.5, 25.0)]
    assert blocks.second_half() == [(2.5, 25.0)]


def test_blocks_are_merged_in_pairs_and_nothing_is_lost() -> None:
    blocks = Blocks(1, 1)
    for k in range(10 * MOST_BLOCKS):
        blocks.add((float(k),))
        assert len(blocks.means) <= MOST_BLOCKS
    assert blocks.size == 16
    assert blocks.means == [(16 * block + 7.5,) for block in range(40)]


def test_trend_of_a_rising_series() -> None:
    first, last, z = trend([1, 2, 3, 4, 5, 6])
    assert (first, last) == (1.5, 5.5)
    # all 15 pairs rise: (15 - 1) / sqrt(6 x 5 x 17 / 18)
    assert z == pytest.approx(14 / (510 / 18) ** 0.5)
    assert trend([6, 5, 4, 3, 2, 1]).z == pytest.approx(-z)


def test_a_level_series_has_no_trend() -> None:
    assert trend([2.0] * 10) == (2.0, 2.0, 0.0)
    assert trend([3.0]) == (3.0, 3.0, 0.0)
