from math import exp

import pytest

from tests.unit.studies.cases import QUEUE, resolved
from wavetank.scenario import load
from wavetank.studies.cells import cell_task
from wavetank.studies.cells.making import make
from wavetank.studies.sizing.erlang import Queue, erlang_c, queue_of


def test_known_values() -> None:
    assert erlang_c(1, 0.5) == pytest.approx(0.5)
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert erlang_c(109, 100.0) == pytest.approx(0.2797, abs=1e-4)
    assert erlang_c(1056, 1000.0) < 0.05 < erlang_c(1055, 1000.0)


def test_waits_of_one_server() -> None:
    """M/M/1 at half load: P(W > t) = rho exp(-(mu - lambda) t)."""
    metrics = Queue(0.5, 1.0, 1).metrics()
    assert metrics["server_wait_mean_s"] == pytest.approx(1.0)
    assert 0.5 * exp(-0.5 * metrics["server_wait_p99_s"]) == pytest.approx(0.01)
    assert metrics["server_wait_p50_s"] == 0.0
    assert Queue(1.0, 1.0, 1).metrics() == {}


def test_mm4_is_simulated_to_the_same() -> None:
    base = load("mm4", ["duration=600d"]).resolve()
    queue = queue_of(base)
    assert queue is not None
    assert queue.offered == pytest.approx(3.5)
    simulated = make(cell_task(base)).summary
    for name, value in queue.metrics().items():
        assert simulated[name] == pytest.approx(value, rel=0.12), name


@pytest.mark.parametrize(
    "sets",
    [
        "server.nodes=2", "server.limits.in_flight=5", "connection.tls={version='1.3'}",
        "heartbeat.period=10s", "server.service.stateless=10min", "server.service.parse=1ms",
        "batching.stateless.max_in_flight=1", "retry.stateless.timeout=1h", "network.far.loss=1%",
    ],
)  # fmt: skip
def test_anything_more_is_no_such_queue(sets: str) -> None:
    far = ["network.far.delay=1ms", "fleet.class.arrivals.network=far"]
    assert queue_of(load("mm4", [*far, sets]).resolve()) is None
    assert queue_of(load("mm4", far).resolve()) is not None


def test_a_fleet_is_no_such_queue() -> None:
    assert queue_of(resolved(QUEUE)) is None
