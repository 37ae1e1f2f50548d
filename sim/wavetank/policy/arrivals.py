"""The instants at which the events of one agent's stream are created.

A Poisson stream is a keyed tree (`poisson_tree`) in operational time (`rate_map`): any event and any
count is computed on its own, so buffers are ranges of indices and no rule of batching moves an event.
"""

from typing import NamedTuple

from wavetank.policy.choices import names_all
from wavetank.policy.codes import ProcessKind, Purpose
from wavetank.policy.keyed import draw, unit
from wavetank.policy.laws import NO_LAW, Law
from wavetank.policy.poisson_tree import count_before, offset_of, page_count, page_guide, page_shape
from wavetank.policy.rate_map import HORIZON, UNIT, op_starts, op_until, time_at
from wavetank.policy.rate_map import NEVER as NEVER

names_all(__name__, ProcessKind, "NONE POISSON CONSTANT CLOSED")

POISSON = int(ProcessKind.POISSON)
CONSTANT = int(ProcessKind.CONSTANT)
PHASE = int(Purpose.PHASE)


class Source(NamedTuple):
    """The creation of events of one stream, the same for every agent of a class.

    `rate_per_s` is the base rate. Poisson: pages of 2**`page_bits` operational ns whose counts are drawn
    by the thresholds `page_counts` (units of 2**-63), which `page_guide` finds sooner. Constant: event j
    at operational `phase_ns` (-1: keyed, uniform in one gap) + j * `gap_ns`. Closed: `think` (ns) between
    completion and next event. Piece i of the profile begins at `starts_ns[i]`, operational
    `starts_op[i]`, with `factors[i]` / 2**20 times the base rate. `size` is the law of an event's bytes.
    """

    kind: int
    rate_per_s: float
    page_bits: int
    page_counts: tuple[int, ...]
    page_guide: tuple[int, ...]
    gap_ns: int
    phase_ns: int
    starts_ns: tuple[int, ...]
    starts_op: tuple[int, ...]
    factors: tuple[int, ...]
    think: Law
    size: Law


NO_SOURCE = Source(int(ProcessKind.NONE), 0.0, 0, (0,), (0,), 0, 0, (0,), (0,), (UNIT,), NO_LAW, NO_LAW)


def make_source(
    kind: int,
    rate_per_s: float,
    profile: tuple[tuple[int, float], ...],
    think: Law,
    size: Law,
    phase_ns: int = -1,
) -> Source:
    """A source from what a scenario says; a rate of 0 makes no events (kind NONE) unless it is closed.

    `profile` is ((start_ns, factor), ...), ascending; before its first start the factor is 1, and
    without any it is 1 throughout. Factors are kept to 2**-20. Not for compilation.
    """
    pieces = profile if profile and profile[0][0] <= 0 else ((0, 1.0), *profile)
    starts_ns = (0, *(start for start, _ in pieces[1:]))
    factors = tuple(round(factor * UNIT) for _, factor in pieces)
    source = NO_SOURCE._replace(
        kind=int(kind),
        rate_per_s=rate_per_s,
        phase_ns=phase_ns,
        starts_ns=starts_ns,
        starts_op=op_starts(starts_ns, factors),
        factors=factors,
        think=think,
        size=size,
    )
    if kind not in (POISSON, CONSTANT):
        return source
    if rate_per_s <= 0.0:
        return source._replace(kind=int(ProcessKind.NONE))
    if kind == CONSTANT:
        return source._replace(gap_ns=max(1, min(HORIZON, round(1e9 / rate_per_s))))
    page_bits, page_counts = page_shape(rate_per_s)
    return source._replace(page_bits=page_bits, page_counts=page_counts, page_guide=page_guide(page_counts))


def count(source: Source, key: int, page: int, before: int, until_ns: int) -> tuple[int, int, int]:
    """(page, before, n): the cursor, moved, and the number of events at or before `until_ns`.

    `key` is `key_of(seed, agent, stream, Purpose.PAGE_COUNT)`. A cursor (page, events before it) begins
    at (0, 0); wherever it stands the answer is the same, only the work differs.
    """
    if until_ns < 0:
        return page, before, 0
    if source.kind == POISSON:
        op = op_until(source.starts_ns, source.starts_op, source.factors, until_ns)
        k = source.page_bits
        target = op >> k
        while page < target:
            before += page_count(source.page_counts, source.page_guide, draw(key, page, 0))
            page += 1
        while page > target:
            page -= 1
            before -= page_count(source.page_counts, source.page_guide, draw(key, page, 0))
        bits = draw(key, page, 0)
        n = page_count(source.page_counts, source.page_guide, bits)
        return page, before, before + count_before(bits, k, n, op - (page << k))
    if source.kind == CONSTANT:
        op = op_until(source.starts_ns, source.starts_op, source.factors, until_ns)
        first = phase_ns_of(source, key)
        if op <= first:
            return page, before, 0
        return page, before, (op - 1 - first) // source.gap_ns + 1
    return page, before, 0


def time_of(source: Source, key: int, page: int, before: int, j: int) -> tuple[int, int, int]:
    """(page, before, t_ns): the cursor, moved, and when the j-th event is, j from 0 (else NEVER).

    Key and cursor as in `count`; `count` up to `t_ns` is at least j + 1.
    """
    if source.kind == POISSON:
        last = len(source.factors) - 1
        end = source.starts_op[last] if source.factors[last] == 0 else HORIZON
        k = source.page_bits
        while before > j:
            page -= 1
            before -= page_count(source.page_counts, source.page_guide, draw(key, page, 0))
        while True:
            bits = draw(key, page, 0)
            n = page_count(source.page_counts, source.page_guide, bits)
            if j < before + n:
                break
            if (page + 1) << k >= end:
                return page, before, NEVER
            before += n
            page += 1
        op = (page << k) + offset_of(bits, k, n, j - before)
        return page, before, time_at(source.starts_ns, source.starts_op, source.factors, op)
    if source.kind == CONSTANT:
        if j >= HORIZON // source.gap_ns:
            return page, before, NEVER
        op = phase_ns_of(source, key) + j * source.gap_ns
        return page, before, time_at(source.starts_ns, source.starts_op, source.factors, op)
    return page, before, NEVER


def phase_ns_of(source: Source, key: int) -> int:
    """Where a constant stream's first event is, in operational time."""
    if source.phase_ns >= 0:
        return source.phase_ns
    return min(int(unit(draw(key, 0, PHASE)) * source.gap_ns), source.gap_ns - 1)
