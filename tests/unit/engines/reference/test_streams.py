import pytest

from tests.unit.engines.reference.small import tally_of
from wavetank.engines.reference import startup
from wavetank.engines.reference.streams import Streams
from wavetank.results.tally import Tally

SLOW = """
    duration = "120s"
    [fleet]
    agents = 4
    start = "cold"
    [[fleet.class]]
    name = "one"
    network = "net"
    stateless = {{ rate = "2/s", size = "100B" }}
    [network.net]
    delay = "500ms"
    [batching]
    stateless = {{ age = "2s", {more} }}
    [server]
    service = {{ stateless = "900ms" }}
"""


def same(mine: Tally, other: Tally) -> bool:
    return (mine.events, mine.trace, mine.event_latency[0][0]) == (
        other.events, other.trace, other.event_latency[0][0],
    )  # fmt: skip


@pytest.mark.parametrize("overflow", ["drop-newest", "drop-oldest"])
def test_overflow_is_noticed_whenever_it_can_be(overflow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cheap bound that spares looking at a buffer changes nothing."""
    text = SLOW.format(more=f'buffer_events = 200, overflow = "{overflow}"').replace('"2/s"', '"40/s"')
    quick = tally_of(text)
    monkeypatch.setattr(Streams, "_may_overflow", lambda *_: True)
    assert sum(quick.events[0].dropped) > 1_000
    assert same(quick, tally_of(text))


def test_full_batch_is_noticed_whenever_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cheap bound that spares asking when a batch is full changes nothing.

    While a request takes a minute more than a batchful gathers, which then need not wait for its age.
    """
    text = SLOW.format(more='bytes = "100kB", age_from = "resume"')
    text = text.replace('"120s"', '"300s"').replace('"900ms"', '"60s"').replace('"2/s"', '"20/s"')
    quick = tally_of(text)
    monkeypatch.setattr(startup, "_far_from_full", lambda *_: 0)
    assert {row.events for row in quick.trace} > {0, 1_000}
    assert same(quick, tally_of(text))
