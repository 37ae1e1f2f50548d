"""The event streams of the agents: events come, gather, are acknowledged or given up."""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import push
from wavetank.engines.compiled.containers.histogram import add, ramp
from wavetank.engines.compiled.containers.order import order_high
from wavetank.engines.compiled.model.measure import (
    CARRIED_IN,
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
    append,
    give_events_back,
    nth,
    oldest,
    received_again,
    remember_given_back,
    take_events,
    waiting_events,
)
from wavetank.engines.compiled.model.parts import Attempt, EventLatency, Exchange, Flow, Lane
from wavetank.engines.compiled.model.signals import acknowledged, given_up, thought
from wavetank.engines.compiled.model.windows import latency_in, piece_at
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import NOTHING, address_of, prefetch
from wavetank.policy.arrivals import count, phase_ns_of, time_of
from wavetank.policy.codes import AgeFrom, DropCause, LawKind, ProcessKind, Purpose, Stream
from wavetank.policy.flush import due_ns
from wavetank.policy.keyed import draw, key_of
from wavetank.policy.keyed import unit as uniform_of
from wavetank.policy.laws import residual
from wavetank.policy.rate_map import NEVER
from wavetank.policy.steady import carried, carried_ns, gathering
from wavetank.protocol.order import Kind
from wavetank.protocol.tables import ExchangeEvent

DETERMINISTIC = int(LawKind.DETERMINISTIC)
SIZES = (1 << 27) - 1
"""Sizes are drawn by these bits of an index: those of events carried in are at the upper end."""


# ---- arrivals --------------------------------------------------------------------------------------


@entry("arrivals")
def look_up(w: World, flow: Flow, until_ns: int) -> int:
    """How many events of an open stream there are up to `until_ns`."""
    flow.page, flow.before, n = count(flow.lane.source, flow.key, flow.page, flow.before, until_ns)
    return n


@entry("arrivals")
def find(w: World, flow: Flow, index: int) -> int:
    """When event `index` of an open stream is created."""
    flow.page, flow.before, at_ns = time_of(flow.lane.source, flow.key, flow.page, flow.before, index)
    flow.found_index = index
    flow.found_ns = at_ns
    return at_ns


@kernel
def found_gathering(w: World, flow: Flow) -> tuple[int, int, int, int, int]:
    """Where a stream of a steady fleet is in its cycle (policy/steady.py)."""
    lane = flow.lane
    batching = lane.batching
    bits = draw(key_of(w.seed, flow.agent.index, flow.stream, Purpose.START), 0, 0)
    return gathering(
        batching.age_from, batching.age_ns, batching.pause_after_ns, lane.full, lane.gap_ns,
        lane.source.kind == ProcessKind.POISSON, uniform_of(bits),
    )  # fmt: skip


@entry("steady")
def carried_at(w: World, flow: Flow, index: int) -> int:
    """When an event that was carried in was created, below 0."""
    if index == flow.origin:
        _, _, _, _, first_ns = found_gathering(w, flow)
        if first_ns >= 0:
            return -max(1, first_ns)
    past_key = key_of(w.seed, flow.agent.index, flow.stream, Purpose.CARRIED)
    return carried_ns(flow.lane.past, past_key, phase_ns_of(flow.lane.source, flow.key), -index)


@entry("steady")
def gather_from_before(w: World, flow: Flow) -> None:
    """A stream of events in the midst of its cycle: what it gathers, its age, its rest."""
    lane = flow.lane
    if lane.source.kind == ProcessKind.CLOSED:
        think_residual(w, flow)
        return
    if lane.gap_ns == 0.0:
        return
    most, window_ns, flow.since_ns, flow.rest_ns, first_ns = found_gathering(w, flow)
    past_key = key_of(w.seed, flow.agent.index, flow.stream, Purpose.CARRIED)
    phase_ns = phase_ns_of(lane.source, flow.key)
    waiting = carried(lane.past, past_key, phase_ns, most, window_ns, first_ns)
    if lane.capacity:
        waiting = min(waiting, lane.capacity)
    if waiting > 0:
        flow.origin = -waiting
        append(w, flow, -waiting, 0)
        flow.outbox_held = waiting
        count_events(w, flow.stream, CARRIED_IN, waiting)
        w.s_carried_in += waiting


