"""Requests on the fast path that are turned away, time out, or are still open at the end.

What happens later is booked now, with the time at which it will happen; nothing is booked beyond the
duration. Waits are those of policy/backoff.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.fast.layouts import (
    CLOSES,
    CONNECTED,
    SAMPLED,
    WAITS,
    Record,
    fast_of,
)
from wavetank.engines.compiled.fast.request import kind_of, log, ready
from wavetank.engines.compiled.fast.wave import paint
from wavetank.engines.compiled.fast.wheel import put
from wavetank.engines.compiled.model.latency import note_open
from wavetank.engines.compiled.model.measure import (
    QUEUED,
    bin_of,
    count_events,
    rejected,
    timed_out,
)
from wavetank.engines.compiled.model.requests import IS_OPEN, WAS_REJECTED, WAS_TIMED_OUT, retry_of
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.policy.codes import Cause
from wavetank.policy.rate_map import NEVER
from wavetank.protocol.waits import back_off
from wavetank.results.states import RETRYING


@entry("fast")
def turned_away(w: World, r: Record, at_ns: int) -> None:
    """401: the request is repeated as soon as there is another token."""
    k = kind_of(fast_of(w), r)
    w.now = at_ns
    rejected(w, fast_of(w).node, k.stream, Cause.TOKEN)
    log(w, r, k, at_ns, WAS_REJECTED)
    if r.attempt > 0 and r.flags & SAMPLED:
        paint(w, r.agent, r.started_ns, at_ns, RETRYING)
    r.attempt += 1
    ready(w, k, r, at_ns, bin_of(w, at_ns))


@entry("fast")
def waited_in_vain(w: World, r: Record, deadline_ns: int) -> None:
    """The agent waits no longer: it gives the connection up and backs off."""
    k = kind_of(fast_of(w), r)
    w.now = deadline_ns
    timed_out(w, k.stream)
    log(w, r, k, deadline_ns, WAS_TIMED_OUT)
    hang_up(w, r, deadline_ns + k.delay_ns, 0)
    r.flags &= ~CONNECTED
    again_ns = deadline_ns + wait_ns(w, r.agent, k.stream, r.requests, r.attempt)
    if r.flags & SAMPLED:
        paint(w, r.agent, r.started_ns if r.attempt > 0 else deadline_ns, again_ns, RETRYING)
    r.attempt += 1
    ready(w, k, r, again_ns, bin_of(w, again_ns))


@kernel
def hang_up(w: World, r: Record, at_ns: int, of_login: int) -> None:
    """The reset that gives a connection up arrives later."""
    f = fast_of(w)
    if at_ns < w.duration_ns:
        f.reset.when_ns = at_ns
        f.reset.agent = r.agent
        f.reset.flags = CLOSES | of_login
        put(f, f.reset)


@kernel
def wait_ns(w: World, agent: int, stream: int, request: int, attempt: int) -> int:
    """How long to back off after a failed attempt."""
    x = fast_of(w).exchange
    x.request = request
    x.attempt = attempt
    x.tried = attempt + 1
    return back_off(retry_of(w, stream), w.seed, agent, stream, x, 0)  # type: ignore[arg-type]


@entry("fast")
def leave_request(w: World, r: Record) -> None:
    """Nothing more comes of the request before the end: its event stays queued, its attempt open."""
    k = kind_of(fast_of(w), r)
    if r.created_ns < w.duration_ns:
        count_events(w, k.stream, QUEUED, 1)
        w.backlog_age_max_ns = max(w.backlog_age_max_ns, w.duration_ns - r.created_ns)
        if w.warmup_ns <= r.created_ns < w.latency_end_ns:
            k.plan.latency.created += 1
            note_open(k.plan.latency, w.duration_ns - r.created_ns)
        waits = r.flags & WAITS
        if not waits and r.started_ns < w.duration_ns:
            w.open[k.stream] += 1
            log(w, r, k, -1, IS_OPEN)
        if r.attempt > (1 if waits else 0) and r.flags & SAMPLED:
            paint(w, r.agent, r.started_ns, w.duration_ns, RETRYING)
    r.created_ns = NEVER
    r.started_ns = NEVER
    r.flags &= ~WAITS
