"""The two words that order simultaneous events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavetank.policy.codes import Stream
from wavetank.protocol.order import LEGS, Kind

pytest.importorskip("numba")

from wavetank.engines.compiled.containers import order

Place = tuple[int, int, int, int, int, int, int]
PLACES = st.tuples(
    st.integers(-1, max(Kind)), st.integers(-1, 2**28 - 3), st.integers(0, max(Stream)),
    st.integers(0, 2**27 - 1), st.integers(0, 2**16 - 1), st.integers(0, 2**10 - 1),
    st.integers(0, 2**37 - 1),
)  # fmt: skip
"""Kind, agent, stream, request, attempt, leg; and what was added and decides nothing."""


def words(place: Place) -> tuple[int, int]:
    *first, attempt, leg, extra = place
    high: int = order.order_high.py_func(*first)  # type: ignore[attr-defined]
    low: int = order.order_low.py_func(attempt, leg)  # type: ignore[attr-defined]
    return high, low + extra


@given(PLACES)
def test_place_of_an_event_is_read_as_written(place: Place) -> None:
    high, low = words(place)
    assert max(high, low) < 2**63
    read = [
        reader.py_func(word)  # type: ignore[union-attr]
        for reader, word in (
            (order.kind_of, high), (order.agent_of, high), (order.stream_of, high), (order.request_of, high),
            (order.attempt_of, low), (order.leg_of, low), (order.extra_of, low),
        )
    ]  # fmt: skip
    assert read == list(place)


@given(PLACES, PLACES)
def test_words_are_in_the_order_of_places(first: Place, other: Place) -> None:
    assert (words(first) < words(other)) == (first < other)


def test_legs_have_room_to_spare() -> None:
    assert LEGS < 2**order.LEG_BITS == 1024
