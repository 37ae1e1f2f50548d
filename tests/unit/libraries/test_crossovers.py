import pytest

from tests.unit.libraries.conftest import Make
from tests.unit.libraries.records import whole
from tests.unit.libraries.scene import decision, scene
from wavetank.libraries.catalogue import read_library
from wavetank.libraries.costs import uses
from wavetank.libraries.crossovers import Cost, crossings, flips, money_by_agents, regions
from wavetank.libraries.fleet import spent
from wavetank.libraries.interval import Interval, exactly
from wavetank.libraries.pairing import Pairing


def line(fixed: float, slope: float, width: float = 0.0) -> Cost:
    return lambda at: Interval(
        max(0.0, fixed + slope * at - width), fixed + slope * at, fixed + slope * at + width
    )


def test_a_crossing_is_found_exactly() -> None:
    costs = {"steep": line(10, 3), "flat": line(100, 1)}
    won = regions(costs, 1, 1000)
    assert [part.name for part in won] == ["steep", "flat"]
    assert won[1].low == pytest.approx(45, rel=1e-9)
    assert (won[0].low, won[1].high) == (1, 1000)
    assert won[0].high == won[1].low


def test_a_winner_between_two_points_of_the_grid_is_not_missed() -> None:
    costs = {"first": line(0, 2), "between": line(1.0, 1.0), "last": line(1.12, 0.9)}
    assert [part.name for part in regions(costs, 0.1, 10)] == ["first", "between", "last"]


def test_regions_say_whether_the_uncertainty_leaves_a_doubt() -> None:
    assert regions({"a": line(1, 0, 0.1), "b": line(2, 0, 0.1)}, 1, 10)[0].clear
    assert not regions({"a": line(1, 0, 0.6), "b": line(2, 0, 0.6)}, 1, 10)[0].clear


def test_those_who_never_win_trade_places_too() -> None:
    costs = {"best": line(0, 0), "steep": line(10, 3), "flat": line(100, 1)}
    assert len(regions(costs, 1, 1000)) == 1
    (crossing,) = crossings(costs, 1, 1000)
    assert (crossing.below, crossing.above) == ("steep", "flat")
    assert crossing.at == pytest.approx(45)


def test_nothing_to_compare() -> None:
    assert regions({}, 1, 10) == ()
    assert [part.name for part in regions({"only": lambda at: exactly(at)}, 1, 10)] == ["only"]


@pytest.fixture
def pairs(made: Make) -> tuple[Pairing, Pairing]:
    """`one`: 40 us and 2 ns a byte, 500 us a connection. `two`: 100 us and 1 ns, 100 us a connection."""
    (side,) = uses(read_library(made(a=whole())))
    server = side.server
    assert server is not None
    points = tuple((size, exactly(100 + 0.001 * size)) for size, _ in server.request_us)
    other = server._replace(request_us=points, connect_us=exactly(100.0), idle_bytes=90_000.0)
    two = side._replace(library="two", server=other)
    return Pairing(side, side), Pairing(two, two)


def test_batch_reuse_and_fleet_size(pairs: tuple[Pairing, Pairing]) -> None:
    resolved = scene("connection.strategy=keep-alive").resolve()
    costs = [spent(resolved, pairing, decision()) for pairing in pairs]
    by_id = {flip.id: flip for flip in flips(resolved, costs, decision())}
    kept = by_id["batch-kept"].regions
    assert [part.name for part in kept] == ["one HTTP/1.1", "two HTTP/1.1"]
    assert kept[1].low == pytest.approx(120)  # 40 + 0.002 b = 100 + 0.001 b: 60,000 bytes, 500 an event
    assert [part.name for part in by_id["batch-new"].regions] == ["two HTTP/1.1"]
    reuse = by_id["reuse"].regions
    assert [part.name for part in reuse] == ["two HTTP/1.1", "one HTTP/1.1"]
    assert reuse[1].low == pytest.approx(400 / 55)  # 50 + 500/k = 105 + 100/k
    assert {part.name for part in by_id["fleet"].regions} == {"one HTTP/1.1"}


def test_money_by_agents_is_that_of_the_fleet_itself(pairs: tuple[Pairing, Pairing]) -> None:
    """At its own size, and with whole cores there, the line goes through what the fleet spends."""
    resolved = scene("connection.strategy=keep-alive").resolve()
    cost = spent(resolved, pairs[0], decision())
    assert cost.money is not None
    assert money_by_agents(cost, resolved.agents, decision())(1000) == pytest.approx(cost.money)
    # a core, 1 MB and 100 connections of 20 kB, and 800 bytes back for each of 10 requests a second
    hourly = 1 + (1e6 + 100 * 20e3) / 1e9 * 2 + 10 * 800 * 3600 / 1e9 * 3
    assert money_by_agents(cost, resolved.agents, decision())(100).mid == pytest.approx(hourly * 87.66)
