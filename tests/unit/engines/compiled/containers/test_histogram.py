"""Bins and exact quotients of histograms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavetank.results.histogram import BINS, bin_of

pytest.importorskip("numba")

from wavetank.engines.compiled.containers import histogram

WORDS = st.integers(0, 2**62)


@given(WORDS, WORDS, st.integers(1, 2**45))
def test_scaled_is_exact(a: int, b: int, c: int) -> None:
    if a * b // c < 2**62:
        assert histogram.scaled.py_func(a, b, c) == a * b // c  # type: ignore[attr-defined]


@given(st.integers(0, 2**63 - 1))
def test_bins_are_those_of_results(value_ns: int) -> None:
    assert histogram.bin_of.py_func(value_ns) == bin_of(value_ns) < BINS  # type: ignore[attr-defined]
