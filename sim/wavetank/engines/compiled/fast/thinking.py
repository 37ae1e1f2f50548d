"""Think times, drawn for a whole window at once: what `policy.laws.sample` gives, sooner.

A draw on its own is one long chain of multiplications with a call of the library's logarithm in it, which a
processor waits for; of a window's draws none waits for another. The logarithm here is close enough to tell
which integer the library's will be rounded to. Where it cannot tell, `sample` itself is asked.
"""

from __future__ import annotations

from wavetank.engines.compiled.fast.layouts import KIND_BYTES, Fast, Kind, Record, fast_of, kind_at, record_at
from wavetank.engines.compiled.fast.sorting import ENTRY_BYTES
from wavetank.engines.compiled.model.network import DETERMINISTIC
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import bits_of, float_of, ints_at, word
from wavetank.policy.codes import LawKind, Purpose
from wavetank.policy.keyed import draw, key_under
from wavetank.policy.keyed import unit as uniform_of
from wavetank.policy.laws import Law, residual, sample

TOGETHER = 8
"""So many draws at a time, for a processor that can; behind a window's last entry is room for `AHEAD`."""
THINK = int(Purpose.THINK)
EXPONENTIAL = int(LawKind.EXPONENTIAL)
ROOT_HALF = 0x3FE6A09E667F3BCD
"""The bits of the square root of one half."""
MANTISSA = (1 << 52) - 1
"""The 52 bits of a double's fraction (IEEE 754)."""

LN_2 = 0.6931471805599453
"""The natural logarithm of 2, to the last bit of a double."""

NEAR = 5e-14
"""So many means away from what the library's logarithm gives can a think time be by `minus_log`: 1.5e-14 by
which that may be wrong; 0.7e-14 by which the library may be, a last place of 36.7, the most that there is;
1.6e-14 by which two products and two sums are rounded.
"""
LONGEST_NS = 1e13
"""Beyond this mean nothing would be certain."""


@kernel
def minus_log(x: float) -> float:
    """-ln x for x from 2**-53 to 1, within 1.5e-14.

    x is m 2**e with m between the roots of 1/2 and 2, and ln m = 2 artanh z with z = (m - 1) / (m + 1). The
    series of artanh is left after the power 17: z is at most 0.1716, so the rest is below 4e-16. More comes
    of rounding e ln 2.
    """
    from_root = bits_of(x) - ROOT_HALF
    m = float_of((from_root & MANTISSA) + ROOT_HALF)
    z = (m - 1.0) / (m + 1.0)
    s = z * z
    q = s * s
    even = 1.0 + q * (1.0 / 5.0 + q * (1.0 / 9.0 + q * (1.0 / 13.0 + q * (1.0 / 17.0))))
    odd = 1.0 / 3.0 + q * (1.0 / 7.0 + q * (1.0 / 11.0 + q * (1.0 / 15.0)))
    return -(from_root >> 52) * LN_2 - 2.0 * z * (even + s * odd)


@kernel
def is_logarithm(law: Law) -> bool:
    """Whether a sample can be told from a logarithm."""
    return law.kind == EXPONENTIAL and law.mean < LONGEST_NS


@kernel
def thinks_ns(w: World, k: Kind, agent: int, event: int) -> int:
    """How long an agent thinks before an event."""
    law = k.plan.source.think
    if law.kind <= DETERMINISTIC:
        return law.low
    return sample(law, draw(key_under(w.seed_key, agent, k.stream, THINK), event, 0), w.empirical)


@kernel
def first_think_ns(w: World, k: Kind, agent: int) -> int:
    """How long an agent of a steady fleet still thinks when the run begins."""
    law = k.plan.source.think
    return residual(law, draw(key_under(w.seed_key, agent, k.stream, THINK), 0, 0), w.empirical)


@kernel
def next_think_ns(w: World, f: Fast, k: Kind, r: Record) -> int:
    """How long the agent of the record that was taken thinks after its answer."""
    law = k.plan.source.think
    if f.taken >= 0 and is_logarithm(law):
        value_ns = law.mean * float_of(word(f.logs + 8 * f.taken)) + 0.5
        near_ns = law.mean * NEAR
        if value_ns - near_ns >= int(value_ns) and value_ns + near_ns < int(value_ns) + 1:
            return int(value_ns)
    return thinks_ns(w, k, r.agent, r.requests + 1)


@entry("fast", vectors=True)
def draw_ahead(w: World) -> None:
    """Draw for each agent of the window how long it thinks after its answer, so far as it is a logarithm."""
    f = fast_of(w)
    if not f.has_logarithms:
        return
    n = f.entry_count
    who, event, logs = ints_at(f.spare), ints_at(f.spare + 8 * f.capacity), ints_at(f.logs)
    for i in range(n):
        r = record_at(word(f.entries + ENTRY_BYTES * i + 8))
        who[i] = r.agent << 8 | kind_at(f.kinds + KIND_BYTES * r.kind).stream
        event[i] = r.requests + 1
    seed_key = w.seed_key
    for i in range(-(-n // TOGETHER) * TOGETHER):
        key = key_under(seed_key, who[i] >> 8, who[i] & 0xFF, THINK)
        logs[i] = bits_of(minus_log(1.0 - uniform_of(draw(key, event[i], 0))))
