import pytest

from tests.unit.studies.cases import QUEUE, STORM, scenario
from wavetank.studies.sizing.sought import BadSize, Sought, rounded, sought_of

BASE = scenario(QUEUE)


def test_a_higher_rank_has_more_room() -> None:
    agents = sought_of("agents", BASE)._replace(step=100)
    assert [agents.value(rank) for rank in (-31, -30)] == [3_100, 3_000]
    assert agents.settings(-30) == ("fleet.agents=3000",)
    assert agents.ranks == (-1_000_000, -1)
    assert sought_of("nodes", BASE).ranks == (1, 10_000)


def test_a_node_with_more_cores_gets_as_many_workers() -> None:
    cores = sought_of("cores", scenario(QUEUE, "server.workers=4"))
    assert cores.settings(4) == ("server.cores=4",)
    assert cores.settings(5) == ("server.cores=5", "server.workers=5")
    assert sought_of("cores", BASE).settings(5) == ("server.cores=5",)


def test_a_limit_keeps_its_answer() -> None:
    assert sought_of("connections", BASE).key == "server.limits.connections"
    written = scenario(STORM, "server.limits.connections=10")
    assert sought_of("connections", written).key == "server.limits.connections.value"


@pytest.mark.parametrize(("value", "step"), [(7, 1), (99, 1), (100, 10), (9_543, 100), (12_000, 1_000)])
def test_agents_are_found_to_two_digits(value: int, step: int) -> None:
    assert rounded(sought_of("agents", BASE), value).step == step
    assert rounded(sought_of("nodes", BASE), value).step == 1


def test_texts() -> None:
    assert Sought("nodes", "k").text(1) == "1 node"
    assert Sought("cores", "k").text(2) == "2 cores on each node"
    assert Sought("agents", "k", 100).text(-30) == "3,000 agents"
    with pytest.raises(BadSize, match="'racks'"):
        sought_of("racks", BASE)
