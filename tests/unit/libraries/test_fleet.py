"""A fleet's spending worked out by hand: 100 requests a second of 5000 bytes, each on a new connection."""

from typing import Any

import pytest

from tests.unit.libraries.conftest import Make
from tests.unit.libraries.records import whole
from tests.unit.libraries.scene import decision, scene
from wavetank.libraries.catalogue import read_library
from wavetank.libraries.costs import uses
from wavetank.libraries.fleet import FleetCost, spent, unfit
from wavetank.libraries.pairing import Pairing


@pytest.fixture
def pairing(made: Make) -> Pairing:
    (use,) = uses(read_library(made(a=whole())))
    return Pairing(use, use)


def test_new_connections(pairing: Pairing) -> None:
    cost = spent(scene().resolve(), pairing, decision())
    # 100/s x (50 + 500 us), every end of both spreads together
    assert cost.library_cores == pytest.approx((0.052, 0.055, 0.058))
    assert cost.application_cores == pytest.approx(0.2)  # parse and handshake of the scenario are gone
    assert cost.cores == (1, 1, 1)
    assert cost.connections == 0
    assert cost.memory_bytes == pytest.approx((1e6, 1e6, 1e6))
    assert cost.agent_cpu_s is not None
    assert cost.agent_cpu_s.mid == pytest.approx(8640 * (25 + 500) * 1e-6)
    assert cost.wire_bytes is not None
    assert cost.wire_bytes.mid == pytest.approx(8640 * (5000 + 2300 + 1500))
    # a core, 1 MB, and 1300 bytes back per request
    assert cost.money is not None
    assert cost.money.mid == pytest.approx((1 + 0.002 + 100 * 1300 * 3600 / 1e9 * 3) * 8766 / 1000)
    assert cost.missing == ()


def test_kept_connections(pairing: Pairing) -> None:
    cost = spent(scene("connection.strategy=keep-alive").resolve(), pairing, decision())
    assert cost.library_cores == pytest.approx((0.004, 0.005, 0.006))
    assert cost.connections == 1000
    assert cost.memory_bytes == pytest.approx((21e6, 21e6, 21e6))


def test_idle_connections_are_closed(pairing: Pairing) -> None:
    """Kept for 2 s of every 10: a fifth of them is open, and every request opens a new one."""
    sets = ("connection.strategy=keep-alive", "connection.idle_timeout=2s")
    cost = spent(scene(*sets).resolve(), pairing, decision())
    assert cost.connections == pytest.approx(200)
    assert cost.library_cores == pytest.approx((0.052, 0.055, 0.058))


def test_a_stream_stays_open_whatever_the_strategy(pairing: Pairing) -> None:
    assert pairing.server is not None
    stream = pairing.server._replace(mode="stream")
    cost = spent(scene("connection.idle_timeout=2s").resolve(), Pairing(stream, stream), decision())
    assert cost.connections == 1000
    assert cost.library_cores == pytest.approx((0.004, 0.005, 0.006))


def test_whole_cores_are_bought_below_the_planned_load(pairing: Pairing) -> None:
    cost = spent(scene("fleet.agents=3500").resolve(), pairing, decision())
    assert cost.cores == (2, 2, 2)  # (0.19 + 0.7) / 0.8


def test_resumed_handshakes_that_were_not_measured_are_told(pairing: Pairing) -> None:
    cost = spent(scene("connection.tls.resume=true").resolve(), pairing, decision())
    assert cost.missing == ("a resumed handshake (full ones are counted)",)
    assert cost.library_cores == pytest.approx((0.052, 0.055, 0.058))


def bare(pairing: Pairing, without: str) -> FleetCost:
    assert pairing.server is not None
    assert pairing.server.server is not None
    gone: dict[str, Any] = {without: None}
    use = pairing.server._replace(server=pairing.server.server._replace(**gone))
    return spent(scene().resolve(), Pairing(use, use), decision())


def test_what_was_not_measured_is_missing_and_not_nought(pairing: Pairing) -> None:
    assert bare(pairing, "connect_us").library_cores is None
    assert bare(pairing, "connect_us").missing == ("costs at the server",)
    without_memory = bare(pairing, "idle_bytes")
    assert (without_memory.memory_bytes, without_memory.money) == (None, None)
    assert spent(scene().resolve(), Pairing(pairing.agent, None), decision()).money is None


def test_a_library_without_encryption_is_no_answer_to_tls(pairing: Pairing) -> None:
    assert pairing.server is not None
    plain = pairing.server._replace(secured="none")
    curve = pairing.server._replace(secured="curve")
    assert "does not encrypt" in unfit(scene().resolve(), Pairing(plain, plain))
    assert unfit(scene().resolve(), Pairing(curve, curve)) == ""
    assert "without encryption" in unfit(scene("connection.tls=none").resolve(), pairing)
    assert unfit(scene("connection.tls=none").resolve(), Pairing(plain, plain)) == ""
