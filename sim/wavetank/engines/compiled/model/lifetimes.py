"""Where attempts, exchanges and connections come from, and who may still look at them.

A structure is given back when its reference count is 0, and may be taken again at once. A checked build
poisons what was given back and reports what was never (WAVETANK_CHECKED=1).
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.order import order_high, order_low
from wavetank.engines.compiled.containers.pools import empty, freed, give_back, retain, take, unused
from wavetank.engines.compiled.model.parts import (
    DEADLINES_BYTES,
    AgentStream,
    Attempt,
    Connection,
    Exchange,
    attempt_at,
    connection_at,
    deadlines_at,
    exchange_at,
    range_at,
)
from wavetank.engines.compiled.model.signal_parts import Signals
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import NOTHING, address_of, clear
from wavetank.policy.codes import Stream

STREAMS = len(Stream)


@entry("core")
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
    w.calendar.bucket = freed(w.calendar.bucket)
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
def new_exchange(w: World, flow: AgentStream) -> Exchange:
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
    if unused(w.exchanges, x):
        free_ranges(w, x)
        give_back(w.exchanges, address_of(x))


@kernel
def free_ranges(w: World, x: Exchange) -> None:
    """The exchange's ranges are forgotten."""
    span = x.ranges
    while span:
        after = span.next
        give_back(w.ranges, address_of(span))
        span = after
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
def new_connection(w: World, flow: AgentStream, request: int, attempt: int) -> Connection:
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
    if unused(w.connections, c):
        give_back(w.connections, address_of(c))


@kernel
def new_attempt(w: World, flow: AgentStream, x: Exchange) -> Attempt:
    """The latest attempt of an exchange, begun now, with the token that the agent has."""
    t = attempt_at(take(w.attempts))
    life = t.life
    clear(t)
    agent = flow.agent
    t.life = life + 1
    t.flow = flow
    t.exchange = x
    retain(x)
    t.number = x.attempt
    t.started_ns = w.now
    t.generation = agent.generation
    t.expires_ns = agent.expires_ns
    t.high = order_high(0, agent.index, flow.stream, x.request)
    t.low = order_low(x.attempt, 0)
    return t


@entry("core")
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
    if unused(w.attempts, t):
        free_attempt(w, t)
