"""Shares as whole agents."""

import pytest

from wavetank.policy.shares import affected_agents, largest_remainder, spread


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (10, (0.2, 0.8), (2, 8)),
        (10, (1.0, 1.0, 1.0), (4, 3, 3)),
        (7, (0.5, 0.3, 0.2), (4, 2, 1)),
        (1, (0.5, 0.5), (1, 0)),
        (5, (0.0, 1.0), (0, 5)),
        (0, (1.0, 2.0), (0, 0)),
        (1_000, (0.1, 0.2, 0.7), (100, 200, 700)),
    ],
)
def test_largest_remainder(total: int, weights: tuple[float, ...], parts: tuple[int, ...]) -> None:
    assert largest_remainder(total, weights) == parts


def test_a_share_strikes_its_exact_number_in_ascending_order() -> None:
    for share, agents in ((0.0, 0), (0.2, 200), (0.3335, 334), (1.0, 1_000)):
        chosen = affected_agents(1, 1_000, share, 0)
        assert len(chosen) == agents
        assert list(chosen) == sorted(set(chosen))
        assert all(0 <= agent < 1_000 for agent in chosen)


def test_a_larger_share_holds_the_smaller_one() -> None:
    assert set(affected_agents(1, 1_000, 0.1, 0)) < set(affected_agents(1, 1_000, 0.2, 0))


def test_seed_and_salt_choose_others() -> None:
    chosen = {affected_agents(seed, 1_000, 0.1, salt) for seed in (1, 2) for salt in (0, 1)}
    assert len(chosen) == 4


def test_every_part_of_the_fleet_is_struck_alike() -> None:
    chosen = affected_agents(3, 10_000, 0.5, 0)
    halves = sum(agent < 5_000 for agent in chosen), sum(agent >= 5_000 for agent in chosen)
    # hypergeometric, standard deviation 25
    assert max(halves) - min(halves) < 200


@pytest.mark.parametrize("agents", [0, 1, 1_999, 2_000, 2_001, 10_000, 1_000_000])
def test_those_that_stand_for_the_fleet_are_one_from_each_part(agents: int) -> None:
    chosen = spread(agents, 2_000)
    parts = min(agents, 2_000)
    assert len(chosen) == parts
    assert all(
        part * agents // parts <= agent < (part + 1) * agents // parts for part, agent in enumerate(chosen)
    )


@pytest.mark.parametrize("nodes", [2, 3, 5, 10, 50])
def test_they_stand_for_every_node_alike(nodes: int) -> None:
    """Without a balancer agent i uses node i modulo nodes: at a stride of 5, one node of 5 would be all."""
    chosen = spread(10_000, 2_000)
    counts = [sum(agent % nodes == node for agent in chosen) for node in range(nodes)]
    deviation = (2_000 / nodes * (1 - 1 / nodes)) ** 0.5
    assert all(abs(count - 2_000 / nodes) < 4 * deviation for count in counts)
