"""Deposits into histograms: the bins and the fixed-point weights of results.histogram.

Weights are whole numbers and what is left over goes into the last bin, so the order in which results are
merged cannot change a figure (docs/model.md#batch-latency and #histograms).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wavetank.engines.compiled.containers.layouts import TIMES_BYTES, Histogram, Sum, times_at
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import bit_length
from wavetank.results.histogram import EXACT, SUB_BITS, UNIT

if TYPE_CHECKING:
    from wavetank.engines.compiled.model.world import World

WORD_BITS = 62
"""Where a sum carries into its upper word: one bit below the sign, so that two parts can be added first."""
WORD = 1 << WORD_BITS
OVERFLOW = 1 << 8 * TIMES_BYTES
"""So many observations of a bin are moved to its weight at once."""


@kernel
def scaled(a: int, b: int, c: int) -> int:
    """a * b // c, exactly, for a, b >= 0 and c > 0 when the result fits into 63 bits."""
    if (a >> 52 == 0 and b >> 10 == 0) or b == 0 or a <= 0x7FFFFFFFFFFFFFFF // b:
        return a * b // c
    quotient = 0
    rest = 0
    whole, part = a // c, a % c
    # long division of b * (whole * c + part) by c, over the binary digits of b: no product overflows
    for i in range(62, -1, -1):
        quotient <<= 1
        rest <<= 1
        if b >> i & 1:
            quotient += whole
            rest += part
        while rest >= c:
            rest -= c
            quotient += 1
    return quotient


@kernel
def bin_of(value_ns: int) -> int:
    """Index of the bin that holds a value."""
    octave = bit_length(value_ns >> SUB_BITS + 1)
    return (octave << SUB_BITS) + (value_ns >> octave)


@kernel
def add_to(total: Sum, more: int) -> None:
    """Add a number >= 0 below 2**62."""
    low = total.low + more
    total.high += low >> WORD_BITS
    total.low = low & (WORD - 1)


@kernel
def count_in(h: Histogram, n: int, sum_ns: int, max_ns: int) -> None:
    """Note so many observations with their sum."""
    h.count += n
    add_to(h.sum, sum_ns)
    if max_ns > h.max_ns:
        h.max_ns = max_ns


@kernel
def add(h: Histogram, value_ns: int) -> None:
    """One observation."""
    index = bin_of(value_ns)
    times = times_at(h.counts + index * TIMES_BYTES)
    times.n += 1
    if not times.n:
        h.weights[index] += UNIT * OVERFLOW
    count_in(h, 1, value_ns, value_ns)


@entry("arrivals")
def ramp(w: World, h: Histogram, low_ns: int, high_ns: int, n: int) -> None:
    """`n` observations spread evenly over low_ns..high_ns."""
    first, last = bin_of(low_ns), bin_of(high_ns)
    if first == last:
        h.weights[last] += n * UNIT
    else:
        spread(w, h, low_ns, high_ns, n * UNIT)
    count_in(h, n, n * (low_ns + high_ns) // 2, high_ns)


@entry("arrivals")
def spread(w: World, h: Histogram, low_ns: int, high_ns: int, total: int) -> None:
    """The weights of a ramp over several bins, the steps between them kept apart."""
    steps = h.steps
    first, last = bin_of(low_ns), bin_of(high_ns)
    width = high_ns - low_ns + 1
    octave = (first >> SUB_BITS) - 1 if first >= EXACT else 0
    part = scaled(total, ((low_ns >> octave) + 1 << octave) - low_ns, width)
    h.weights[first] += part
    left = total - part
    at, level = first + 1, 0
    while at < last:
        start = (octave << SUB_BITS) + EXACT
        if at == start:
            octave += 1
            start += 1 << SUB_BITS
        # takes a division less than `scaled` does
        weight = (
            (total << octave) // width if total >> (62 - octave) == 0 else scaled(total, 1 << octave, width)
        )
        steps[at] += weight - level
        level = weight
        until = min(start, last)
        left -= weight * (until - at)
        at = until
    steps[last] -= level
    h.weights[last] += left
