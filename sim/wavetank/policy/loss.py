"""How long a message is late because it, and what repeats it, was lost."""

from wavetank.policy.keyed import mix, unit

RTO_NS = 200_000_000
"""Linux' least retransmission time-out (TCP_RTO_MIN); docs/model.md#loss."""

MOST = 10
"""After so many losses in a row a message arrives: 204 s late, and of 1 % loss one in 10**20."""


def retransmission_ns(loss: float, bits: int) -> int:
    """Return the delay that losses add to a leg, in ns.

    The leg is lost k times in a row with probability loss**k * (1 - loss). The time-outs of 200 ms, 400 ms,
    ... add up to 200 ms * (2**k - 1). `bits` are those that the leg's delay is drawn from; they are mixed
    once more, so that delay and loss are independent. Doubling: RFC 6298, 5.5; 200 ms: Linux, TCP_RTO_MIN
    (RFC 6298 has 1 s). k is at most 10: the time-out after that, 204.8 s, would be above TCP_RTO_MAX (120 s).
    """
    if loss <= 0.0:
        return 0
    u = unit(mix(bits))
    chance = loss
    waited_ns = 0
    for k in range(MOST):
        if u >= chance:
            break
        waited_ns += RTO_NS << k
        chance *= loss
    return waited_ns
