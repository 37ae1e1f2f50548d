"""Which of the living nodes a new connection goes to."""

from wavetank.policy.codes import BalancerPolicy
from wavetank.policy.keyed import unit

RANDOM = int(BalancerPolicy.RANDOM)
ROUND_ROBIN = int(BalancerPolicy.ROUND_ROBIN)


def choose(policy: int, agent: int, turn: int, bits: int, alive: int) -> int:
    """An index from 0 to `alive` - 1 among the candidates, of which there is at least one.

    `turn` counts the balancer's choices from 0. Without a policy the agent's number decides.
    """
    if policy == RANDOM:
        return int(unit(bits) * alive)
    if policy == ROUND_ROBIN:
        return turn % alive
    return agent % alive
