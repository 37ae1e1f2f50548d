"""Which events of a stream wait, are in flight or were given up: protocol/outbox.py as lists of ranges.

A flow's `seen` is the number of events looked at so far, `waiting` its ranges not in flight, `outbox_held`
how many events are kept in all, in flight included.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.lists import queue
from wavetank.engines.compiled.containers.pools import give_back
from wavetank.engines.compiled.model.lifetimes import STREAMS, new_range
from wavetank.engines.compiled.model.parts import AgentStream, Exchange, Range, range_at
from wavetank.engines.compiled.model.world import NO_BRANCH, World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import NOTHING, address_of, allocate, release, store, word
from wavetank.policy.choices import names_all
from wavetank.policy.codes import Overflow
from wavetank.policy.steady import MOST

names_all(__name__, Overflow, "DROP_NEWEST DROP_OLDEST")

join_ranges, take_range = queue(AgentStream, "waiting", "last_waiting", Range, "next")


@kernel
def waiting_events(flow: AgentStream) -> int:
    """How many events wait, those in flight not counted."""
    total = 0
    span = flow.waiting
    while span:
        total += span.end - span.first
        span = span.next
    return total


@kernel
def oldest(flow: AgentStream) -> int:
    """Index of the oldest waiting event, or the one that will be created next."""
    return flow.waiting.first if flow.waiting else flow.seen


@kernel
def nth(flow: AgentStream, n: int) -> int:
    """Index of the n-th waiting event from 0, counting on into those not yet created."""
    span = flow.waiting
    while span:
        if n < span.end - span.first:
            return span.first + n
        n -= span.end - span.first
        span = span.next
    return flow.seen + n


@kernel
def append(w: World, flow: AgentStream, first: int, end: int) -> None:
    """More events wait."""
    if first == end:
        return
    if flow.last_waiting and flow.last_waiting.end == first:
        flow.last_waiting.end = end
        return
    made = range_at(new_range(w, first, end))
    join_ranges(flow, made)


@kernel
def admit_range(w: World, flow: AgentStream, created: int) -> int:
    """Let in what was created up to index `created`; returns how many overflowed."""
    first = flow.seen
    if created <= first:
        return 0
    flow.seen = created
    capacity = flow.plan.capacity
    excess = flow.outbox_held + created - first - capacity
    if capacity == 0 or excess <= 0:
        append(w, flow, first, created)
        flow.outbox_held += created - first
        return 0
    return overflow(w, flow, first, created, excess)


@entry("overflow")
def overflow(w: World, flow: AgentStream, first: int, created: int, excess: int) -> int:
    """There is no room for `excess` events: the newest, or the oldest, are given up."""
    flow.outbox_held = flow.plan.capacity
    if flow.plan.batching.overflow == Overflow.DROP_OLDEST:
        append(w, flow, first, created)
        left = excess
        while left > 0:
            head = flow.waiting
            gone = min(left, head.end - head.first)
            head.first += gone
            left -= gone
            if head.first == head.end:
                take_range(flow)
                give_back(w.ranges, address_of(head))
    elif flow.plan.batching.overflow == Overflow.DROP_NEWEST:
        append(w, flow, first, created - excess)
    else:
        w.error = NO_BRANCH
    return excess


@entry("core")
def take_events(w: World, flow: AgentStream, x: Exchange, events: int) -> None:
    """Take at most `events` of the oldest into flight with an exchange."""
    taken = 0
    x.ranges = NOTHING
    last = range_at(0)
    while events > taken and flow.waiting:
        head = flow.waiting
        n = head.end - head.first
        if n <= events - taken:
            take_range(flow)
        else:
            n = events - taken
            rest = head
            head = range_at(new_range(w, rest.first, rest.first + n))
            rest.first += n
        if last:
            last.next = head
        else:
            x.ranges = head
        last = head
        taken += n
    x.events = taken


@entry("given back")
def give_events_back(w: World, flow: AgentStream, x: Exchange) -> None:
    """Put the events of a failed request back to the front of the waiting ones."""
    span = x.ranges
    before = flow.waiting
    last = range_at(0)
    head = before
    while span:
        copy = range_at(new_range(w, span.first, span.end))
        if last:
            last.next = copy
        else:
            head = copy
        last = copy
        span = span.next
    if last:
        last.next = before
        flow.waiting = head
        if not before:
            flow.last_waiting = last


# ---- what the server may have of events that were given back ----------------------------------------


@kernel
def place_of(w: World, name: int) -> int:
    """The address of a name's entry in the table of given-back events, or of the free one for it."""
    mask = w.given_back_capacity - 1
    at = (name * 0x1E3779B97F4A7C15) >> 20 & mask
    while True:
        entry = w.given_back + 16 * at
        known = word(entry)
        if known == name or known == 0:
            return entry
        at = at + 1 & mask


@kernel
def name_of(w: World, flow: AgentStream, index: int) -> int:
    """One event of one stream of one agent as a number, not 0."""
    return (flow.agent.index * STREAMS + flow.stream << 36 | index + MOST) + 1


@entry("given back")
def grow_given_back(w: World) -> None:
    """Twice the room in the table."""
    old, count = w.given_back, w.given_back_capacity
    w.given_back_capacity = max(1024, 2 * count)
    w.given_back = allocate(16 * w.given_back_capacity)
    for i in range(count):
        name = word(old + 16 * i)
        if name != 0:
            entry = place_of(w, name)
            store(entry, name)
            store(entry + 8, word(old + 16 * i + 8))
    if old:
        release(old)


@entry("given back")
def remember_given_back(w: World, flow: AgentStream, x: Exchange) -> None:
    """These events go again; the server may have them already."""
    flow.given_back = 1
    span = x.ranges
    while span:
        for index in range(span.first, span.end):
            if 2 * w.given_back_count >= w.given_back_capacity:
                grow_given_back(w)
            name = name_of(w, flow, index)
            entry = place_of(w, name)
            if word(entry) == 0:
                store(entry, name)
                w.given_back_count += 1
            if x.received:
                store(entry + 8, 1)
        span = span.next


@entry("given back")
def received_again(w: World, flow: AgentStream, x: Exchange) -> int:
    """How many events of a batch the server has had before; from now on it has them all."""
    again = 0
    span = x.ranges
    while span:
        for index in range(span.first, span.end):
            entry = place_of(w, name_of(w, flow, index))
            if word(entry) == 0:
                again += x.received
            else:
                again += word(entry + 8)
                store(entry + 8, 1)
        span = span.next
    return again
