"""What is looked at from time to time: levels per bin, events produced, agents gone silent; and the end."""

from __future__ import annotations

from wavetank.engines.compiled.calendar import push
from wavetank.engines.compiled.histogram import add
from wavetank.engines.compiled.layouts import Agent, Flow
from wavetank.engines.compiled.measure import (
    PRODUCED,
    QUEUED,
    count_events,
    count_unheard,
    dropped,
    integrate,
    next_bin,
    open_window,
    sample_levels,
)
from wavetank.engines.compiled.outbox import admit_range, oldest
from wavetank.engines.compiled.pools import order_high
from wavetank.engines.compiled.requests import IS_OPEN
from wavetank.engines.compiled.start import remember_beats
from wavetank.engines.compiled.streams import created_at, created_until
from wavetank.engines.compiled.tracing import log_request
from wavetank.engines.compiled.units import kernel, unit
from wavetank.engines.compiled.wave import close_wave
from wavetank.engines.compiled.world import World, agent_number, flow_at_place
from wavetank.policy.codes import DropCause, ProcessKind, Purpose, Stream
from wavetank.policy.keyed import draw, key_of
from wavetank.policy.keyed import unit as uniform_of
from wavetank.protocol.order import Kind

WARMED_UP, BIN, SWEEP = range(3)


@kernel
def tick(w: World, at_ns: int, what: int) -> None:
    """Look again at `at_ns`."""
    if at_ns < w.duration_ns:
        push(w, at_ns, order_high(Kind.SAMPLE, -1, what, 0), 0, 0)


@kernel
def sweep_ns(w: World) -> int:
    """How often the server looks for agents gone silent."""
    return w.heartbeat.offline_sweep_ns if w.heartbeat.offline_sweep_ns else w.heartbeat.offline_after_ns


@unit("core")
def plan_samples(w: World) -> None:
    """Set all ticks."""
    tick(w, w.warmup_ns, WARMED_UP)
    tick(w, w.bin_ns, BIN)
    if w.heartbeat.offline_after_ns:
        remember_beats(w)
        fleet = key_of(w.seed, -1, Stream.HEARTBEAT, Purpose.SWEEP_PHASE)
        tick(w, int(uniform_of(draw(fleet, 0, 0)) * sweep_ns(w)), SWEEP)


@unit("core")
def on_sample(w: World, what: int) -> None:
    """A tick."""
    if what == WARMED_UP:
        open_window(w)
    elif what == BIN:
        index = w.now // w.bin_ns - 1
        sample_levels(w, index)
        next_bin(w)
        if (index + 1) % w.sample_bins == 0:
            count_produced(w)
        tick(w, w.now + w.bin_ns, BIN)
    else:
        sweep(w)


@unit("core")
def count_produced(w: World) -> None:
    """How many events there are by now."""
    until_ns = min(w.now, w.duration_ns - 1)
    total = w.thoughts
    for index in range(w.agent_count if w.open_flows else 0):
        agent = agent_number(w, index)
        if agent.started:
            for place in range(w.flow_count):
                flow = flow_at_place(w, agent, place)
                if flow.lane and flow.lane.source.kind != ProcessKind.CLOSED:
                    total += created_until(w, flow, until_ns) - flow.origin
    w.s_produced[w.produced_count] = total
    w.produced_count += 1


@unit("heartbeat")
def sweep(w: World) -> None:
    """Raise an alarm for each agent that was not heard for too long."""
    after_ns = w.heartbeat.offline_after_ns
    for index in range(w.agent_count):
        agent = agent_number(w, index)
        silent_ns = w.now - agent.last_heard_ns
        if silent_ns >= after_ns and not agent.silent:
            agent.silent = 1
            w.offline_alarms += 1
            add(w.offline_detection, silent_ns)
    tick(w, w.now + sweep_ns(w), SWEEP)


# ---- the end ---------------------------------------------------------------------------------------


@unit("core")
def close_books(w: World) -> None:
    """What is queued and open at the end."""
    w.now = w.duration_ns
    integrate(w)
    sample_levels(w, w.bins - 1)
    if w.produced_count * w.sample_bins < w.bins:
        count_produced(w)
    for index in range(w.agent_count):
        close_agent(w, agent_number(w, index))
    close_wave(w)


@kernel
def close_agent(w: World, agent: Agent) -> None:
    """What one agent still has."""
    for place in range(w.flow_count):
        flow = flow_at_place(w, agent, place)
        if flow.lane and agent.started:
            close_flow(w, flow)
        t = flow.attempts
        while t:
            w.open[flow.stream] += 1
            count_unheard(w, t)
            if w.logs_requests:
                log_request(w, t, IS_OPEN, -1)
            t = t.next


@unit("core")
def close_flow(w: World, flow: Flow) -> None:
    """The events that one stream still has."""
    created = created_until(w, flow, w.duration_ns - 1)
    origin = 0 if flow.lane.source.kind == ProcessKind.CLOSED else max(0, flow.origin)
    count_events(w, flow.stream, PRODUCED, created - origin)
    gone = admit_range(w, flow, created)
    if gone:
        dropped(w, flow.stream, gone, DropCause.OVERFLOW, 0)
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
    w.backlog_age_max_ns = max(w.backlog_age_max_ns, w.duration_ns - created_ns)
    if flow.lane.source.kind == ProcessKind.CLOSED and w.warmup_ns <= flow.created_ns < w.latency_end_ns:
        flow.lane.latency.created += 1
