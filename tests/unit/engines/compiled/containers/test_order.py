"""The two words that order simultaneous events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("numba")

from wavetank.engines.compiled.containers import order


@given(
    st.integers(-1, 15), st.integers(-1, 2**28 - 3), st.integers(0, 5), st.integers(0, 2**27 - 1),
    st.integers(0, 2**16 - 1), st.integers(0, 10),
)  # fmt: skip
def test_place_of_an_event_is_read_as_written(
    kind: int, agent: int, stream: int, request: int, attempt: int, leg: int
) -> None:
    high = order.order_high.py_func(kind, agent, stream, request)  # type: ignore[attr-defined]
    low = order.order_low.py_func(attempt, leg)  # type: ignore[attr-defined]
    assert max(high, low) < 2**63
    read = [
        one.py_func(word)  # type: ignore[union-attr]
        for one, word in (
            (order.kind_of, high), (order.agent_of, high), (order.stream_of, high), (order.request_of, high),
            (order.attempt_of, low), (order.leg_of, low),
        )
    ]  # fmt: skip
    assert read == [kind, agent, stream, request, attempt, leg]
