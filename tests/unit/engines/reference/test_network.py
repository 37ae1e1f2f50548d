import pytest

from tests.unit.engines.reference.small import MS, tally_of
from wavetank.engines.registry import ENGINES, Engine
from wavetank.policy.codes import Purpose, Stream
from wavetank.policy.keyed import draw, key_of
from wavetank.policy.loss import retransmission_ns
from wavetank.protocol.order import Message
from wavetank.scenario import loads

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


def test_messages_of_a_connection_do_not_overtake() -> None:
    """A RESET that would come before the request it follows arrives together with it."""
    trace = tally_of(
        BASE + "[retry.stateless]\ntimeout = '300ms'\nbackoff = { law = 'fixed', base = '1s' }"
    ).trace
    ways: dict[tuple[int, ...], list[int]] = {}
    for row in trace:
        if row.arrived_ns >= 0:
            ways.setdefault((*row[2:6], row.up), []).append(row.arrived_ns)
    assert all(arrivals == sorted(arrivals) for arrivals in ways.values())
    assert sum(len(arrivals) - len(set(arrivals)) for arrivals in ways.values()) > 10


LOSSY = """
    duration = "5s"
    [fleet]
    agents = 1
    start = "cold"
    [[fleet.class]]
    name = "one"
    network = "net"
    stateless = { process = "constant", rate = "12/min", phase = "0s" }
    [network.net]
    delay = "10ms"
    loss = "30%"
    [batching]
    stateless = { count = 1 }
"""
LEGS = (Purpose.DELAY_SYN, Purpose.DELAY_SYN_ACK, Purpose.DELAY_REQUEST, Purpose.DELAY_RESPONSE)


def late_ns(seed: int) -> list[int]:
    """By how much the legs of the only attempt are late."""
    keys = (key_of(seed, 0, Stream.STATELESS, purpose) for purpose in LEGS)
    return [retransmission_ns(0.3, draw(key, 0, 0)) for key in keys]


@pytest.mark.parametrize(
    "engine",
    [engine for engine in ENGINES if engine.installed and not engine.real],
    ids=lambda engine: engine.name,
)
def test_a_request_that_is_lost_once_is_late_by_200_ms(engine: Engine) -> None:
    """SYN at 0, SYN-ACK at 10, request at 20, there at 30 + 200, answer at 240 ms."""
    seed = next(seed for seed in range(1_000) if late_ns(seed) == [0, 0, 200 * MS, 0])
    trace = engine.run(loads(LOSSY).resolve(seed), trace_agents=(0,)).trace
    legs = {row.message: (row.sent_ns // MS, row.arrived_ns // MS) for row in trace}
    assert legs[Message.SYN] == (0, 10)
    assert legs[Message.SYN_ACK] == (10, 20)
    assert legs[Message.REQUEST] == (20, 230)
    assert legs[Message.RESPONSE] == (230, 240)
