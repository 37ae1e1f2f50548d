"""The latency of the events in a batch, from creation to acknowledgement (docs/model.md#batch-latency).

Events of a batch that were created at an even rate are added as one ramp, not one by one. An event counts
in the window in which it was created. Its twin is engines/reference/latency.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.histogram import add, ramp
from wavetank.engines.compiled.containers.layouts import HISTOGRAM_BYTES, Histogram, histogram_at
from wavetank.engines.compiled.model.arrivals import created_at, look_up
from wavetank.engines.compiled.model.parts import (
    LATENCY_BYTES,
    AgentStream,
    EventLatency,
    Exchange,
    StreamPlan,
    latency_at,
)
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import address_of
from wavetank.policy.choices import names_all
from wavetank.policy.codes import ProcessKind

names_all(__name__, ProcessKind, "NONE POISSON CONSTANT CLOSED")


@entry("arrivals")
def latency_window(w: World, flow: AgentStream) -> None:
    """Note which of a stream's events lie in [warm-up, duration - tail)."""
    page, before = flow.page, flow.before
    first = max(flow.origin, look_up(w, flow, w.warmup_ns - 1))
    flow.latency_first = first
    piece = 0
    # in the order of time, because the cursor then passes every page once
    while piece < len(w.edges_ns) and w.edges_ns[piece] < w.latency_end_ns:
        bound = max(first, look_up(w, flow, w.edges_ns[piece] - 1))
        latency_in(w, flow.plan, piece).created += bound - first
        first = bound
        piece += 1
    flow.latency_end = max(first, look_up(w, flow, w.latency_end_ns - 1))
    latency_in(w, flow.plan, piece).created += flow.latency_end - first
    flow.page, flow.before = page, before


@kernel
def piece_at(w: World, at_ns: int) -> int:
    """The number of the piece of time that holds an instant: 0 without faults."""
    piece = 0
    while piece < len(w.edges_ns) and w.edges_ns[piece] <= at_ns:
        piece += 1
    return piece


@kernel
def latency_in(w: World, plan: StreamPlan, piece: int) -> EventLatency:
    """Where the latencies of the events of a piece of time are kept."""
    if len(w.edges_ns) == 0:
        return plan.latency
    return latency_at(address_of(plan.latency) + LATENCY_BYTES * w.window_of_piece[piece])


@kernel
def command_latency_at(w: World, created_ns: int) -> Histogram:
    """Where the latency of a command is kept that was created at an instant."""
    if len(w.edges_ns) == 0:
        return histogram_at(w.command_latency)
    return histogram_at(w.command_latency + HISTOGRAM_BYTES * w.window_of_piece[piece_at(w, created_ns)])


@kernel
def note_age(w: World, created_ns: int) -> None:
    """Events that old were still kept."""
    w.backlog_age_max_ns = max(w.backlog_age_max_ns, w.now - created_ns)


@kernel
def deposit_alone(w: World, plan: StreamPlan, created_ns: int) -> None:
    """The latency of a closed stream's only event, acknowledged now."""
    note_age(w, created_ns)
    if w.warmup_ns <= created_ns < w.latency_end_ns:
        entry = latency_in(w, plan, piece_at(w, created_ns))
        if not w.closed:
            entry.created += 1
        entry.delivered += 1
        add(entry.histogram, w.now - created_ns)


@kernel
def note_open(entry: EventLatency, age_ns: int) -> None:
    """An event of the window of that age is still open."""
    if entry.censor_ns == 0 or age_ns < entry.censor_ns:
        entry.censor_ns = age_ns


@entry("core")
def deposit(w: World, flow: AgentStream, x: Exchange) -> None:
    """A batch was acknowledged now: the latency of its events (engines/reference/latency.py)."""
    created_ns = created_at(w, flow, x.ranges.first)
    if flow.plan.source.kind == ProcessKind.CLOSED:
        deposit_alone(w, flow.plan, created_ns)
        return
    note_age(w, created_ns)
    span = x.ranges
    whole = flow.plan.source.kind == ProcessKind.POISSON and not span.next
    while span:
        deposit_range(w, flow, max(span.first, flow.latency_first), min(span.end, flow.latency_end), whole)
        span = span.next


@kernel
def deposit_range(w: World, flow: AgentStream, first: int, end: int, whole: bool) -> None:
    """The latency of the events `first` to `end - 1`."""
    n = end - first
    if n <= 0:
        return
    first_ns = created_at(w, flow, first)
    last_ns = created_at(w, flow, end - 1) if n > 1 else first_ns
    piece = piece_at(w, first_ns)
    if piece != piece_at(w, last_ns):
        deposit_apart(w, flow, first, end)
        return
    entry: EventLatency = latency_in(w, flow.plan, piece)
    entry.delivered += n
    add(entry.histogram, w.now - first_ns)
    if n == 1:
        return
    add(entry.histogram, w.now - last_ns)
    if n == 2:
        return
    if whole and one_piece(flow, first_ns, last_ns):
        ramp(w, entry.histogram, w.now - last_ns, w.now - first_ns, n - 2)
    else:
        for index in range(first + 1, end - 1):
            add(entry.histogram, w.now - created_at(w, flow, index))


@entry("arrivals")
def deposit_apart(w: World, flow: AgentStream, first: int, end: int) -> None:
    """The latency of events that do not all lie in one window, one by one."""
    for index in range(first, end):
        created_ns = created_at(w, flow, index)
        entry = latency_in(w, flow.plan, piece_at(w, created_ns))
        entry.delivered += 1
        add(entry.histogram, w.now - created_ns)


@kernel
def one_piece(flow: AgentStream, first_ns: int, last_ns: int) -> bool:
    """Whether the rate did not change in between."""
    starts = flow.plan.source.starts_ns
    for i in range(1, len(starts)):  # noqa: SIM110
        if first_ns < starts[i] <= last_ns:
            return False
    return True


@kernel
def latency_begins(w: World, flow: AgentStream) -> None:
    """The agent begins only now: earlier events never happen."""
    first = max(flow.origin, flow.latency_first)
    low, gone = flow.latency_first, min(first, flow.latency_end)
    piece = 0
    while piece < len(w.edges_ns) and w.edges_ns[piece] < w.now:
        bound = min(gone, max(low, look_up(w, flow, w.edges_ns[piece] - 1)))
        latency_in(w, flow.plan, piece).created -= bound - low
        low = bound
        piece += 1
    latency_in(w, flow.plan, piece).created -= gone - low
    flow.latency_first, flow.latency_end = first, max(first, flow.latency_end)
