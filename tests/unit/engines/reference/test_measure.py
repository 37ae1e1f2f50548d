import pytest

from tests.unit.engines.reference.small import S, sent, tally_of
from wavetank.policy.arrivals import time_of
from wavetank.policy.codes import Purpose, Stream
from wavetank.policy.keyed import key_of
from wavetank.protocol.order import Message
from wavetank.results.tally import Tally
from wavetank.scenario import loads

BATCHES = """
    duration = "100s"
    [fleet]
    agents = 2
    start = "cold"
    [[fleet.class]]
    name = "one"
    network = "net"
    stateless = {{ rate = "2/s", process = "{process}" }}
    [network.net]
    delay = "30ms"
    [batching]
    stateless = {{ age = "3s" }}
    [server]
    service = {{ stateless = "5ms" }}
"""


def expected_latency_ns(text: str, tally: Tally) -> int:
    """The sum over batches: constant events one by one, Poisson events as a ramp from first to last."""
    resolved = loads(text).resolve()
    source = resolved.classes[0].stateless
    until_ns = resolved.duration_ns - resolved.tail_ns
    total = 0
    taken = [0] * resolved.agents
    sizes = {row[2:6]: row.events for row in sent(tally, Message.REQUEST)}
    for row in sent(tally, Message.RESPONSE):
        key = key_of(resolved.seed, row.agent, Stream.STATELESS, Purpose.PAGE_COUNT)
        batch = range(taken[row.agent], taken[row.agent] + sizes[row[2:6]])
        taken[row.agent] = batch.stop
        created = [time_of(source, key, 0, 0, index)[2] for index in batch]
        ages = [row.arrived_ns - at for at in created if at < until_ns]
        if "poisson" in text and len(ages) > 2:
            ages = [ages[0], ages[-1], (len(ages) - 2) * (ages[0] + ages[-1]) // 2]
        total += sum(ages)
    return total


@pytest.mark.parametrize("process", ["constant", "poisson"])
def test_latency_runs_from_creation_to_acknowledgement(process: str) -> None:
    text = BATCHES.format(process=process)
    tally = tally_of(text)
    latency = tally.event_latency[0][0]
    assert latency.sum_ns == latency.histogram.sum_ns == expected_latency_ns(text, tally)


def test_latency_leaves_the_tail_out() -> None:
    """An event that is created too late to be delivered in time is no sign of anything."""
    tally = tally_of(BATCHES.format(process="poisson"))
    latency, events = tally.event_latency[0][0], tally.events[0]
    assert latency.created == latency.delivered < events.delivered < events.produced


def test_mean_of_connections_is_their_area() -> None:
    tally = tally_of("""
        duration = "60s"
        [fleet]
        agents = 5
        start = "ramp"
        ramp = "30s"
        [[fleet.class]]
        name = "one"
        stateless = { rate = "1/day" }
        [commands]
        channel = "long-poll"
    """)
    polls = [row for row in sent(tally, Message.REQUEST) if row.stream == Stream.COMMANDS]
    assert len(polls) == 5
    assert tally.connections_area_ns == sum(60 * S - row.arrived_ns for row in polls)
    assert tally.connections_max == 5
