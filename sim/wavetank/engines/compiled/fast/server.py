"""The server as a recurrence: a core takes a request when the first of them is free (Kiefer, Wolfowitz 1955).

Requests are looked at in the order of their arrival, each once; when it begins and ends is known at once, and
is booked at once, whenever that is. What the general loop sees pass by (levels, areas) is put together here.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.histogram import add_to
from wavetank.engines.compiled.fast.layouts import Fast, fast_of
from wavetank.engines.compiled.model.measure import begun, integrate, next_bin, restart_connections, waited
from wavetank.engines.compiled.model.parts import Job
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import allocate, release, store, word


@kernel
def worked_off(w: World, f: Fast, job: Job) -> int:
    """When a job that arrives now is done; it is queued, worked on and booked."""
    arrival_ns = w.now
    begin_ns = max(arrival_ns, first_free_ns(f))
    finish_ns = begin_ns + job.cost_ns
    occupy(f, finish_ns)
    job.arrived_ns = arrival_ns
    job.started_ns = begin_ns
    job.finish_ns = finish_ns
    from_ns = max(arrival_ns, w.warmup_ns)
    if begin_ns > arrival_ns:
        queue(w, f, begin_ns)
        add_to(w.queue_area, max(0, min(begin_ns, w.duration_ns) - from_ns))
    add_to(w.system_area, max(0, min(finish_ns, w.duration_ns) - from_ns))
    if begin_ns < w.duration_ns:
        w.now = begin_ns
        waited(w, job)
        begun(w, f.node, job)
        w.now = arrival_ns
    return finish_ns


@kernel
def first_free_ns(f: Fast) -> int:
    """When the first of the cores is free."""
    return word(f.cores + 8 * f.first_core)


@kernel
def occupy(f: Fast, until_ns: int) -> None:
    """The core that is free first is busy until then. The ring stays in order: mostly it is the last now."""
    f.first_core = f.first_core + 1 & f.core_mask
    at = f.first_core + f.core_count - 1
    before = word(f.cores + 8 * (at - 1 & f.core_mask))
    while before > until_ns and at > f.first_core:
        store(f.cores + 8 * (at & f.core_mask), before)
        at -= 1
        before = word(f.cores + 8 * (at - 1 & f.core_mask))
    store(f.cores + 8 * (at & f.core_mask), until_ns)


# ---- levels ----------------------------------------------------------------------------------------


@kernel
def queue(w: World, f: Fast, begin_ns: int) -> None:
    """A job waits until it begins. Nobody begins before those who came earlier: the ring is in order."""
    forget_begun(f, w.now)
    if f.starts_count == f.starts_capacity:
        grow_starts(w)
    store(f.starts + 8 * (f.starts_first + f.starts_count & f.starts_capacity - 1), begin_ns)
    f.starts_count += 1
    if f.starts_count > w.queue_max and w.now >= w.warmup_ns:
        w.queue_max = f.starts_count


@kernel
def forget_begun(f: Fast, until_ns: int) -> None:
    """Jobs that have begun by then wait no more."""
    while f.starts_count > 0 and word(f.starts + 8 * f.starts_first) <= until_ns:
        f.starts_first = f.starts_first + 1 & f.starts_capacity - 1
        f.starts_count -= 1


@entry("fast")
def grow_starts(w: World) -> None:
    """Twice the room for jobs that wait."""
    f = fast_of(w)
    more = max(1024, 2 * f.starts_capacity)
    fresh = allocate(8 * more)
    for i in range(f.starts_count):
        store(fresh + 8 * i, word(f.starts + 8 * (f.starts_first + i & f.starts_capacity - 1)))
    if f.starts:
        release(f.starts)
    f.starts = fresh
    f.starts_first = 0
    f.starts_capacity = more


@entry("fast")
def tick(w: World) -> int:
    """Do the periodic checks up to and including the next tick; returns the instant of the tick after it."""
    f = fast_of(w)
    at_ns = next_tick(f)
    w.now = at_ns
    forget_begun(f, at_ns)
    if at_ns == f.warms_up_ns:
        f.warms_up_ns = w.duration_ns
        integrate(w)
        restart_connections(w)
        w.queue_max = f.starts_count
    if at_ns == f.next_bin_ns:
        sample(w, at_ns // w.bin_ns - 1)
        next_bin(w)
        f.next_bin_ns += w.bin_ns
    return next_tick(f)


@kernel
def next_tick(f: Fast) -> int:
    """When to look again."""
    return min(f.warms_up_ns, f.next_bin_ns)


@kernel
def sample(w: World, index: int) -> None:
    """The levels at the end of a bin."""
    w.s_queue_length[index] = fast_of(w).starts_count
    w.s_connections[index] = w.open_connections


__all__ = ["forget_begun", "next_tick", "sample", "tick", "worked_off"]
