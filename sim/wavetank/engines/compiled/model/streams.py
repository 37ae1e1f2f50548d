"""The event streams of the agents: events come, gather, are acknowledged or given up.

Events have consecutive indices and are looked up when they are needed, never listed. A batch is frozen
from its first sending to its end. Rules: docs/model.md#flush, #overflow, #immediate, #buffer and
#think-times. Its twin is engines/reference/streams.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import push
from wavetank.engines.compiled.containers.order import order_high
from wavetank.engines.compiled.model.arrivals import created_at, created_until, size_of
from wavetank.engines.compiled.model.latency import deposit
from wavetank.engines.compiled.model.measure import (
    DROPPED_BUT_RECEIVED,
    DUPLICATED,
    RECEIVED,
    count_events,
    delivered,
    dropped,
)
from wavetank.engines.compiled.model.network import drawn
from wavetank.engines.compiled.model.outbox import (
    admit_range,
    give_events_back,
    nth,
    oldest,
    received_again,
    remember_given_back,
    take_events,
    waiting_events,
)
from wavetank.engines.compiled.model.parts import AgentStream, Attempt, Exchange
from wavetank.engines.compiled.model.signals import acknowledged, given_up, thought
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import NOTHING, address_of, prefetch
from wavetank.policy.choices import names_all
from wavetank.policy.codes import AgeFrom, DropCause, LawKind, ProcessKind, Purpose, Stream
from wavetank.policy.flush import due_ns
from wavetank.policy.rate_map import NEVER
from wavetank.protocol.order import Kind
from wavetank.protocol.tables import ExchangeEvent

names_all(__name__, ProcessKind, "NONE POISSON CONSTANT CLOSED")
names_all(__name__, AgeFrom, "FIRST_EVENT FLUSH RESUME")

DETERMINISTIC = int(LawKind.DETERMINISTIC)


@entry("core")
def think(w: World, flow: AgentStream) -> None:
    """A closed stream's next event comes when its think time is over."""
    flow.thinking = 1
    law = flow.plan.source.think
    think_ns = law.low
    if law.kind > DETERMINISTIC:
        key = order_high(0, flow.agent.index, flow.stream, flow.created)
        think_ns = drawn(w, law, key, 0, Purpose.THINK)
    high = order_high(Kind.CREATED, flow.agent.index, flow.stream, flow.created)
    push(w, w.now + think_ns, high, 0, address_of(flow))


@kernel
def on_thought(w: World, flow: AgentStream) -> None:
    """The think time is over."""
    kept = address_of(flow.kept)
    prefetch(kept)
    prefetch(kept + 64)
    prefetch(kept + 128)
    flow.thinking = 0
    flow.created += 1
    flow.created_ns = w.now
    w.thoughts += 1
    if w.signals:
        thought(w, flow.agent)
    arm(w, flow)


# ---- gathering -------------------------------------------------------------------------------------


@entry("core")
def admit(w: World, flow: AgentStream) -> None:
    """Let into the outbox what was created until now, and count what overflows."""
    flow.looked_ns = w.now
    gone = admit_range(w, flow, created_until(w, flow, w.now))
    if gone:
        overflowed(w, flow, gone)
    if flow.outbox_held > w.outbox_max:
        w.outbox_max = flow.outbox_held


@kernel
def overflowed(w: World, flow: AgentStream, events: int) -> None:
    """There was no room for events of a stream."""
    dropped(w, flow.stream, events, DropCause.OVERFLOW, 0)
    if w.signals:
        given_up(w, flow.agent, events)


@kernel
def may_overflow(w: World, flow: AgentStream) -> bool:
    """False when the buffer cannot have overflowed since it was last looked at (a cheap bound)."""
    plan = flow.plan
    if plan.capacity == 0:
        return False
    if plan.source.kind != ProcessKind.POISSON:
        return True
    past_op = (w.now - flow.looked_ns) * plan.most_factor >> 20
    pages = (past_op >> plan.source.page_bits) + 2
    return flow.outbox_held + pages * len(plan.source.page_counts) > plan.capacity


@kernel
def due(w: World, flow: AgentStream) -> int:
    """When the batch that is gathering is to be flushed, pause or no pause."""
    batching = flow.plan.batching
    first_ns = created_at(w, flow, oldest(flow))
    if first_ns >= NEVER:
        return NEVER
    full_ns = NEVER
    if batching.count == 1:
        full_ns = first_ns
    elif batching.count:
        full_ns = created_at(w, flow, nth(flow, batching.count - 1))
    # below `far_from_full`, looked at not long ago, the age is certain to come first
    unseen_ns = w.now - flow.looked_ns
    if batching.bytes and (
        flow.outbox_held >= flow.plan.far_from_full or unseen_ns > batching.age_ns + batching.pause_after_ns
    ):
        full_ns = min(full_ns, bytes_reached_ns(w, flow))
    return due_ns(batching.age_ns, batching.age_from, first_ns, flow.since_ns, full_ns)


