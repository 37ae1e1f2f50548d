"""Where structures come from and go to; who may still look at an attempt, an exchange, a connection."""

from __future__ import annotations

from wavetank.engines.compiled.layouts import (
    DEADLINES_BYTES,
    Attempt,
    Connection,
    Exchange,
    Flow,
    Pool,
    attempt_at,
    connection_at,
    deadlines_at,
    exchange_at,
    range_at,
)
from wavetank.engines.compiled.memory import NOTHING, address_of, allocate, clear, release, store, word
from wavetank.engines.compiled.signal_layouts import Signals
from wavetank.engines.compiled.units import kernel, unit
from wavetank.engines.compiled.world import World
from wavetank.policy.codes import Stream

CHUNK_BYTES = 65_536
STREAMS = len(Stream)


@kernel
def take(pool: Pool) -> int:
    """The address of a structure that nobody uses; what is in it is anything."""
    address = pool.free
    if address != 0:
        pool.free = word(address + 8)
        return address
    if pool.next == pool.end:
        count = max(16, CHUNK_BYTES // pool.size)
        chunk = allocate(16 + count * pool.size)
        store(chunk, pool.chunks)
        pool.chunks = chunk
        pool.next = chunk + 16
        pool.end = pool.next + count * pool.size
    address = pool.next
    pool.next = address + pool.size
    return address


@kernel
def give_back(pool: Pool, address: int) -> None:
    """A structure is used no more. Its first word stays what it is."""
    store(address + 8, pool.free)
    pool.free = address


@kernel
def empty(pool: Pool) -> None:
    """Give all memory of a pool back."""
    chunk = pool.chunks
    while chunk != 0:
        before = word(chunk)
        release(chunk)
        chunk = before
    pool.chunks = 0
    pool.next = 0
    pool.end = 0
    pool.free = 0


@unit("core")
def release_all(w: World) -> None:
    """The run is over, or was stopped: give everything back that kernels have allocated."""
    empty(w.attempts)
    empty(w.exchanges)
    empty(w.connections)
    empty(w.jobs)
    empty(w.ranges)
    empty(w.pending)
    empty(w.batches)
    empty(w.calendar.chunks)
    w.calendar.present = freed(w.calendar.present)
    w.given_back = freed(w.given_back)
    w.ring = freed(w.ring)
    if w.signals:
        release_signals(w.signals)
    w.trace = freed(w.trace)
    w.log = freed(w.log)
    for stream in range(STREAMS):
        d = deadlines_at(w.deadlines + DEADLINES_BYTES * stream)
        d.ring = freed(d.ring)
        d = deadlines_at(w.routes + DEADLINES_BYTES * stream)
        d.ring = freed(d.ring)
    d = deadlines_at(w.holds)
    d.ring = freed(d.ring)


@kernel
def release_signals(g: Signals) -> None:
    """Give back what was kept for samples."""
    g.open.ring = freed(g.open.ring)
    g.since.ring = freed(g.since.ring)
    g.commands.ring = freed(g.commands.ring)
    g.heard.ring = freed(g.heard.ring)
    g.met.address = freed(g.met.address)
    g.renewed.address = freed(g.renewed.address)


@kernel
def freed(address: int) -> int:
    """Give memory back, if there is any; 0."""
    if address != 0:
        release(address)
    return 0


@kernel
def new_exchange(w: World, flow: Flow) -> Exchange:
    """The flow's next request."""
    x = exchange_at(take(w.exchanges))
    clear(x)
    x.flow = flow
    x.request = flow.requests
    x.attempt = -1
    return x


@kernel
def drop_exchange(w: World, x: Exchange) -> None:
    """One looks at an exchange no more."""
    x.refs -= 1
    if x.refs == 0:
        free_ranges(w, x)
        give_back(w.exchanges, address_of(x))


@kernel
def free_ranges(w: World, x: Exchange) -> None:
    """The exchange's ranges are forgotten."""
    one = x.ranges
    while one:
        after = one.next
        give_back(w.ranges, address_of(one))
        one = after
    x.ranges = NOTHING


@kernel
def new_range(w: World, first: int, end: int) -> int:
    """The address of a range."""
    address = take(w.ranges)
    made = range_at(address)
    made.first = first
    made.end = end
    made.next = NOTHING
    return address


@kernel
def new_connection(w: World, flow: Flow, request: int, attempt: int) -> Connection:
    """A connection that is made by an attempt of a request."""
    c = connection_at(take(w.connections))
    clear(c)
    c.agent = flow.agent
    c.stream = flow.stream
    c.made_request = request
    c.made_attempt = attempt
    return c


@kernel
def drop_connection(w: World, c: Connection) -> None:
    """One looks at a connection no more."""
    c.refs -= 1
    if c.refs == 0:
        give_back(w.connections, address_of(c))


@kernel
def new_attempt(w: World, flow: Flow, x: Exchange) -> Attempt:
    """The latest attempt of an exchange, begun now, with the token that the agent has."""
    t = attempt_at(take(w.attempts))
    life = t.life
    clear(t)
    agent = flow.agent
    t.life = life + 1
    t.flow = flow
    t.exchange = x
    x.refs += 1
    t.number = x.attempt
    t.started_ns = w.now
    t.generation = agent.generation
    t.expires_ns = agent.expires_ns
    t.high = order_high(0, agent.index, flow.stream, x.request)
    t.low = order_low(x.attempt, 0)
    return t


@unit("core")
def free_attempt(w: World, t: Attempt) -> None:
    """Nobody looks at an attempt any more."""
    drop_exchange(w, t.exchange)
    if t.connection:
        drop_connection(w, t.connection)
    t.life += 1
    give_back(w.attempts, address_of(t))


@kernel
def drop(w: World, t: Attempt) -> None:
    """One looks at an attempt no more."""
    t.refs -= 1
    if t.refs == 0:
        free_attempt(w, t)


# ---- the order of simultaneous events --------------------------------------------------------------

AGENT_BITS = 28
REQUEST_BITS = 27
FIRST = -1


@kernel
def order_high(kind: int, agent: int, stream: int, request: int) -> int:
    """The first word of an event's place: kind, agent, stream, request."""
    return (kind + 1) << 58 | (agent + 1) << 30 | stream << 27 | request


@kernel
def order_low(attempt: int, leg: int) -> int:
    """The second word: attempt, leg; what is added below 2**43 decides nothing."""
    return attempt << 47 | leg << 43


@kernel
def of_kind(kind: int, high: int) -> int:
    """The first word of an attempt's key, for an event of some kind."""
    return high + (kind << 58)


@kernel
def kind_of(high: int) -> int:
    """The kind of an event."""
    return (high >> 58) - 1


@kernel
def agent_of(high: int) -> int:
    """The agent of an event."""
    return (high >> 30 & 0xFFFFFFF) - 1


@kernel
def stream_of(high: int) -> int:
    """The stream of an event."""
    return high >> 27 & 7


@kernel
def request_of(high: int) -> int:
    """The request of an event."""
    return high & 0x7FFFFFF


@kernel
def attempt_of(low: int) -> int:
    """The attempt of an event."""
    return low >> 47


@kernel
def leg_of(low: int) -> int:
    """The leg of an event."""
    return low >> 43 & 15


@kernel
def extra_of(low: int) -> int:
    """What was added to the second word."""
    return low & 0x7FFFFFFFFFF