@kernel
def think_residual(w: World, flow: Flow) -> None:
    """A closed stream thinks already: what is left of its think time."""
    flow.thinking = 1
    law = flow.lane.source.think
    key = key_of(w.seed, flow.agent.index, flow.stream, Purpose.THINK)
    think_ns = residual(law, draw(key, 0, 0), w.empirical)
    push(w, think_ns, order_high(Kind.CREATED, flow.agent.index, flow.stream, 0), 0, address_of(flow))


@kernel
def created_until(w: World, flow: Flow, until_ns: int) -> int:
    """How many events there are up to `until_ns`, not before the latest look, from the beginning of time."""
    if flow.lane.source.kind == ProcessKind.CLOSED:
        return flow.created
    if flow.found_index == flow.seen and flow.found_ns > until_ns:
        return flow.seen  # the next one is known, and comes later
    return look_up(w, flow, until_ns)


@kernel
def created_at(w: World, flow: Flow, index: int) -> int:
    """When event `index` is created; NEVER when that is not known."""
    if flow.lane.source.kind == ProcessKind.CLOSED:
        return flow.created_ns if index < flow.created else NEVER
    if index < 0:
        return carried_at(w, flow, index)
    return flow.found_ns if index == flow.found_index else find(w, flow, index)


@kernel
def size_of(w: World, flow: Flow, index: int) -> int:
    """Bytes of an event whose size is drawn."""
    return drawn(
        w, flow.lane.source.size, order_high(0, flow.agent.index, flow.stream, index & SIZES), 0, Purpose.SIZE
    )


@entry("core")
def think(w: World, flow: Flow) -> None:
    """A closed stream's next event comes when its think time is over."""
    flow.thinking = 1
    law = flow.lane.source.think
    think_ns = law.low
    if law.kind > DETERMINISTIC:
        key = order_high(0, flow.agent.index, flow.stream, flow.created)
        think_ns = drawn(w, law, key, 0, Purpose.THINK)
    high = order_high(Kind.CREATED, flow.agent.index, flow.stream, flow.created)
    push(w, w.now + think_ns, high, 0, address_of(flow))


@kernel
def on_thought(w: World, flow: Flow) -> None:
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
def admit(w: World, flow: Flow) -> None:
    """Let into the outbox what was created until now, and count what overflows."""
    flow.looked_ns = w.now
    gone = admit_range(w, flow, created_until(w, flow, w.now))
    if gone:
        overflowed(w, flow, gone)
    if flow.outbox_held > w.outbox_max:
        w.outbox_max = flow.outbox_held


@kernel
def overflowed(w: World, flow: Flow, events: int) -> None:
    """There was no room for events of a stream."""
    dropped(w, flow.stream, events, DropCause.OVERFLOW, 0)
    if w.signals:
        given_up(w, flow.agent, events)


@kernel
def may_overflow(w: World, flow: Flow) -> bool:
    """False when the buffer cannot have overflowed since it was last looked at (a cheap bound)."""
    lane = flow.lane
    if lane.capacity == 0:
        return False
    if lane.source.kind != ProcessKind.POISSON:
        return True
    past_op = (w.now - flow.looked_ns) * lane.most_factor >> 20
    pages = (past_op >> lane.source.page_bits) + 2
    return flow.outbox_held + pages * len(lane.source.page_counts) > lane.capacity


@kernel
def due(w: World, flow: Flow) -> int:
    """When the batch that is gathering is to be flushed, rest or no rest."""
    batching = flow.lane.batching
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
        flow.outbox_held >= flow.lane.far_from_full or unseen_ns > batching.age_ns + batching.pause_after_ns
    ):
        full_ns = min(full_ns, bytes_reached_ns(w, flow))
    return due_ns(batching.age_ns, batching.age_from, first_ns, flow.since_ns, full_ns)


