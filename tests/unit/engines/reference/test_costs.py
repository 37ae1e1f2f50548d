from tests.unit.engines.reference.small import sent, tally_of
from wavetank.protocol.order import Message


def service_times(delay: str) -> dict[tuple[int, ...], int]:
    """How long each request is worked on, at a server that is never full."""
    tally = tally_of(f"""
        duration = "60s"
        [fleet]
        agents = 3
        start = "cold"
        [[fleet.class]]
        name = "one"
        network = "net"
        stateless = {{ rate = "1/s", process = "constant" }}
        [network.net]
        delay = "{delay}"
        [batching]
        stateless = {{ count = 1, max_in_flight = 0 }}
        [server]
        cores = 1000
        service.stateless = {{ law = "exponential", mean = "20ms" }}
        service.parse = {{ law = "erlang", mean = "1ms", k = 3 }}
    """)
    arrived = {row[2:6]: row.arrived_ns for row in sent(tally, Message.REQUEST)}
    return {row[2:6]: row.sent_ns - arrived[row[2:6]] for row in sent(tally, Message.RESPONSE)}


def test_service_time_belongs_to_the_request() -> None:
    """It is the same whenever the request comes to the server."""
    near, far = service_times("1ms"), service_times("70ms")
    both = near.keys() & far.keys()
    assert len(both) > 150
    assert len({near[key] for key in both}) == len(both)
    assert all(near[key] == far[key] for key in both)
