"""A request arrives at the server: from then on it is known what becomes of it.

Without refusals, abandoned work and other queues, a request's answer follows from the cores' free times.
So its whole future is booked at this instant.
"""

from __future__ import annotations

from wavetank.engines.compiled.fast.failing import leave_request, turned_away, waited_in_vain
from wavetank.engines.compiled.fast.layouts import (
    CONNECTED,
    RECEIVED,
    STALE,
    Fast,
    Kind,
    Record,
)
from wavetank.engines.compiled.fast.request import acknowledged
from wavetank.engines.compiled.fast.server import worked_off
from wavetank.engines.compiled.fast.thinking import next_think_ns
from wavetank.engines.compiled.model.costs import ACTIVITY
from wavetank.engines.compiled.model.measure import (
    DUPLICATED,
    change_open,
    count_events,
)
from wavetank.engines.compiled.model.measure import RECEIVED as TAKEN_IN
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import kernel
from wavetank.policy.codes import Activity
from wavetank.policy.rate_map import NEVER


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
    think_ns = next_think_ns(w, f, k, r)
    if not r.flags & CONNECTED:
        r.flags |= CONNECTED
        change_open(w, f.node, 1)
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
        acknowledged(w, f, k, r, answer_ns, think_ns)
