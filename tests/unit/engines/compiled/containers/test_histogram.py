"""Bins and exact quotients of histograms."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavetank.results.histogram import BINS, UNIT, bin_of

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


def test_full_bin_is_carried_into_its_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    times = SimpleNamespace(n=-1)  # 2**32 - 1 observations, as kernels read it
    monkeypatch.setattr(histogram, "times_at", lambda address: times)
    kept = SimpleNamespace(counts=0, weights=[0] * 8, count=0, sum=SimpleNamespace(low=0, high=0), max_ns=0)
    monkeypatch.setattr(histogram, "bin_of", lambda value_ns: value_ns)
    monkeypatch.setattr(histogram, "count_in", lambda *noted: None)
    histogram.add.py_func(kept, 5)  # type: ignore[attr-defined]
    histogram.add.py_func(kept, 5)  # type: ignore[attr-defined]
    assert times.n == 1
    assert kept.weights[5] == UNIT << 32
