from tests.unit.engines.reference.small import tally_of

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
