import pytest

from tests.unit.engines.reference.small import tally_of
from wavetank.protocol.order import Message
from wavetank.results.trace import TraceRow

BASE = """
    duration = "60s"
    [fleet]
    agents = 5
    start = "cold"
    [[fleet.class]]
    name = "one"
    network = "net"
    stateless = { rate = "1/s" }
    [network.net]
    delay = { law = "exponential", mean = "100ms" }
    [batching]
    stateless = { count = 1 }
"""
UP = {Message.SYN, Message.ACK, Message.TLS_KEY, Message.REQUEST}


@pytest.mark.parametrize(
    ("text", "closing_goes_up"),
    [
        pytest.param(BASE + "[retry]\nstateless = { timeout = '300ms' }", True, id="reset-after-request"),
        pytest.param(
            BASE + "[connection]\nstrategy = 'keep-alive'\n[server]\nidle_timeout = '1ms'",
            False,
            id="fin-after-response",
        ),
    ],
)
def test_messages_of_a_connection_do_not_overtake(text: str, closing_goes_up: bool) -> None:
    trace = tally_of(text).trace
    upward = UP | ({Message.FIN, Message.RESET} if closing_goes_up else set())
    ways: dict[tuple[int, ...], list[TraceRow]] = {}
    for row in trace:
        ways.setdefault((*row[2:6], row.message in upward), []).append(row)
    together = 0
    for rows in ways.values():
        arrivals = [row.arrived_ns for row in rows if row.arrived_ns >= 0]
        assert arrivals == sorted(arrivals)
        together += len(arrivals) - len(set(arrivals))
    assert together > 10, "some would have overtaken, and arrived together instead"
