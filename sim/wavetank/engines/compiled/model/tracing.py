"""The trace of chosen agents, and the log of all requests: lists that grow while kernels run.

Only chosen agents are traced, and a row costs nothing elsewhere. A message that never arrives keeps -1 as
its arrival. The order of rows is that of docs/model.md#order. Its twin is engines/reference/tracing.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.order import agent_of, attempt_of, request_of, stream_of
from wavetank.engines.compiled.containers.pools import retain
from wavetank.engines.compiled.model.parts import Attempt, Connection, connection_at
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import address_of, allocate, release, same, store, word
from wavetank.protocol.order import Message

ROW_WORDS = 12
"""Eleven words of a row of `results.trace`, and the connection."""
LOG_WORDS = 7
"""Words that `log_row` writes for an attempt."""
CONNECTION = 11
"""In a row, behind the words of `results.trace`: the connection, whose node is read at the end."""


@kernel
def grown(address: int, count: int, capacity: int, words: int) -> int:
    """The address of a list with room for as many rows again."""
    fresh = allocate(capacity * words * 8)
    for i in range(count * words):
        store(fresh + 8 * i, word(address + 8 * i))
    if address:
        release(address)
    return fresh


@entry("trace")
def sent(
    w: World,
    c: Connection,
    sent_ns: int,
    high: int,
    low: int,
    message: int,
    status: int,
    events: int,
    up: int,
) -> int:
    """A traced message was sent, `up` (1) or down (0); its row, counted from 1 (0: there is no more room)."""
    if w.trace_count >= w.trace_rows:
        w.trace_cut = 1
        return 0
    if w.trace_count == w.trace_capacity:
        w.trace_capacity = max(256, 2 * w.trace_capacity)
        w.trace = grown(w.trace, w.trace_count, w.trace_capacity, ROW_WORDS)
    row = w.trace + 8 * ROW_WORDS * w.trace_count
    store(row, sent_ns)
    store(row + 8, -1)
    store(row + 16, agent_of(high))
    store(row + 24, stream_of(high))
    store(row + 32, request_of(high))
    store(row + 40, attempt_of(low))
    store(row + 48, message)
    store(row + 64, status)
    store(row + 72, events)
    store(row + 80, up)
    store(row + 88, address_of(c))
    retain(c)  # so that its node can be read at the end
    w.trace_count += 1
    return w.trace_count


@entry("trace")
def arrived(w: World, row: int) -> None:
    """A traced message has arrived, unless at a node that is silent."""
    at = w.trace + 8 * ROW_WORDS * (row - 1)
    c = connection_at(word(at + 88))
    if word(at + 80) and word(at + 48) != Message.SYN and c.node and c.node.silent:
        return
    store(at + 8, w.now)


@entry("trace")
def latest_row(w: World, t: Attempt) -> int:
    """The row of the latest message of this attempt on its connection (0: none)."""
    for row in range(w.trace_count, 0, -1):
        at = w.trace + 8 * ROW_WORDS * (row - 1)
        if (
            same(connection_at(word(at + 88)), t.connection)
            and word(at + 16) == t.flow.agent.index
            and word(at + 24) == t.flow.stream
            and word(at + 32) == t.exchange.request
            and word(at + 40) == t.number
        ):
            return row
    return 0


@entry("trace")
def vanished(w: World, t: Attempt) -> int:
    """The latest message of an attempt has not arrived after all; its row."""
    row = latest_row(w, t)
    if row:
        store(w.trace + 8 * ROW_WORDS * (row - 1) + 8, -1)
    return row


@kernel
def log_row(
    w: World, agent: int, stream: int, request: int, attempt: int, started_ns: int, end_ns: int, outcome: int
) -> None:
    """An attempt is over (or open at the end): a row of the log."""
    if w.log_count == w.log_capacity:
        w.log_capacity = max(1024, 2 * w.log_capacity)
        w.log = grown(w.log, w.log_count, w.log_capacity, LOG_WORDS)
    row = w.log + 8 * LOG_WORDS * w.log_count
    store(row, agent)
    store(row + 8, stream)
    store(row + 16, request)
    store(row + 24, attempt)
    store(row + 32, started_ns)
    store(row + 40, end_ns)
    store(row + 48, outcome)
    w.log_count += 1


@entry("trace")
def log_request(w: World, t: Attempt, outcome: int, end_ns: int) -> None:
    """The row of an attempt."""
    flow = t.flow
    request = t.exchange.request
    log_row(w, flow.agent.index, flow.stream, request, t.number, t.started_ns, end_ns, outcome)
