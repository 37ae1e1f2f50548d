"""Nothing is lost or made under any fault: every event and every attempt has its fate, every slot comes back.

`run` itself asserts both accountings at its end. Here, beyond them: the fault is felt (else the test would
show nothing); what the server has is what was delivered, is on its way, or was dropped all the same; and
when the fleet has fallen quiet after the last fault, stateful events are all delivered and nothing is
held at any node. All exact.
"""

from itertools import combinations

import pytest

from wavetank.engines.reference.world import World
from wavetank.results.accounting import check
from wavetank.results.tally import Tally
from wavetank.scenario import loads

FAULTS = {
    "node-restart": 'node = 0\ndown = "4s"',
    "node-loss": 'node = 1\nlasts = "5s"',
    "key-rotation": "",
    "invalid-credentials": 'share = "25%"',
    "brown-out": 'factor = 40.0\nlasts = "6s"',
    "cold-start": "",
}
AT_S = {kind: 10 + 2 * index for index, kind in enumerate(FAULTS)}

FLEET = """
duration = "100s"
[fleet]
agents = 24
[[fleet.class]]
name = "all"
network = "near"
stateless = { rate = "2/s", size = "100B", profile = [[0, 1.0], ["30s", 0]] }
stateful = { rate = "1/s", size = "300B", profile = [[0, 1.0], ["30s", 0]] }
[network.near]
delay = { law = "uniform", low = "1ms", high = "60ms" }
[auth]
scheme = "server-token"
ttl = "70s"
[batching.stateless]
age = "2s"
buffer_events = 40
[batching.stateful]
count = 5
age = "3s"
max_in_flight = 2
[connection]
strategy = "keep-alive"
tls = { version = "1.2", resume = true }
idle_timeout = "4s"
[commands]
channel = "poll"
period = "3s"
rate = "0.2/s"
[retry]
login = { timeout = "2s", backoff = { law = "full-jitter", base = "500ms", cap = "2s" } }
stateless = { timeout = "2s", attempts = 3, backoff = { law = "exponential", base = "200ms" } }
stateful = { timeout = "2s", attempts = 4, backoff = { law = "decorrelated", base = "200ms", cap = "2s" } }
commands = { timeout = "2s", attempts = 1 }
[balancer]
policy = "round-robin"
health_check = "1s"
[server]
nodes = 2
cores = 2
workers = 3
blocking = true
service = { handshake = "3ms", parse = "1ms", login = "8ms", per_event = "1ms", commands = "1ms" }
limits = { connections = 40, accept_queue = 10, in_flight = 20, login_rate = { rate = "30/s", burst = 5 } }
[store]
parallelism = 2
window = "10ms"
size = 20
latency = { law = "exponential", mean = "20ms" }
"""


def with_faults(kinds: tuple[str, ...]) -> str:
    tables = (f'[[fault]]\nkind = "{kind}"\nat = "{AT_S[kind]}s"\n{FAULTS[kind]}\n' for kind in kinds)
    return FLEET + "".join(tables)


def simulated(kinds: tuple[str, ...]) -> tuple[World, Tally]:
    return lived(with_faults(kinds))


def lived(text: str) -> tuple[World, Tally]:
    """A whole run, and the world as it is at its end."""
    world = World(loads(text).resolve(), frozenset(), 0, None, False, False)
    return world, world.run()


def assert_conserved(world: World, tally: Tally, kinds: tuple[str, ...]) -> None:
    check(tally)
    for events in tally.events:
        fates = events.delivered + sum(events.dropped) + events.queued
        assert events.produced + events.carried_in == fates
        held = events.received - events.delivered - events.dropped_but_received
        assert 0 <= held <= events.queued
        assert events.dropped_but_received <= sum(events.dropped)
    stateful = tally.events[1]
    assert stateful.produced > 500
    assert sum(stateful.dropped) == 0
    if "invalid-credentials" not in kinds:
        assert stateful.queued == 0
        assert stateful.delivered == stateful.received == stateful.produced + stateful.carried_in
        assert tally.events[0].queued == 0
    waiting = sum(len(flow.live) for agent in world.agents for flow in agent.flows if flow is not None)
    for node in world.nodes:
        if waiting == 0:
            assert node.in_flight == node.in_flight_bytes == 0
        assert node.open == sum(connection.accepted for connection in node.connections)
        assert node.open <= 40


@pytest.mark.parametrize("kind", FAULTS)
def test_under_each_fault(kind: str) -> None:
    world, tally = simulated((kind,))
    assert_conserved(world, tally, (kind,))
    _, calm = simulated(())
    failed, logins, busy = (
        [measured(t) for t in (tally, calm)]
        for measured in (
            lambda t: sum(t.rejected) + sum(t.timed_out) + sum(t.lost),
            lambda t: sum(t.series.logins),
            lambda t: sum(map(sum, t.busy_ns)),
        )
    )
    assert (
        tally.offline_max > calm.offline_max
        or failed[0] > failed[1] + 5
        or logins[0] > logins[1] + 5
        or busy[0] > 1.5 * busy[1]
    )


@pytest.mark.parametrize("pair", list(combinations(FAULTS, 2)), ids="+".join)
def test_under_two_faults(pair: tuple[str, ...]) -> None:
    assert_conserved(*simulated(pair), pair)


@pytest.mark.parametrize("serve_abandoned", ["false", "true"])
@pytest.mark.parametrize("channel", ["long-poll", "poll"])
def test_under_all_faults_at_once(channel: str, serve_abandoned: str) -> None:
    kinds = tuple(FAULTS)
    text = with_faults(kinds).replace("[server]", f"[server]\nserve_abandoned = {serve_abandoned}")
    if channel == "long-poll":
        text = text.replace('channel = "poll"\nperiod = "3s"', 'channel = "long-poll"\nhold = "5s"')
        text = text.replace("blocking = true", "blocking = false").replace(
            "commands = { timeout", 'commands = { backoff = { law = "fixed", base = "1s" }, timeout'
        )
    assert_conserved(*lived(text), kinds)


def test_no_faults() -> None:
    """The same fleet untroubled: all is delivered, nothing twice."""
    world, tally = simulated(())
    assert_conserved(world, tally, ())
    for events in tally.events:
        assert events.delivered == events.produced + events.carried_in
        assert events.duplicated == 0
