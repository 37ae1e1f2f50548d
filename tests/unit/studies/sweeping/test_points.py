import re
from collections import Counter

import pytest

from wavetank.studies.sweeping.axes import axes_of
from wavetank.studies.sweeping.points import BadSweep, points_of


def test_a_grid_has_every_combination_the_last_key_fastest() -> None:
    axes = axes_of(["a=1,2", "b=5min..15min:3"])
    assert points_of(axes) == [
        ("1", "5min"), ("1", "10min"), ("1", "15min"), ("2", "5min"), ("2", "10min"), ("2", "15min"),
    ]  # fmt: skip


@pytest.mark.parametrize("sample", ["sobol", "lhs"])
def test_a_sample_covers_ranges_and_lists_evenly(sample: str) -> None:
    points = points_of(axes_of(["a=0.5..8.5", "b=x,y"]), sample, 16, seed=3)
    assert len(points) == 16
    assert Counter(int(2 * float(a) - 1) for a, _ in points) == dict.fromkeys(range(16), 1)
    assert Counter(b for _, b in points) == {"x": 8, "y": 8}
    assert points == points_of(axes_of(["a=0.5..8.5", "b=x,y"]), sample, 16, seed=3)
    assert points != points_of(axes_of(["a=0.5..8.5", "b=x,y"]), sample, 16, seed=4)


def test_equal_points_are_one_design() -> None:
    assert sorted(points_of(axes_of(["a=1..2"]), "sobol", 32)) == [("1",), ("2",)]


@pytest.mark.parametrize(
    ("vary", "sample", "points", "message"),
    [
        ([], None, None, "nothing is varied"),
        (["a=1..5"], None, None, "a has a range without a number of values; write a=A..B:N"),
        (["a=1,2"], None, 4, "--points goes with --sample"),
        (["a=1..5"], "sobol", None, "--sample sobol needs --points, from 1 to 100,000"),
        (["a=1..5"], "lhs", 0, "--sample lhs needs --points"),
        (["a=1..5"], "halton", 4, "there is no sample 'halton'; take sobol or lhs"),
        (["a=1..1000:1000", "b=1..1000:1000"], None, None, "1,000,000 designs"),
        ([f"k{n}=1..5" for n in range(12)], "sobol", 4, "12 keys; --sample sobol takes 11 at most"),
    ],
)
def test_what_does_not_fit_together(
    vary: list[str], sample: str | None, points: int | None, message: str
) -> None:
    with pytest.raises(BadSweep, match=re.escape(message)):
        points_of(axes_of(vary), sample, points)
