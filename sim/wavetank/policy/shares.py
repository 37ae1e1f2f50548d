"""Shares of a fleet, as exact numbers of agents."""

from heapq import nsmallest
from math import floor

from wavetank.policy.codes import Purpose
from wavetank.policy.keyed import draw, key_of, mix


def largest_remainder(total: int, weights: tuple[float, ...]) -> tuple[int, ...]:
    """`total` split in proportion to `weights` (not all 0) into whole parts that add up to it.

    Each part is its quota rounded down; what is left goes, one each, to the largest remainders, and
    among equal ones to the lower index (Hamilton's method).
    """
    whole = sum(weights)
    quotas = [total * weight / whole for weight in weights]
    parts = [floor(quota) for quota in quotas]
    by_remainder = sorted(range(len(weights)), key=lambda i: (parts[i] - quotas[i], i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return tuple(parts)


def affected_agents(seed: int, agents: int, share: float, salt: int) -> tuple[int, ...]:
    """The agents that a share of the fleet means, ascending: exactly round(share * agents) of them.

    They are those with the least keyed hash; `salt` tells one fault from another. A larger share with
    the same salt holds the smaller one.
    """
    count = round(share * agents)
    hashes = ((draw(key_of(seed, agent, 0, Purpose.SHARE), salt, 0), agent) for agent in range(agents))
    return tuple(sorted(agent for _, agent in nsmallest(count, hashes)))


def spread(agents: int, most: int) -> tuple[int, ...]:
    """At most `most` agents that stand for the fleet, ascending: one from each of as many equal parts.

    Which one is a hash of the part's number: at a fixed stride all of them could be on the same node.
    """
    parts = min(agents, most)
    instants = []
    for part in range(parts):
        begin, end = part * agents // parts, (part + 1) * agents // parts
        instants.append(begin + mix(part) % (end - begin))
    return tuple(instants)
