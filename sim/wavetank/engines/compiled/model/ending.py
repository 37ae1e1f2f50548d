"""The end of the measured window, and the end of the run, which may come later.

At the duration the books are closed; events that were created before it may still be delivered later. What
is open at the end is censored at its age (docs/model.md#latency-window and #settling).
"""

from __future__ import annotations

from wavetank.engines.compiled.model.arrivals import created_at, created_until, look_up
from wavetank.engines.compiled.model.latency import latency_in, note_open, piece_at
from wavetank.engines.compiled.model.measure import (
    PRODUCED,
    QUEUED,
    count_events,
    count_unheard,
    integrate,
    sample_levels,
    spread_busy,
    turn_second,
)
from wavetank.engines.compiled.model.node import node_of
from wavetank.engines.compiled.model.outbox import admit_range, oldest
from wavetank.engines.compiled.model.parts import Agent, AgentStream, Range
from wavetank.engines.compiled.model.requests import IS_OPEN
from wavetank.engines.compiled.model.sampling import count_produced
from wavetank.engines.compiled.model.streams import overflowed
from wavetank.engines.compiled.model.tracing import log_request
from wavetank.engines.compiled.model.wave import close_wave
from wavetank.engines.compiled.model.world import World, agent_number, flow_at_place
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.policy.codes import ProcessKind

# ---- the measured window ---------------------------------------------------------------------------


@entry("core")
def close_books(w: World) -> None:
    """Count what is queued and open now: the measured window is over."""
    integrate(w)
    turn_second(w)
    for index in range(w.agent_count):
        close_agent(w, agent_number(w, index))
    w.closed = 1
    w.busy_until_ns = w.horizon_ns


@kernel
def close_agent(w: World, agent: Agent) -> None:
    """Count the events and attempts that one agent still has when the run ends."""
    for place in range(w.flow_count):
        flow = flow_at_place(w, agent, place)
        if flow.plan and agent.started:
            close_flow(w, flow)
        t = flow.attempts
        while t:
            w.open[flow.stream] += 1
            count_unheard(w, t)
            if w.logs_requests:
                log_request(w, t, IS_OPEN, -1)
            t = t.next


@entry("core")
def close_flow(w: World, flow: AgentStream) -> None:
    """The events that one stream still has."""
    created = created_until(w, flow, w.now - 1)
    origin = 0 if flow.plan.source.kind == ProcessKind.CLOSED else max(0, flow.origin)
    count_events(w, flow.stream, PRODUCED, created - origin)
    gone = admit_range(w, flow, created)
    if gone:
        overflowed(w, flow, gone)
    held = flow.outbox_held
    count_events(w, flow.stream, QUEUED, held)
    w.outbox_max = max(w.outbox_max, held)
    if held == 0:
        return
    first = oldest(flow)
    x = flow.live
    while x:
        if x.ranges:
            first = min(first, x.ranges.first)
        x = x.next
    created_ns = created_at(w, flow, first)
    w.backlog_age_max_ns = max(w.backlog_age_max_ns, w.now - created_ns)
    if flow.plan.source.kind == ProcessKind.CLOSED and w.warmup_ns <= flow.created_ns < w.latency_end_ns:
        latency_in(w, flow.plan, piece_at(w, flow.created_ns)).created += 1


# ---- the run ---------------------------------------------------------------------------------------


@entry("core")
def complete_series(w: World) -> None:
    """Write the last, perhaps unfinished, bins of series and wave as they are now."""
    bins = -(-w.now // w.bin_ns)
    book_running(w, w.now, -1)
    sample_levels(w, bins - 1)
    if w.produced_count * w.sample_bins < bins:
        count_produced(w, w.now - 1)
    close_wave(w)


@entry("core")
def book_running(w: World, from_ns: int, sign: int) -> None:
    """Book in the series what running jobs do from `from_ns` on, as far as there are bins (sign -1: not)."""
    for index in range(w.server.nodes):
        node = node_of(w, index)
        job = node.running
        while job:
            begin_ns = max(job.started_ns, from_ns)
            spread_busy(w, node, begin_ns, min(job.finish_ns, w.booked_until_ns), sign)
            job = job.next


@entry("core")
def censor(w: World) -> None:
    """Note the least age of what the window has left undelivered."""
    for index in range(w.agent_count):
        agent = agent_number(w, index)
        if agent.started:
            for place in range(w.flow_count):
                flow = flow_at_place(w, agent, place)
                if flow.plan:
                    censor_flow(w, flow)
        if w.command_cursors:
            censor_commands(w, agent)


@kernel
def censor_flow(w: World, flow: AgentStream) -> None:
    """Note the youngest event of the window that one stream still has."""
    if flow.outbox_held == 0:
        return
    if flow.plan.source.kind == ProcessKind.CLOSED:
        if w.warmup_ns <= flow.created_ns < w.latency_end_ns:
            entry = latency_in(w, flow.plan, piece_at(w, flow.created_ns))
            note_open(entry, w.now - flow.created_ns)
        return
    first, piece = flow.latency_first, 0
    while piece < len(w.edges_ns) and w.edges_ns[piece] < w.latency_end_ns:
        end = min(flow.latency_end, max(first, look_up(w, flow, w.edges_ns[piece] - 1)))
        censor_events(w, flow, first, end, piece)
        first = end
        piece += 1
    censor_events(w, flow, first, flow.latency_end, piece)


@kernel
def censor_events(w: World, flow: AgentStream, first: int, end: int, piece: int) -> None:
    """Note the youngest of the events `first` to `end - 1` that one stream still has."""
    last = newest(flow.waiting, first, end, -1)
    x = flow.live
    while x:
        last = newest(x.ranges, first, end, last)
        x = x.next
    if last >= 0:
        note_open(latency_in(w, flow.plan, piece), w.now - created_at(w, flow, last))


@kernel
def newest(span: Range, first: int, end: int, last: int) -> int:
    """The greater of `last` and the newest of the events `first` to `end - 1` in a list of ranges."""
    while span:
        until = min(span.end, end)
        if until > max(span.first, first):
            last = max(last, until - 1)
        span = span.next
    return last


@kernel
def censor_commands(w: World, agent: Agent) -> None:
    """Note the youngest command of the window that one agent does not have."""
    command = agent.commands
    while command:
        if w.warmup_ns <= command.created_ns < w.latency_end_ns:
            censor_command(w, command.created_ns)
        command = command.next


@kernel
def censor_command(w: World, created_ns: int) -> None:
    """Note the age of a command of the window that its agent does not have."""
    age_ns = w.now - created_ns
    w.command_censor_ns = least(w.command_censor_ns, age_ns)
    if len(w.edges_ns) > 0:
        window = w.window_of_piece[piece_at(w, created_ns)]
        w.window_command_censor_ns[window] = least(w.window_command_censor_ns[window], age_ns)


@kernel
def least(censor_ns: int, age_ns: int) -> int:
    """The lesser of two ages, of which 0 stands for none yet."""
    return age_ns if censor_ns == 0 or age_ns < censor_ns else censor_ns
