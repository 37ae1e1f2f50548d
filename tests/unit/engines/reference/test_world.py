from dataclasses import fields

import pytest

from tests.unit.engines.reference.small import tally_of
from wavetank.policy.codes import Stream

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
    forwards, other = tally_of(STORMY), tally_of(STORMY, reverse=True)
    for field in fields(forwards):
        assert getattr(forwards, field.name) == getattr(other, field.name), field.name
    assert forwards.retries > 10


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


@pytest.mark.parametrize(("hold", "ok", "unheard"), [("4s", 2, 1), ("20s", 0, 1), ("100ms", 70, 1)])
def test_poll_of_a_node_that_died_in_silence_is_unheard(hold: str, ok: int, unheard: int) -> None:
    """The node is gone from 1.05 s to 2 s; the agent hears nothing of it, and its poll goes on to its end."""
    tally = tally_of(f"""
        duration = "10s"
        fleet = {{ agents = 1, start = "cold", class = [{{ name = "a" }}] }}
        commands = {{ channel = "long-poll", hold = "{hold}" }}
        retry.commands.backoff = {{ law = "fixed", base = "1s" }}
        [[fault]]
        kind = "node-loss"
        at = "1050ms"
        node = 0
        lasts = "950ms"
    """)
    assert tally.polls_unheard == unheard
    assert tally.ok[Stream.COMMANDS] >= ok
    assert (tally.timed_out[Stream.COMMANDS] > 0) == (hold == "100ms")


def test_poll_that_was_reset_is_heard_of() -> None:
    tally = tally_of("""
        duration = "10s"
        fleet = { agents = 1, start = "cold", class = [{ name = "a" }] }
        commands = { channel = "long-poll", hold = "4s" }
        retry.commands.backoff = { law = "fixed", base = "1s" }
        [[fault]]
        kind = "node-restart"
        at = "1s"
        node = 0
        down = "950ms"
    """)
    assert tally.polls_unheard == 0
    assert tally.lost[Stream.COMMANDS] == 1


def test_open_poll_whose_reset_is_on_its_way_is_heard_of() -> None:
    tally = tally_of("""
        duration = "10s"
        fleet = { agents = 1, start = "cold", class = [{ name = "a", network = "near" }] }
        network.near.delay = "20ms"
        commands = { channel = "long-poll", hold = "20s" }
        [[fault]]
        kind = "node-restart"
        at = "9990ms"
        node = 0
        down = "1s"
    """)
    assert tally.open[Stream.COMMANDS] == 1
    assert tally.polls_unheard == 0
