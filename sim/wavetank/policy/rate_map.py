"""Time and operational time: the piecewise-linear cumulative rate of a stream, in integers.

Operational time is in ns at the base rate: where the profile's factor is 1, both run alike. From
`starts_ns[i]` (operational `starts_op[i]`) on, operational time runs `factors[i]` / 2**20 times as fast.
The operational instant d after a piece's start happens d * 2**20 / factor ns after it, rounded down;
where the factor is 0 nothing happens. All is exact in signed 64 bits while operational time stays below
2**61 (73 years at factor 1).
"""

UNIT = 1 << 20
"""Factors of a profile in fixed point: a millionth is finer than any profile is known."""

LOW = UNIT - 1
HORIZON = 2**61
"""73 years in ns: operational time ends there, and sums of two fit into 64 bits."""

NEVER = 2**62
"""Stands for "at no time": later than every instant, and a delay can be added without overflow."""


def piece_of(starts: tuple[int, ...], x: int) -> int:
    """The last piece that starts at or before `x` (0 or later; the first piece starts at 0)."""
    low = 0
    high = len(starts)
    while high - low > 1:
        middle = (low + high) >> 1
        if starts[middle] <= x:
            low = middle
        else:
            high = middle
    return low


def op_until(
    starts_ns: tuple[int, ...], starts_op: tuple[int, ...], factors: tuple[int, ...], until_ns: int
) -> int:
    """The first operational instant that happens after `until_ns` (0 or later)."""
    last = len(starts_ns) - 1
    if last == 0 and factors[0] == UNIT:
        return until_ns + 1
    i = piece_of(starts_ns, until_ns)
    w = until_ns + 1 - starts_ns[i]
    factor = factors[i]
    # w * factor / UNIT rounded up, in two parts that fit into 64 bits
    op = starts_op[i] + (w >> 20) * factor + (((w & LOW) * factor + LOW) >> 20)
    if i < last:
        return min(op, starts_op[i + 1])
    return op


def time_at(starts_ns: tuple[int, ...], starts_op: tuple[int, ...], factors: tuple[int, ...], op: int) -> int:
    """When operational instant `op` happens; NEVER when it does not, or not before 2**61."""
    if op >= HORIZON:
        return NEVER
    if len(starts_ns) == 1 and factors[0] == UNIT:
        return op
    i = piece_of(starts_op, op)
    factor = factors[i]
    if factor == 0:
        return NEVER
    d = op - starts_op[i]
    q = d // factor
    if q >= HORIZON >> 20:
        return NEVER
    t = starts_ns[i] + (q << 20) + ((d - q * factor) << 20) // factor
    return t if t < HORIZON else NEVER


def op_starts(starts_ns: tuple[int, ...], factors: tuple[int, ...]) -> tuple[int, ...]:
    """Where each piece begins in operational time, rounded down."""
    starts = [0]
    for i in range(1, len(starts_ns)):
        starts.append(starts[-1] + ((starts_ns[i] - starts_ns[i - 1]) * factors[i - 1] >> 20))
    return tuple(starts)
