"""Which node a connection goes to."""

from collections import Counter

from wavetank.policy.balancing import choose, less_busy, rival
from wavetank.policy.codes import BalancerPolicy
from wavetank.policy.keyed import MASK, draw


def test_without_a_balancer_the_agents_number_decides() -> None:
    assert [choose(BalancerPolicy.NONE, agent, 9, MASK, 3) for agent in range(6)] == [0, 1, 2, 0, 1, 2]


def test_round_robin_takes_turns() -> None:
    assert [choose(BalancerPolicy.ROUND_ROBIN, 5, turn, MASK, 3) for turn in range(6)] == [0, 1, 2, 0, 1, 2]


def test_random_follows_its_bits_alone_and_evenly() -> None:
    assert choose(BalancerPolicy.RANDOM, 5, 9, 0, 3) == 0
    assert choose(BalancerPolicy.RANDOM, 5, 9, MASK, 3) == 2
    chosen = [choose(BalancerPolicy.RANDOM, i, i, draw(1, i, 0), 3) for i in range(3_000)]
    assert all(900 < chosen.count(node) < 1_100 for node in range(3))


def test_policies_that_look_at_no_node_have_one_candidate() -> None:
    for policy in (BalancerPolicy.NONE, BalancerPolicy.RANDOM, BalancerPolicy.ROUND_ROBIN):
        assert [rival(policy, first, draw(1, first, 0), 5) for first in range(5)] == [0, 1, 2, 3, 4]


def test_less_busy_of_two_is_taken_and_of_equals_the_lower() -> None:
    assert less_busy(3, 1, 2, 5) == 3
    assert less_busy(3, 1, 5, 2) == 1
    assert less_busy(3, 1, 4, 4) == less_busy(1, 3, 4, 4) == 1


def test_power_of_two_draws_two_different_nodes_and_every_pair_as_often() -> None:
    pairs: Counter[tuple[int, int]] = Counter()
    for request in range(12_000):
        bits = draw(7, request, 0)
        first = choose(BalancerPolicy.POWER_OF_TWO, 5, 9, bits, 4)
        pairs[first, rival(BalancerPolicy.POWER_OF_TWO, first, bits, 4)] += 1
    assert set(pairs) == {(node, other) for node in range(4) for other in range(4) if node != other}
    assert all(880 < count < 1_120 for count in pairs.values())


def test_power_of_two_has_no_choice_of_one() -> None:
    assert rival(BalancerPolicy.POWER_OF_TWO, 0, MASK, 1) == 0
