"""One page of a keyed Poisson process: its count by table, its events by binomial splitting.

Given its count, a page's events are independent and uniform over its 2**k operational ns. So a node of
n events gives Binomial(n, 1/2) of them to its first half, the number of ones among n keyed bits, and
asking for one event or for the count up to an instant walks one path of the tree, O(log n). A node with
one event places it by the low bits of one draw, which is what splitting down to 1 ns would do. Words are
taken from splitmix64's sequence that starts at the page's own bits: numbers 16 i + 4 purpose + w belong
to node i (the page is node 1, the halves of node i are nodes 2 i and 2 i + 1).
"""

from bisect import bisect_right
from decimal import Decimal, localcontext
from fractions import Fraction

from wavetank.policy.codes import Purpose
from wavetank.policy.keyed import GOLDEN, mix

SPLIT = 4 * int(Purpose.SPLIT)
POSITION = 4 * int(Purpose.POSITION)
COUNT_MASK = 0x7FFFFFFFFFFFFFFF
"""Counts are drawn by 63 bits, so that thresholds fit into signed integers of 64."""

GUIDE_SHIFT = 55
"""The upper 8 of these 63 bits choose the place in the guide table of 256 entries."""

MOST_BITS = 60
"""A page is at most 2**60 ns (36 years) long: times within it fit into 64 bits."""

MOST_EXPECTED = 64
"""A page of so many events on average is cheap to expand, and its table of counts stays short."""

MOST_EVENTS = 255
"""With 64 expected, 255 lie 24 standard deviations up: never drawn with 63 bits."""


def page_shape(rate_per_s: float) -> tuple[int, tuple[int, ...]]:
    """(k, thresholds) of a rate above 0: pages of 2**k ns hold at most 64 expected events.

    The thresholds are the cumulative distribution of the page's Poisson count at 0, 1, ... in units of
    2**-63, to the last below 1. Decimal arithmetic: the same on every machine.
    """
    per_ns = Fraction(rate_per_s) / 10**9
    bits = 0
    while bits < MOST_BITS and per_ns * 2 ** (bits + 1) <= MOST_EXPECTED:
        bits += 1
    expected = per_ns * 2**bits
    thresholds: list[int] = []
    with localcontext() as context:
        context.prec = 50
        mean = Decimal(expected.numerator) / Decimal(expected.denominator)
        term = (-mean).exp()
        total = term
        while len(thresholds) < MOST_EVENTS and int(total * 2**63) < 2**63 - 1:
            thresholds.append(int(total * 2**63))
            term = term * mean / len(thresholds)
            total += term
    return bits, tuple(thresholds) or (COUNT_MASK,)


def page_guide(thresholds: tuple[int, ...]) -> tuple[int, ...]:
    """How many thresholds are at most i / 256 of 2**63, i from 0 to 255.

    From there it is hardly a step to the count (Chen, Asau: On generating random variates from an empirical
    distribution, AIIE Transactions 6, 1974). Not for compilation.
    """
    return tuple(bisect_right(thresholds, i << GUIDE_SHIFT) for i in range(256))


def page_count(thresholds: tuple[int, ...], guide: tuple[int, ...], bits: int) -> int:
    """The number of events of a page: how many thresholds are at most 63 of its keyed bits."""
    b = bits & COUNT_MASK
    n = guide[b >> GUIDE_SHIFT]
    while n < len(thresholds) and thresholds[n] <= b:
        n += 1
    return n


def ones(x: int) -> int:
    """The number of ones in 64 bits (Warren: Hacker's Delight, section 5-1)."""
    x = x - ((x >> 1) & 0x5555555555555555)
    x = (x & 0x3333333333333333) + ((x >> 2) & 0x3333333333333333)
    x = (x + (x >> 4)) & 0x0F0F0F0F0F0F0F0F
    return ((x * 0x0101010101010101) >> 56) & 0xFF


def first_half(page_bits: int, node: int, n: int) -> int:
    """How many of the node's n events (at most 255) fall into its first half: Binomial(n, 1/2)."""
    word = page_bits + GOLDEN * (node << 4 | SPLIT)
    if n < 15:
        # few ones: pairs, then nibbles, which modulo 15 are their sum
        x = mix(word) & ((1 << n) - 1)
        x = x - ((x >> 1) & 0x1555)
        return ((x & 0x3333) + ((x >> 2) & 0x3333)) % 15
    left = 0
    while n >= 64:
        left += ones(mix(word))
        word += GOLDEN
        n -= 64
    return left + ones(mix(word) & ((1 << n) - 1))


def position(page_bits: int, node: int, width_bits: int) -> int:
    """Where in its 2**width_bits ns a node's only event is."""
    return mix(page_bits + GOLDEN * (node << 4 | POSITION)) & ((1 << width_bits) - 1)


def count_before(page_bits: int, width_bits: int, n: int, offset: int) -> int:
    """How many of the page's n events lie before `offset` (0 to 2**width_bits)."""
    before = 0
    node = 1
    while n > 1 and width_bits > 0:
        left = first_half(page_bits, node, n)
        width_bits -= 1
        half = 1 << width_bits
        node <<= 1
        if offset == half:
            return before + left
        if offset < half:
            n = left
        else:
            before += left
            n -= left
            offset -= half
            node |= 1
    if n == 0 or offset <= 0:
        return before
    if width_bits > 0 and position(page_bits, node, width_bits) >= offset:
        return before
    return before + n


def offset_of(page_bits: int, width_bits: int, n: int, j: int) -> int:
    """Where in the page the j-th of its n events is, j from 0; equal offsets keep their order."""
    offset = 0
    node = 1
    while n > 1 and width_bits > 0:
        width_bits -= 1
        left = first_half(page_bits, node, n)
        node <<= 1
        if j < left:
            n = left
        else:
            j -= left
            n -= left
            offset += 1 << width_bits
            node |= 1
    if width_bits > 0:
        offset += position(page_bits, node, width_bits)
    return offset


def offsets(page_bits: int, width_bits: int, n: int) -> list[int]:
    """Where in the page each of its n events is, in order: all of `offset_of` in one walk, O(n)."""
    arrivals: list[int] = []
    nodes = [(1, n, width_bits, 0)]
    while nodes:
        node, n, width, offset = nodes.pop()
        if n == 1 and width > 0:
            arrivals.append(offset + position(page_bits, node, width))
        elif n <= 1 or width == 0:
            arrivals.extend([offset] * n)
        else:
            left = first_half(page_bits, node, n)
            width -= 1
            if left < n:
                nodes.append((node << 1 | 1, n - left, width, offset + (1 << width)))
            if left:
                nodes.append((node << 1, left, width, offset))
    return arrivals
