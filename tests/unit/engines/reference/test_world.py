from dataclasses import fields

from tests.unit.engines.reference.small import tally_of

STORMY = """
    duration = "40s"
    [fleet]
    agents = 30
    start = "steady"
    [[fleet.class]]
    name = "one"
    network = "net"
    stateless = { rate = "1/s" }
    stateful = { rate = "0.2/s", process = "constant" }
    [auth]
    scheme = "server-token"
    ttl = "15s"
    [network.net]
    delay = "10ms"
    [batching]
    stateless = { age = "2s", buffer_events = 30 }
    stateful = { count = 1 }
    [commands]
    channel = "long-poll"
    rate = "0.1/s"
    [heartbeat]
    period = "3s"
    offline_after = "7s"
    [connection]
    strategy = "keep-alive"
    tls = { version = "1.3", resume = true }
    idle_timeout = "1s"
    [retry.stateless]
    timeout = "1s"
    backoff = { law = "full-jitter", base = "100ms", cap = "2s" }
    [server]
    nodes = 2
    service = { stateless = "20ms", login = "30ms", handshake = "5ms" }
    limits = { connections = 40, accept_queue = 10 }
    [balancer]
    policy = "round-robin"
    [[fault]]
    kind = "node-restart"
    node = 0
    at = "12s"
    down = "3s"
    [[fault]]
    kind = "key-rotation"
    at = "20s"
"""


def test_order_of_creation_changes_nothing() -> None:
    one, other = tally_of(STORMY), tally_of(STORMY, reverse=True)
    for field in fields(one):
        assert getattr(one, field.name) == getattr(other, field.name), field.name
    assert one.retries > 10


def test_progress_is_told_and_ends() -> None:
    told: list[tuple[int, int]] = []
    tally = tally_of(STORMY, progress=lambda now_ns, issued: told.append((now_ns, issued)))
    assert told == sorted(told)
    assert 0 < told[-1][1] <= sum(tally.issued)


def test_trace_is_capped() -> None:
    tally = tally_of(STORMY, trace_rows=50)
    assert len(tally.trace) == 50
    assert tally.trace_cut
    assert not tally_of(STORMY).trace_cut