@entry("bytes")
def bytes_reached_ns(w: World, flow: Flow) -> int:
    """When the waiting events first come to the batch's bytes."""
    law, limit = flow.lane.source.size, flow.lane.batching.bytes
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
def is_full(flow: Flow) -> bool:
    """Whether the stream has as many requests in flight as it may."""
    most = flow.lane.batching.max_in_flight
    return most != 0 and flow.in_flight >= most


@entry("core")
def arm(w: World, flow: Flow) -> None:
    """Set the stream's flush timer, if it is not set right already."""
    if flow.agent.offline or not flow.agent.started or flow.unsent or is_full(flow):
        return
    at_ns = max(due(w, flow), flow.rest_ns, w.now)
    if at_ns >= w.horizon_ns or flow.armed_ns == at_ns:
        return
    flow.armed_ns = at_ns
    push(w, at_ns, order_high(Kind.FLUSH, flow.agent.index, flow.stream, flow.requests), 0, address_of(flow))


@kernel
def flush_is_due(w: World, flow: Flow) -> bool:
    """Whether a batch goes now; otherwise the timer is set anew where that makes sense."""
    if flow.armed_ns != w.now:
        return False
    flow.armed_ns = -1
    if flow.agent.offline or flow.unsent or is_full(flow):
        return False
    admit(w, flow)
    if not flow.waiting or max(due(w, flow), flow.rest_ns) > w.now:
        arm(w, flow)
        return False
    return True


@entry("core")
def fill_batch(w: World, flow: Flow, x: Exchange) -> int:
    """Take the batch that goes now; 0 when there is nothing to take."""
    if flow.looked_ns != w.now:
        admit(w, flow)
    flow.unsent = NOTHING
    take_events(w, flow, x, cap_of(w, flow))
    law = flow.lane.source.size
    if law.kind <= DETERMINISTIC:
        x.body_bytes = x.events * law.low
    else:
        x.body_bytes = 0
        one = x.ranges
        while one:
            for index in range(one.first, one.end):
                x.body_bytes += size_of(w, flow, index)
            one = one.next
    flow.since_ns = w.now
    return x.events


@kernel
def cap_of(w: World, flow: Flow) -> int:
    """How many of the waiting events one batch may hold, at least one."""
    batching, law = flow.lane.batching, flow.lane.source.size
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


# ---- latency ---------------------------------------------------------------------------------------


@kernel
def note_age(w: World, created_ns: int) -> None:
    """Events that old were still kept."""
    w.backlog_age_max_ns = max(w.backlog_age_max_ns, w.now - created_ns)


@kernel
def deposit_alone(w: World, lane: Lane, created_ns: int) -> None:
    """The latency of a closed stream's only event, acknowledged now."""
    note_age(w, created_ns)
    if w.warmup_ns <= created_ns < w.latency_end_ns:
        entry = latency_in(w, lane, piece_at(w, created_ns))
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
def deposit(w: World, flow: Flow, x: Exchange) -> None:
    """A batch was acknowledged now: the latency of its events (engines/reference/latency.py)."""
    created_ns = created_at(w, flow, x.ranges.first)
    if flow.lane.source.kind == ProcessKind.CLOSED:
        deposit_alone(w, flow.lane, created_ns)
        return
    note_age(w, created_ns)
    one = x.ranges
    whole = flow.lane.source.kind == ProcessKind.POISSON and not one.next
    while one:
        deposit_range(w, flow, max(one.first, flow.latency_first), min(one.end, flow.latency_end), whole)
        one = one.next


