from itertools import product

import numpy as np
import pytest
from scipy.stats import qmc

from wavetank.studies.sweeping.sobol import MOST_DIMENSIONS, latin, sobol


def test_the_sequence_of_joe_and_kuo() -> None:
    expected = qmc.Sobol(MOST_DIMENSIONS, scramble=False).random(256)
    assert np.array_equal(np.array(sobol(256, MOST_DIMENSIONS)), expected)


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_a_shift_keeps_the_points_even(seed: int | None) -> None:
    points = sobol(16, 2, seed)
    for rows in (1, 2, 4, 8, 16):
        columns = 16 // rows
        boxes = {(int(x * rows), int(y * columns)) for x, y in points}
        assert boxes == set(product(range(rows), range(columns)))


def test_seeds_shift_and_repeat() -> None:
    assert sobol(8, 3, 1) == sobol(8, 3, 1) != sobol(8, 3, 2)
    assert sobol(4, 3, 1) == sobol(8, 3, 1)[:4]
    assert latin(8, 3, 1) == latin(8, 3, 1) != latin(8, 3, 2)


def test_a_latin_hypercube_has_one_point_in_each_part() -> None:
    for column in zip(*latin(10, 4, seed=3), strict=True):
        assert sorted(int(value * 10) for value in column) == list(range(10))


@pytest.mark.parametrize("dimensions", [0, MOST_DIMENSIONS + 1])
def test_more_dimensions_are_refused(dimensions: int) -> None:
    with pytest.raises(ValueError, match="a Sobol sequence has 1 to 11 here"):
        sobol(4, dimensions)
