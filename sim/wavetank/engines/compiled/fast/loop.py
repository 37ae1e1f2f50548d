"""The loop of the fast path: take the next arrival, book what follows, until the agent's next one.

Arrivals are taken in windows in which none can make another one, so a window can be sorted at once. Two
arrivals of one instant keep the order of docs/model.md#order.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.pools import empty
from wavetank.engines.compiled.fast.arriving import at_server
from wavetank.engines.compiled.fast.failing import leave_request
from wavetank.engines.compiled.fast.layouts import (
    CLOSES,
    CONNECTED,
    KIND_BYTES,
    SAMPLED,
    Kind,
    Record,
    fast_of,
    kind_at,
)
from wavetank.engines.compiled.fast.login import at_login, leave_login, log_in, login_arrival_ns
from wavetank.engines.compiled.fast.request import arrival_ns, create, kind_of
from wavetank.engines.compiled.fast.server import forget_begun, next_tick, sample, tick
from wavetank.engines.compiled.fast.thinking import draw_ahead, first_think_ns
from wavetank.engines.compiled.fast.wave import note_expiry
from wavetank.engines.compiled.fast.wheel import again, next_key, open_next, put, take_next
from wavetank.engines.compiled.model.measure import change_open, integrate
from wavetank.engines.compiled.model.parts import AGENT_CLASS_BYTES, agent_class_at
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import clear, release, word
from wavetank.policy.codes import Purpose, Stream
from wavetank.policy.keyed import draw, key_of
from wavetank.policy.keyed import unit as uniform_of
from wavetank.policy.rate_map import NEVER

ENDED, GOES_ON = range(2)


@entry("fast")
def begin_all(w: World) -> None:
    """A steady fleet: connections open, tokens of uniform age, the first event after a think time."""
    f = fast_of(w)
    r = f.reset  # a record that is free as yet
    row = 0
    for index in range(w.kind_count):
        kind = agent_class_at(w.kinds + AGENT_CLASS_BYTES * index)
        for agent in range(kind.first, kind.first + kind.agents):
            clear(r)
            r.agent = agent
            r.kind = index
            r.flags = CONNECTED
            if row < w.wave_rows and w.wave_agents[row] == agent:
                r.flags |= SAMPLED
                row += 1
            begin(w, r)
    clear(r)


@kernel
def begin(w: World, r: Record) -> None:
    """One agent begins."""
    f = fast_of(w)
    k = kind_at(f.kinds + KIND_BYTES * r.kind)
    w.now = 0
    change_open(w, f.node, 1)
    r.login_ns = NEVER
    if w.needs_token:
        phase = uniform_of(draw(key_of(w.seed, r.agent, Stream.LOGIN, Purpose.START), 0, 0))
        expires_ns = w.auth.ttl_ns - int(phase * max(1, w.auth.ttl_ns))
        if r.flags & SAMPLED:
            note_expiry(w, r.agent, expires_ns)
        log_in(w, k, r, expires_ns)
    create(w, f, k, r, first_think_ns(w, k, r.agent))
    if comes_again(w, k, r):
        put(f, r)


@kernel
def comes_again(w: World, k: Kind, r: Record) -> bool:
    """Whether, and when, the agent arrives again before the end."""
    r.when_ns = min(arrival_ns(w, k, r), login_arrival_ns(w, k, r))
    if r.when_ns < w.duration_ns:
        return True
    leave_request(w, r)
    leave_login(w, k, r)
    return False


@entry("fast")
def advance_fast(w: World, steps: int) -> int:
    """Look at so many arrivals, at most."""
    f = fast_of(w)
    tick_ns = next_tick(f)
    while steps > 0:
        key = next_key(f)
        if key < 0:
            if not open_next(w):
                return ENDED
            draw_ahead(w)
            continue
        r = take_next(f, key)
        while r.when_ns > tick_ns:
            tick_ns = tick(w)
        dispatch(w, r)
        steps -= 1
    return GOES_ON


@kernel
def dispatch(w: World, r: Record) -> None:
    """Carry out one record's event: a reset, a login, or a request."""
    f = fast_of(w)
    w.now = r.when_ns
    if r.flags & CLOSES:
        change_open(w, f.node, -1)
        r.when_ns = w.duration_ns
        return
    k = kind_of(f, r)
    if login_arrival_ns(w, k, r) == r.when_ns:
        at_login(w, r)
    else:
        at_server(w, f, k, r)
    if comes_again(w, k, r):
        again(f, r)


@entry("fast")
def close_all(w: World) -> None:
    """The run is over."""
    f = fast_of(w)
    while next_tick(f) < w.duration_ns:
        tick(w)
    w.now = w.duration_ns
    integrate(w)
    forget_begun(f, w.duration_ns - 1)
    sample(w, w.bins - 1)
    count_produced(w)


@kernel
def count_produced(w: World) -> None:
    """How many events there were at the end of each flush period, and at the end of the run."""
    total, made = 0, fast_of(w).made
    for index in range(w.bins):
        total += word(made + 8 * index)
        if (index + 1) % w.sample_bins == 0 or index + 1 == w.bins:
            w.s_produced[w.produced_count] = total
            w.produced_count += 1


@entry("fast")
def release_fast(w: World) -> None:
    """Give all memory back."""
    f = fast_of(w)
    empty(f.chunks)
    for address in (f.entries, f.spare, f.logs, f.late, f.starts):
        if address != 0:
            release(address)
    f.entries = f.spare = f.logs = f.late = f.starts = 0
    if w.log:
        release(w.log)
        w.log = 0


__all__ = ["advance_fast", "begin_all", "close_all", "release_fast"]
