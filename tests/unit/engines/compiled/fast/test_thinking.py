"""The logarithm by which think times are drawn ahead."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavetank.engines.compiled.fast.thinking import LONGEST_NS, NEAR, is_logarithm, minus_log
from wavetank.policy.codes import LawKind
from wavetank.policy.laws import Law

CLOSE = 1.5e-14


@given(st.integers(1, 2**53), st.integers(0, 52))
def test_it_is_close_to_the_librarys(k: int, shift: int) -> None:
    x = max(1, k >> shift) * 2.0**-53
    assert abs(minus_log(x) + math.log(x)) <= CLOSE


@pytest.mark.parametrize("x", [2.0**-53, 2.0**-52, 0.5, math.sqrt(0.5), math.nextafter(1.0, 0.0), 1.0])
def test_it_is_close_at_the_ends_and_at_the_joints(x: float) -> None:
    for value in (x, math.nextafter(x, 0.0)):
        assert abs(minus_log(value) + math.log(value)) <= CLOSE


def test_what_is_near_covers_the_rounding_of_the_largest() -> None:
    most = 53 * math.log(2)
    assert CLOSE + math.ulp(most) + 2 * math.ulp(most) <= NEAR


def test_long_means_and_other_laws_are_left_to_the_policy() -> None:
    exponential = Law(LawKind.EXPONENTIAL, 1e10, 0.0, 0, 0)
    assert is_logarithm(exponential)
    assert not is_logarithm(exponential._replace(mean=LONGEST_NS))
    assert not is_logarithm(exponential._replace(kind=LawKind.ERLANG, shape=2.0))
