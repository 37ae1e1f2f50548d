import pytest

from wavetank.scenario import load
from wavetank.studies.sizing.conditions import DAY, FAULTS, NODE
from wavetank.studies.sizing.shapes import Shapes
from wavetank.studies.sizing.sought import sought_of
from wavetank.units import MINUTE


def shapes(*sets: str) -> Shapes:
    base = load("restart-storm", ["fleet.agents=50000", *sets])
    return Shapes(base, sought_of("nodes", base), 15 * MINUTE)


@pytest.mark.parametrize(
    ("condition", "sizes"),
    [
        # whole nodes of 2,500 agents; where one is lost the load of those that are left is the same
        (FAULTS, (10_000, 4, 2)),
        (DAY, (10_000, 4, 2)),
        (NODE, (round(50_000 * 3 / 19), 4, 2)),
    ],
)
def test_a_large_fleet_is_confirmed_with_whole_nodes(condition: str, sizes: tuple[int, int, int]) -> None:
    shape = shapes().confirming(20, condition)
    server = shape.resolved.server
    assert (shape.resolved.agents, server.nodes, server.cores) == sizes
    assert shape.resolved.duration_ns == 15 * MINUTE


def test_the_screen_has_three_nodes_with_one_core() -> None:
    made = shapes().screening(20, FAULTS)
    assert (made.resolved.agents, made.resolved.server.nodes, made.resolved.server.cores) == (3750, 3, 1)
    assert made.text == "3,750 agents on 3 x 1 core"


def test_a_lost_node_takes_its_true_share_where_all_nodes_are_there() -> None:
    wide = shapes().wide(20, NODE)
    assert (wide.resolved.agents, wide.resolved.server.nodes, wide.resolved.server.cores) == (25_000, 20, 1)
    assert shapes().wide(20, FAULTS) == shapes().full(20)


def test_small_fleets_limits_and_stores_stay_as_they_are() -> None:
    small = shapes("fleet.agents=9000")
    assert small.confirming(4, FAULTS) == small.full(4)
    limited = shapes("server.limits.connections=5000").screening(20, FAULTS)
    assert (limited.resolved.server.cores, limited.resolved.server.nodes) == (2, 3)
    stored = shapes('store={parallelism=4,latency="1ms"}')
    assert stored.confirming(20, FAULTS) == stored.full(20)


def test_a_fault_keeps_the_node_that_it_strikes() -> None:
    struck = shapes("server.nodes=20", "fault=[{kind='node-restart',at='2min',node=6,down='30s'}]")
    made = struck.confirming(20, FAULTS)
    assert (made.resolved.server.nodes, made.resolved.agents) == (7, round(50_000 * 6 / 19))
    assert struck.strikes_one(made, FAULTS)
    assert not shapes().strikes_one(made._replace(resolved=shapes().full(20).resolved), FAULTS)
