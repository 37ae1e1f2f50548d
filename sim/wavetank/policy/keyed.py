"""Keyed random numbers: 64 bits as a hash of what they are for.

The hash is the finaliser of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
generators, OOPSLA 2014) on the golden-ratio sequence, so `mix(seed + n * GOLDEN)` is the n-th output of
the published generator. Every right shift is masked: a compiler that takes the 64-bit words for signed
ones then gets the same bits.
"""

MASK = 0xFFFFFFFFFFFFFFFF
"""Arithmetic of 64 bits, which Python's integers have no end of."""

GOLDEN = 0x9E3779B97F4A7C15
"""2**64 over the golden ratio, odd: SplitMix64's step (Steele, Lea, Flood: OOPSLA 2014)."""


def mix(x: int) -> int:
    """The 64-bit hash of `x` modulo 2**64."""
    z = x & MASK
    z = ((z ^ ((z >> 30) & 0x3FFFFFFFF)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ ((z >> 27) & 0x1FFFFFFFFF)) * 0x94D049BB133111EB) & MASK
    return z ^ ((z >> 31) & 0x1FFFFFFFF)


def key_of(seed: int, agent: int, stream: int, purpose: int) -> int:
    """The key of all draws of one `Purpose` for one agent's stream (agent -1: the whole fleet)."""
    return key_under(mix(seed + GOLDEN), agent, stream, purpose)


def key_under(seed_key: int, agent: int, stream: int, purpose: int) -> int:
    """As `key_of`, from `mix(seed + GOLDEN)`."""
    return mix(seed_key + GOLDEN * (1 + ((agent + 1) << 16 | stream << 8 | purpose)))


def draw(key: int, request: int, attempt: int) -> int:
    """64 uniform bits for one attempt (below 2**16) of one request (or page, or turn) under `key`."""
    return mix(key + GOLDEN * (1 + (request << 16 | attempt)))


def unit(bits: int) -> float:
    """A float uniform in [0, 1): the top 53 of 64 bits."""
    return ((bits >> 11) & 0x1FFFFFFFFFFFFF) * 1.1102230246251565e-16


def replication_seed(seed: int, r: int) -> int:
    """The seed of replication `r`; replication 0 has the scenario's own."""
    if r == 0:
        return seed
    return mix(seed + GOLDEN * (1 + r))
