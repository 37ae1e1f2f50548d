import pytest

from tests.unit.studies.cases import QUEUE, scenario
from wavetank.engines.reference import run
from wavetank.results.summary import summarise
from wavetank.scenario import list_entries, load
from wavetank.studies.scaling import SMALL_FLEET, scaled_down

LIMITED = """
[retry.stateless]
backoff = { law = "fixed", base = "1s" }
[retry.login]
backoff = { law = "fixed", base = "1s" }
[server.limits]
connections = { value = 100, answer = "503" }
in_flight = 3
in_flight_bytes = "10kB"
accept_queue = 40
login_rate = { rate = "15/s", burst = 400 }
[store]
parallelism = 1
latency = "2ms"
"""


def test_small_scenario_stays_what_it_is() -> None:
    queue = scenario(QUEUE)
    assert scaled_down(queue, 20) is queue


def test_load_stays_and_limits_shrink() -> None:
    big = scenario(QUEUE.replace("agents = 20", "agents = 2_000") + "cores = 8\n" + LIMITED)
    small = scaled_down(big, 100)
    server = small.resolve().server
    assert (small.spec.fleet.agents, server.cores) == (100, 1)
    assert server.service.operation[2].mean == 10e6 * 20 / 8
    limits = server.limits
    assert (limits.connections.value, limits.in_flight.value, limits.accept_queue) == (5, 1, 2)
    assert limits.in_flight_bytes.value == 500
    assert (limits.login_rate.interval_ns, limits.login_rate.burst) == (round(1e9 / 0.75), 20)
    assert small.resolve().store.latency.low == 40_000_000


@pytest.mark.parametrize("name", ["quickstart", "wazuh-60"])
def test_utilisation_stays(name: str) -> None:
    whole = load(name, ["duration=40s", "fleet.agents=400"])
    loads = [
        summarise(r, run(r))["server_utilisation"]
        for r in (whole.resolve(), scaled_down(whole, 100).resolve())
    ]
    assert loads[0] == pytest.approx(loads[1], rel=0.2)


def test_whole_catalogue_can_be_scaled_down() -> None:
    for entry in list_entries("scenarios", None):
        assert scaled_down(load(entry.name), SMALL_FLEET).resolve().agents <= SMALL_FLEET