@kernel
def deposit_range(w: World, flow: Flow, first: int, end: int, whole: bool) -> None:
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
    entry: EventLatency = latency_in(w, flow.lane, piece)
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
def deposit_apart(w: World, flow: Flow, first: int, end: int) -> None:
    """The latency of events that do not all lie in one window, one by one."""
    for index in range(first, end):
        created_ns = created_at(w, flow, index)
        entry = latency_in(w, flow.lane, piece_at(w, created_ns))
        entry.delivered += 1
        add(entry.histogram, w.now - created_ns)


@kernel
def one_piece(flow: Flow, first_ns: int, last_ns: int) -> bool:
    """Whether the rate did not change in between."""
    starts = flow.lane.source.starts_ns
    for i in range(1, len(starts)):  # noqa: SIM110
        if first_ns < starts[i] <= last_ns:
            return False
    return True


@entry("arrivals")
def latency_window(w: World, flow: Flow) -> None:
    """Note which of a stream's events lie in [warm-up, duration - tail)."""
    page, before = flow.page, flow.before
    first = max(flow.origin, look_up(w, flow, w.warmup_ns - 1))
    flow.latency_first = first
    piece = 0
    # in the order of time, because the cursor then passes every page once
    while piece < len(w.edges_ns) and w.edges_ns[piece] < w.latency_end_ns:
        bound = max(first, look_up(w, flow, w.edges_ns[piece] - 1))
        latency_in(w, flow.lane, piece).created += bound - first
        first = bound
        piece += 1
    flow.latency_end = max(first, look_up(w, flow, w.latency_end_ns - 1))
    latency_in(w, flow.lane, piece).created += flow.latency_end - first
    flow.page, flow.before = page, before


@kernel
def latency_begins(w: World, flow: Flow) -> None:
    """The agent begins only now: earlier events never happen."""
    first = max(flow.origin, flow.latency_first)
    low, gone = flow.latency_first, min(first, flow.latency_end)
    piece = 0
    while piece < len(w.edges_ns) and w.edges_ns[piece] < w.now:
        bound = min(gone, max(low, look_up(w, flow, w.edges_ns[piece] - 1)))
        latency_in(w, flow.lane, piece).created -= bound - low
        low = bound
        piece += 1
    latency_in(w, flow.lane, piece).created -= gone - low
    flow.latency_first, flow.latency_end = first, max(first, flow.latency_end)


# ---- the end of a batch ----------------------------------------------------------------------------


@kernel
def batch_acknowledged(w: World, flow: Flow, x: Exchange) -> None:
    """The server has the batch, and the agent knows."""
    deposit(w, flow, x)
    delivered(w, flow.stream, x.events)
    if w.signals:
        acknowledged(w, flow.agent, x.events)
    let_go(w, flow, x)


@entry("core")
def batch_given_up(w: World, flow: Flow, x: Exchange, event: int) -> None:
    """No more attempts: a stateless batch is dropped, a stateful one waits for the next flush."""
    if flow.stream == Stream.STATEFUL and event == ExchangeEvent.EXHAUSTED:
        give_events_back(w, flow, x)
        remember_given_back(w, flow, x)
        rest(w, flow)
        return
    x.dropped = 1
    cause = DropCause.ATTEMPTS if event == ExchangeEvent.EXHAUSTED else DropCause.BODY
    dropped(w, flow.stream, x.events, int(cause), x.received)
    if w.signals:
        given_up(w, flow.agent, x.events)
    let_go(w, flow, x)


@entry("core")
def let_go(w: World, flow: Flow, x: Exchange) -> None:
    """The places of a batch's events are free."""
    if may_overflow(w, flow):
        admit(w, flow)
    flow.outbox_held -= x.events
    if flow.lane.source.kind == ProcessKind.CLOSED:
        think(w, flow)
    rest(w, flow)


@kernel
def rest(w: World, flow: Flow) -> None:
    """After a request the stream may rest."""
    batching = flow.lane.batching
    flow.rest_ns = w.now + batching.pause_after_ns
    if batching.age_from == AgeFrom.RESUME:
        flow.since_ns = flow.rest_ns
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
