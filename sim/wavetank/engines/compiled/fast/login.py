"""The login of an agent: at the expiry of its token, and again until it is answered.

A login is to tokens what arriving.py is to requests: booked whole when it arrives. A token's life is
counted from the end of the server's job (docs/model.md#tokens).
"""

from __future__ import annotations

from wavetank.engines.compiled.fast.arriving import answered_ns, prepare_job, served_ns
from wavetank.engines.compiled.fast.failing import hang_up, wait_ns
from wavetank.engines.compiled.fast.layouts import (
    LOGIN_CONNECTED,
    SAMPLED,
    WAITS,
    Kind,
    Record,
    fast_of,
)
from wavetank.engines.compiled.fast.request import count_sent, kind_of, note_begin, ready, way_ns
from wavetank.engines.compiled.fast.wave import note_expiry, paint
from wavetank.engines.compiled.model.measure import (
    answered_ok,
    bin_of,
    change_open,
    issued_in,
    logged_in,
    timed_out,
)
from wavetank.engines.compiled.model.requests import IS_OPEN, WAS_OK, WAS_TIMED_OUT
from wavetank.engines.compiled.model.tracing import log_row
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import store, word
from wavetank.policy.codes import Stream
from wavetank.policy.rate_map import NEVER
from wavetank.results.states import RETRYING, WAITING
from wavetank.units import SECOND as SECOND_NS

LOGIN = int(Stream.LOGIN)


@kernel
def login_arrival_ns(w: World, k: Kind, r: Record) -> int:
    """When the login under way, or the one at the token's expiry, arrives."""
    if r.login_ns >= w.duration_ns:
        return NEVER
    return r.login_ns + way_ns(k, r.flags & LOGIN_CONNECTED)


@kernel
def log_in(w: World, k: Kind, r: Record, at_ns: int) -> None:
    """The next attempt to log in begins then; the first one, when the token expires."""
    r.login_ns = at_ns
    if at_ns < w.duration_ns:
        w.now = at_ns
        issued_in(w, LOGIN, r.login_attempt, bin_of(w, at_ns))
        note_begin(w, LOGIN, at_ns, r.flags & LOGIN_CONNECTED)
        count_sent(w, login_arrival_ns(w, k, r) - k.delay_ns, 0)


@entry("fast")
def at_login(w: World, r: Record) -> None:
    """A login arrives."""
    f = fast_of(w)
    k = kind_of(f, r)
    if not r.flags & LOGIN_CONNECTED:
        r.flags |= LOGIN_CONNECTED
        change_open(w, f.node, 1)
    at = 6 * LOGIN
    prepare_job(w, f, LOGIN, 1, w.fixed_costs[at + 2] + w.fixed_costs[at + 5])
    done_ns = served_ns(w, f)
    deadline_ns = r.login_ns + k.login_patience_ns
    answer_ns = answered_ns(w, f, k, done_ns, deadline_ns)
    if deadline_ns < min(answer_ns, w.duration_ns):
        waited_in_vain(w, k, r, deadline_ns)
    elif answer_ns < w.duration_ns:
        granted(w, k, r, answer_ns, done_ns + w.auth.ttl_ns)
    else:
        leave_login(w, k, r)


@kernel
def granted(w: World, k: Kind, r: Record, at_ns: int, expires_ns: int) -> None:
    """The token is there; a request that waits for it goes."""
    w.now = at_ns
    answered_ok(w, LOGIN, r.login_ns)
    log(w, r, at_ns, WAS_OK)
    logged_in(w)
    count_login(w, at_ns)
    if r.flags & SAMPLED:
        paint_attempt(w, r, at_ns)
        note_expiry(w, r.agent, expires_ns)
    r.valid_ns = at_ns
    r.login_attempt = 0
    r.logins += 1
    log_in(w, k, r, expires_ns)
    if r.flags & WAITS:
        ready(w, k, r, r.started_ns, bin_of(w, r.started_ns))


@kernel
def count_login(w: World, at_ns: int) -> None:
    """One more token in its second; here they do not come in the order of time."""
    place = fast_of(w).second_logins + 8 * (at_ns // SECOND_NS)
    store(place, word(place) + 1)


@kernel
def waited_in_vain(w: World, k: Kind, r: Record, deadline_ns: int) -> None:
    """The agent waits for this login no longer: it gives the connection up and backs off."""
    w.now = deadline_ns
    timed_out(w, LOGIN)
    log(w, r, deadline_ns, WAS_TIMED_OUT)
    hang_up(w, r, deadline_ns + k.delay_ns, LOGIN_CONNECTED)
    r.flags &= ~LOGIN_CONNECTED
    again_ns = deadline_ns + wait_ns(w, r.agent, LOGIN, r.logins, r.login_attempt)
    if r.flags & SAMPLED:
        paint_attempt(w, r, deadline_ns)
        paint(w, r.agent, deadline_ns, again_ns, RETRYING)
    r.login_attempt += 1
    log_in(w, k, r, again_ns)


@kernel
def leave_login(w: World, k: Kind, r: Record) -> None:
    """Nothing more comes of the login before the end."""
    if r.login_ns < w.duration_ns:
        w.open[LOGIN] += 1
        log(w, r, -1, IS_OPEN)
        if r.flags & SAMPLED:
            paint_attempt(w, r, w.duration_ns)
        r.login_attempt = 1
        r.login_ns = NEVER


@kernel
def log(w: World, r: Record, end_ns: int, outcome: int) -> None:
    """An attempt to log in is over."""
    if w.logs_requests:
        log_row(w, r.agent, LOGIN, r.logins, r.login_attempt, r.login_ns, end_ns, outcome)


@kernel
def paint_attempt(w: World, r: Record, until_ns: int) -> None:
    """A sampled agent was logging in."""
    paint(w, r.agent, r.login_ns, until_ns, RETRYING if r.login_attempt > 0 else WAITING)
