"""The calendar of pending events."""

import pytest

pytest.importorskip("numba")

from wavetank.engines.compiled.containers.calendar import FLOW_BYTES
from wavetank.engines.compiled.model.parts import CLOSED_BYTES


def test_as_much_of_a_stream_is_fetched_as_its_events_read() -> None:
    assert FLOW_BYTES == CLOSED_BYTES
