"""What an agent does between two arrivals at the server: the same rules as the general loop's, in one go.

An agent is two chains that touch at the token. Its request: an event, the wait for a token where there is
none, attempts, the answer, the next event. Its login (`login.py`): expiry, attempts, the next token.
"""

from __future__ import annotations

from wavetank.engines.compiled.costs import ACTIVITY
from wavetank.engines.compiled.fast.layouts import (
    CLOSES,
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
from wavetank.engines.compiled.fast.server import worked_off
from wavetank.engines.compiled.fast.wave import RETRYING, paint
from wavetank.engines.compiled.fast.wheel import put
from wavetank.engines.compiled.links import DETERMINISTIC
from wavetank.engines.compiled.measure import (
    DUPLICATED,
    PRODUCED,
    QUEUED,
    answered_ok,
    bin_of,
    change_connections,
    count_events,
    delivered,
    issued_in,
    rejected,
    timed_out,
)
from wavetank.engines.compiled.measure import RECEIVED as TAKEN_IN
from wavetank.engines.compiled.memory import store, word
from wavetank.engines.compiled.requests import IS_OPEN, WAS_OK, WAS_REJECTED, WAS_TIMED_OUT, retry_of
from wavetank.engines.compiled.streams import deposit_alone
from wavetank.engines.compiled.tracing import log_row
from wavetank.engines.compiled.units import kernel, unit
from wavetank.engines.compiled.world import World
from wavetank.policy.codes import Activity, Cause, Purpose
from wavetank.policy.keyed import draw, key_under
from wavetank.policy.laws import sample
from wavetank.policy.rate_map import NEVER
from wavetank.protocol.server import why_refused
from wavetank.protocol.waits import back_off


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
def count_sent(w: World, sent_ns: int, body_bytes: int) -> None:
    """The bytes of a request."""
    if sent_ns < w.duration_ns:
        w.bytes_up += w.connection.wire.request_bytes + body_bytes


@kernel
def log(w: World, r: Record, k: Kind, end_ns: int, outcome: int) -> None:
    """An attempt of the request is over."""
    if w.logs_requests:
        log_row(w, r.agent, k.stream, r.requests, r.attempt, r.started_ns, end_ns, outcome)


# ---- at the server ---------------------------------------------------------------------------------


@kernel
def prepare_job(w: World, f: Fast, stream: int, works: int, work_ns: int) -> None:
    """The job of a request that arrives now; what is turned away is only parsed and authenticated."""
    job, at = f.job, 6 * stream
    job.operation = stream
    job.first, job.first_ns = Activity.PARSE, w.fixed_costs[at]
    job.second, job.second_ns = Activity.AUTH, w.fixed_costs[at + 1]
    job.third, job.third_ns = ACTIVITY[stream], work_ns if works else 0
    job.cost_ns = job.first_ns + job.second_ns + job.third_ns


@kernel
def served_ns(w: World, f: Fast) -> int:
    """When the job is done; what costs nothing never queues."""
    return worked_off(w, f, f.job) if f.job.cost_ns else w.now


@kernel
def answered_ns(w: World, f: Fast, k: Kind, done_ns: int, deadline_ns: int) -> int:
    """When the answer is at the agent. None is sent once its reset is there: the work was wasted."""
    if done_ns >= w.duration_ns:
        return NEVER
    if deadline_ns + k.delay_ns >= done_ns:
        w.bytes_down += w.connection.wire.response_bytes
    elif f.job.cost_ns:
        w.wasted_ns[0] += max(0, done_ns - max(f.job.started_ns, w.warmup_ns))
    return done_ns + k.delay_ns


@kernel
def at_server(w: World, f: Fast, k: Kind, r: Record) -> None:
    """The request of an agent arrives."""
    if not r.flags & CONNECTED:
        r.flags |= CONNECTED
        change_connections(w, 1)
    stale = r.flags & STALE
    prepare_job(w, f, k.stream, not stale, k.work_ns)
    done_ns = served_ns(w, f)
    if not stale and done_ns < w.duration_ns:
        count_events(w, k.stream, DUPLICATED if r.flags & RECEIVED else TAKEN_IN, 1)
        r.flags |= RECEIVED
    deadline_ns = r.started_ns + k.patience_ns
    answer_ns = answered_ns(w, f, k, done_ns, deadline_ns)
    if deadline_ns < min(answer_ns, w.duration_ns):
        waited_in_vain(w, r, deadline_ns)
    elif answer_ns >= w.duration_ns:
        leave_request(w, r)
    elif stale:
        turned_away(w, r, answer_ns)
    else:
        acknowledged(w, f, k, r, answer_ns)


# ---- at the agent ----------------------------------------------------------------------------------


@kernel
def acknowledged(w: World, f: Fast, k: Kind, r: Record, at_ns: int) -> None:
    """The answer is there; the next event comes when the agent has thought."""
    w.now = at_ns
    answered_ok(w, k.stream, r.started_ns)
    log(w, r, k, at_ns, WAS_OK)
    deposit_alone(w, k.lane, r.created_ns)
    delivered(w, k.stream, 1)
    if r.attempt > 0 and r.flags & SAMPLED:
        paint(w, r.agent, r.started_ns, at_ns, RETRYING)
    r.requests += 1
    r.attempt = 0
    r.flags &= ~RECEIVED
    think(w, f, k, r, at_ns)


@kernel
def think(w: World, f: Fast, k: Kind, r: Record, from_ns: int) -> None:
    """The next event is created when the think time is over."""
    law = k.lane.source.think
    think_ns = law.low
    if law.kind > DETERMINISTIC:
        key = key_under(w.seed_key, r.agent, k.stream, int(Purpose.THINK))
        think_ns = sample(law, draw(key, r.requests, 0), w.empirical)
    r.created_ns = from_ns + think_ns
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
    there_ns = arrival_ns(w, k, r)
    count_sent(w, there_ns - k.delay_ns, k.body_bytes)
    if why_refused(w.auth.scheme, k.stream, 0, 0, r.login_ns, there_ns, False, False) != Cause.NONE:
        r.flags |= STALE


@unit("fast")
def turned_away(w: World, r: Record, at_ns: int) -> None:
    """401: the request is repeated as soon as there is another token."""
    k = kind_of(fast_of(w), r)
    w.now = at_ns
    rejected(w, k.stream, Cause.TOKEN)
    log(w, r, k, at_ns, WAS_REJECTED)
    if r.attempt > 0 and r.flags & SAMPLED:
        paint(w, r.agent, r.started_ns, at_ns, RETRYING)
    r.attempt += 1
    ready(w, k, r, at_ns, bin_of(w, at_ns))


@unit("fast")
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


# ---- the end ---------------------------------------------------------------------------------------


@unit("fast")
def leave_request(w: World, r: Record) -> None:
    """Nothing more comes of the request before the end: its event stays queued, its attempt open."""
    k = kind_of(fast_of(w), r)
    if r.created_ns < w.duration_ns:
        count_events(w, k.stream, QUEUED, 1)
        w.backlog_age_max_ns = max(w.backlog_age_max_ns, w.duration_ns - r.created_ns)
        if w.warmup_ns <= r.created_ns < w.latency_end_ns:
            k.lane.latency.created += 1
        waits = r.flags & WAITS
        if not waits and r.started_ns < w.duration_ns:
            w.open[k.stream] += 1
            log(w, r, k, -1, IS_OPEN)
        if r.attempt > (1 if waits else 0) and r.flags & SAMPLED:
            paint(w, r.agent, r.started_ns, w.duration_ns, RETRYING)
    r.created_ns = NEVER
    r.started_ns = NEVER
    r.flags &= ~WAITS


__all__ = [
    "answered_ns",
    "arrival_ns",
    "at_server",
    "count_sent",
    "hang_up",
    "kind_of",
    "leave_request",
    "prepare_job",
    "ready",
    "served_ns",
    "think",
    "wait_ns",
    "way_ns",
]
