"""Choose the living node that a new connection goes to.

An engine asks for a first candidate (`choose`) and a second (`rival`), and takes the less busy of the two; a
policy that does not look at how busy nodes are has one candidate, twice.
"""

from wavetank.policy.choices import names_all
from wavetank.policy.codes import BalancerPolicy
from wavetank.policy.keyed import mix, unit

names_all(__name__, BalancerPolicy, "NONE RANDOM ROUND_ROBIN POWER_OF_TWO")

NONE = int(BalancerPolicy.NONE)
RANDOM = int(BalancerPolicy.RANDOM)
ROUND_ROBIN = int(BalancerPolicy.ROUND_ROBIN)
POWER_OF_TWO = int(BalancerPolicy.POWER_OF_TWO)


def choose(policy: int, agent: int, turn: int, bits: int, alive: int) -> int:
    """An index from 0 to `alive` - 1 among the candidates, of which there is at least one.

    `turn` counts the balancer's choices from 0. Without a policy the agent's number decides. -1: there is no
    such policy.
    """
    if policy in (RANDOM, POWER_OF_TWO):
        return int(unit(bits) * alive)
    if policy == ROUND_ROBIN:
        return turn % alive
    if policy == NONE:
        return agent % alive
    return -1


def rival(policy: int, first: int, bits: int, alive: int) -> int:
    """The candidate that `first` is held against: `first` itself where the policy has no other.

    Of two nodes drawn at random the less busy is nearly as good as the least busy of all, and far better than
    one at random (Mitzenmacher: The power of two choices in randomized load balancing, IEEE TPDS 2001).
    """
    if policy == POWER_OF_TWO and alive > 1:
        return (first + 1 + int(unit(mix(bits)) * (alive - 1))) % alive
    return first


def less_busy(first: int, second: int, first_busy: int, second_busy: int) -> int:
    """The one of two candidates with fewer connections; of equals the lower."""
    if first_busy == second_busy:
        return min(first, second)
    return first if first_busy < second_busy else second
