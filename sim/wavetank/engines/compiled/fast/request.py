"""The request of an agent, from its event to the next one: the same rules as the general loop's, in one go.

An agent is two chains that touch at the token. Here is one: an event, the wait for a token where there is
none, attempts, the answer, the next event. What becomes of an attempt that fails is in `failing.py`. The
other chain is in `login.py`: from one token to the next.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.layouts import TIMES_BYTES, times_at
from wavetank.engines.compiled.fast.layouts import (
    CONNECTED,
    KIND_BYTES,
    RECEIVED,
    SAMPLED,
    STALE,
    WAITS,
    Fast,
    Kind,
    Record,
    fast_of,
    kind_at,
)
from wavetank.engines.compiled.fast.wave import paint
from wavetank.engines.compiled.model.latency import deposit_alone
from wavetank.engines.compiled.model.measure import (
    PRODUCED,
    answered_ok,
    bin_of,
    count_events,
    delivered_any,
    issued_in,
)
from wavetank.engines.compiled.model.requests import WAS_OK
from wavetank.engines.compiled.model.tracing import log_row
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import kernel
from wavetank.engines.compiled.toolchain.structs import store, word
from wavetank.policy.codes import Cause
from wavetank.policy.rate_map import NEVER
from wavetank.protocol.server import why_refused
from wavetank.results.peaks import CONNECTS, EVENTS, REQUESTS
from wavetank.results.states import RETRYING
from wavetank.units import SECOND as SECOND_NS


@kernel
def kind_of(f: Fast, r: Record) -> Kind:
    """The class of an agent."""
    return kind_at(f.kinds + KIND_BYTES * r.kind)


@kernel
def way_ns(k: Kind, connected: int) -> int:
    """From the beginning of an attempt to its request's arrival; to connect takes two messages more."""
    return k.delay_ns if connected else 3 * k.delay_ns


@kernel
def arrival_ns(w: World, k: Kind, r: Record) -> int:
    """When the request under way arrives."""
    if r.flags & WAITS or r.started_ns >= w.duration_ns:
        return NEVER
    return r.started_ns + way_ns(k, r.flags & CONNECTED)


@kernel
def count_at(w: World, at_ns: int, place: int) -> None:
    """One more in its second (see results/peaks.py); here they do not come in the order of time."""
    f = fast_of(w)
    times = times_at(f.seconds + TIMES_BYTES * (place * f.second_count + at_ns // SECOND_NS))
    times.n += 1


@kernel
def note_begin(w: World, stream: int, at_ns: int, connected: int) -> None:
    """An attempt begins in its second, and asks for a connection where there is none."""
    count_at(w, at_ns, REQUESTS + stream)
    if not connected:
        count_at(w, at_ns, CONNECTS)


@kernel
def count_sent(w: World, sent_ns: int, body_bytes: int) -> None:
    """The bytes of a request."""
    if sent_ns < w.duration_ns:
        w.bytes_up += w.connection.wire.request_bytes + body_bytes


@kernel
def log(w: World, r: Record, k: Kind, end_ns: int, outcome: int) -> None:
    """An attempt of the request is over."""
    if w.logs_requests:
        log_row(w, r.agent, k.stream, r.requests, r.attempt, r.started_ns, end_ns, outcome)


@kernel
def acknowledged(w: World, f: Fast, k: Kind, r: Record, at_ns: int, think_ns: int) -> None:
    """The answer is there; the next event comes when the agent has thought."""
    w.now = at_ns
    answered_ok(w, k.stream, r.started_ns)
    log(w, r, k, at_ns, WAS_OK)
    deposit_alone(w, k.plan, r.created_ns)
    delivered_any(w, k.stream, 1)
    count_at(w, at_ns, EVENTS)
    if r.attempt > 0 and r.flags & SAMPLED:
        paint(w, r.agent, r.started_ns, at_ns, RETRYING)
    r.requests += 1
    r.attempt = 0
    r.flags &= ~RECEIVED
    create(w, f, k, r, at_ns + think_ns)


@kernel
def create(w: World, f: Fast, k: Kind, r: Record, at_ns: int) -> None:
    """The next event is created then."""
    r.created_ns = at_ns
    index = 0
    if r.created_ns < w.duration_ns:
        index = bin_of(w, r.created_ns)
        count_events(w, k.stream, PRODUCED, 1)
        w.outbox_max = 1
        # what comes at the very end of a bin is seen by the look at it
        made_in = index - 1 if index > 0 and r.created_ns == index * w.bin_ns else index
        store(f.made + 8 * made_in, word(f.made + 8 * made_in) + 1)
    ready(w, k, r, r.created_ns, index)


@kernel
def ready(w: World, k: Kind, r: Record, at_ns: int, index: int) -> None:
    """An attempt begins, or waits for a token: for the one that is on its way, or one yet to be asked for.

    `index` is the bin of `at_ns`.
    """
    if at_ns < r.valid_ns:
        if r.attempt > 1 and r.flags & SAMPLED:
            paint(w, r.agent, at_ns, r.valid_ns, RETRYING)
        at_ns = r.valid_ns
        index = bin_of(w, at_ns)
    r.started_ns = at_ns
    r.flags &= ~(WAITS | STALE)
    if w.needs_token and (r.login_attempt > 0 or at_ns >= r.login_ns):
        r.flags |= WAITS
    elif at_ns < w.duration_ns:
        begin(w, k, r, index)


@kernel
def begin(w: World, k: Kind, r: Record, index: int) -> None:
    """An attempt begins. Whether its token still lives when it arrives is known already."""
    w.now = r.started_ns
    issued_in(w, k.stream, r.attempt, index)
    note_begin(w, k.stream, r.started_ns, r.flags & CONNECTED)
    there_ns = arrival_ns(w, k, r)
    count_sent(w, there_ns - k.delay_ns, k.body_bytes)
    if why_refused(w.auth.scheme, k.stream, 0, 0, r.login_ns, there_ns, False, False) != Cause.NONE:
        r.flags |= STALE