@entry("bytes")
def bytes_reached_ns(w: World, flow: AgentStream) -> int:
    """When the waiting events first come to the batch's bytes."""
    law, limit = flow.plan.source.size, flow.plan.batching.bytes
    if law.kind <= DETERMINISTIC:
        if law.low == 0:
            return NEVER
        return created_at(w, flow, nth(flow, -(-limit // law.low) - 1))
    total = n = 0
    at_ns = NEVER
    while total < limit:
        at_ns = created_at(w, flow, nth(flow, n))
        if at_ns >= w.horizon_ns:
            return NEVER
        total += size_of(w, flow, nth(flow, n))
        n += 1
    return at_ns


@kernel
def is_full(flow: AgentStream) -> bool:
    """Whether the stream has as many requests in flight as it may."""
    most = flow.plan.batching.max_in_flight
    return most != 0 and flow.in_flight >= most


@entry("core")
def arm(w: World, flow: AgentStream) -> None:
    """Set the stream's flush timer, if it is not set right already."""
    if flow.agent.offline or not flow.agent.started or flow.unsent or is_full(flow):
        return
    at_ns = max(due(w, flow), flow.pause_end_ns, w.now)
    if at_ns >= w.horizon_ns or flow.armed_ns == at_ns:
        return
    flow.armed_ns = at_ns
    push(w, at_ns, order_high(Kind.FLUSH, flow.agent.index, flow.stream, flow.requests), 0, address_of(flow))


@kernel
def flush_is_due(w: World, flow: AgentStream) -> bool:
    """Whether a batch goes now; otherwise the timer is set anew where that makes sense."""
    if flow.armed_ns != w.now:
        return False
    flow.armed_ns = -1
    if flow.agent.offline or flow.unsent or is_full(flow):
        return False
    admit(w, flow)
    if not flow.waiting or max(due(w, flow), flow.pause_end_ns) > w.now:
        arm(w, flow)
        return False
    return True


@entry("core")
def fill_batch(w: World, flow: AgentStream, x: Exchange) -> int:
    """Take the batch that goes now; 0 when there is nothing to take."""
    if flow.looked_ns != w.now:
        admit(w, flow)
    flow.unsent = NOTHING
    take_events(w, flow, x, cap_of(w, flow))
    law = flow.plan.source.size
    if law.kind <= DETERMINISTIC:
        x.body_bytes = x.events * law.low
    else:
        x.body_bytes = 0
        span = x.ranges
        while span:
            for index in range(span.first, span.end):
                x.body_bytes += size_of(w, flow, index)
            span = span.next
    flow.since_ns = w.now
    return x.events


@kernel
def cap_of(w: World, flow: AgentStream) -> int:
    """How many of the waiting events one batch may hold, at least one."""
    batching, law = flow.plan.batching, flow.plan.source.size
    cap = batching.count if batching.count else flow.outbox_held
    if batching.bytes == 0:
        return cap
    if law.kind <= DETERMINISTIC:
        return max(1, min(cap, batching.bytes // law.low)) if law.low else cap
    total = n = 0
    limit = min(cap, waiting_events(flow))
    while n < limit:
        total += size_of(w, flow, nth(flow, n))
        if total > batching.bytes:
            break
        n += 1
    return max(1, n)


# ---- the end of a batch ----------------------------------------------------------------------------


@kernel
def batch_acknowledged(w: World, flow: AgentStream, x: Exchange) -> None:
    """The server has the batch, and the agent knows."""
    deposit(w, flow, x)
    delivered(w, flow.stream, x.events)
    if w.signals:
        acknowledged(w, flow.agent, x.events)
    let_go(w, flow, x)


@entry("core")
def batch_given_up(w: World, flow: AgentStream, x: Exchange, event: int) -> None:
    """No more attempts: a stateless batch is dropped, a stateful one waits for the next flush."""
    if flow.stream == Stream.STATEFUL and event == ExchangeEvent.EXHAUSTED:
        give_events_back(w, flow, x)
        remember_given_back(w, flow, x)
        pause(w, flow)
        return
    x.dropped = 1
    cause = DropCause.ATTEMPTS if event == ExchangeEvent.EXHAUSTED else DropCause.BODY
    dropped(w, flow.stream, x.events, int(cause), x.received)
    if w.signals:
        given_up(w, flow.agent, x.events)
    let_go(w, flow, x)


@entry("core")
def let_go(w: World, flow: AgentStream, x: Exchange) -> None:
    """The places of a batch's events are free."""
    if may_overflow(w, flow):
        admit(w, flow)
    flow.outbox_held -= x.events
    if flow.plan.source.kind == ProcessKind.CLOSED:
        think(w, flow)
    pause(w, flow)


@kernel
def pause(w: World, flow: AgentStream) -> None:
    """The stream pauses after a request."""
    batching = flow.plan.batching
    flow.pause_end_ns = w.now + batching.pause_after_ns
    if batching.age_from == AgeFrom.RESUME:
        flow.since_ns = flow.pause_end_ns
    arm(w, flow)


@kernel
def commit(w: World, t: Attempt) -> None:
    """The server takes the batch of an attempt in; what it had already is a duplicate."""
    flow, x = t.flow, t.exchange
    again = x.events if x.received else 0
    if flow.given_back:
        again = received_again(w, flow, x)
    count_events(w, flow.stream, RECEIVED, x.events - again)
    count_events(w, flow.stream, DUPLICATED, again)
    if x.dropped and not x.received:
        count_events(w, flow.stream, DROPPED_BUT_RECEIVED, x.events)
    x.received = 1
