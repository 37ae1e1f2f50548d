"""The store behind the nodes: requests gather into batches, batches wait for a lane.

The store is one for the fleet, with so many lanes; each node gathers its own batches. A batch that is not
committed is lost with its node. Rules: docs/model.md#store and #node-faults. Its twin is
engines/reference/store.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import push
from wavetank.engines.compiled.containers.lists import queue
from wavetank.engines.compiled.containers.order import of_kind, order_low
from wavetank.engines.compiled.containers.pools import give_back, retain, take, unused
from wavetank.engines.compiled.model.lifetimes import drop
from wavetank.engines.compiled.model.network import sampled
from wavetank.engines.compiled.model.parts import Attempt, Node, StoreBatch, batch_at
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import NOTHING, address_of, clear, same
from wavetank.policy.codes import Purpose
from wavetank.protocol.order import Kind

join_members, _ = queue(StoreBatch, "members", "last_member", Attempt, "next_in_batch")
join_queue, take_queued = queue(World, "store_queue", "last_store", StoreBatch, "next")

WINDOW_OVER, DONE = range(2)


@entry("store")
def join(w: World, node: Node, t: Attempt) -> None:
    """The request joins its node's gathering batch; its process goes on when that is committed."""
    batch = node.gathering
    if not batch:
        batch = batch_at(take(w.batches))
        clear(batch)
        batch.node = node
        batch.incarnation = node.incarnation
        batch.high = t.high
        batch.low = t.low
        batch.refs = 1
        node.gathering = batch
        if w.store.window_ns:
            retain(batch)
            high = of_kind(Kind.STORE_BATCH_DONE, t.high)
            push(w, w.now + w.store.window_ns, high, t.low + order_low(0, WINDOW_OVER), address_of(batch))
    join_members(batch, t)
    batch.events += max(1, t.exchange.events)
    if not w.store.window_ns or (w.store.size and batch.events >= w.store.size):
        close_batch(w, batch)


@kernel
def drop_batch(w: World, batch: StoreBatch) -> None:
    """One looks at a batch no more."""
    if unused(w.batches, batch):
        give_back(w.batches, address_of(batch))


@entry("store")
def window_over(w: World, batch: StoreBatch) -> None:
    """The time to gather is over."""
    close_batch(w, batch)
    drop_batch(w, batch)


@entry("store")
def close_batch(w: World, batch: StoreBatch) -> None:
    """The batch gathers no more, and waits for a lane."""
    if batch.closed:
        return
    batch.closed = 1
    batch.node.gathering = NOTHING
    join_queue(w, batch)
    advance_store(w)


@entry("store")
def advance_store(w: World) -> None:
    """Give waiting batches to free lanes."""
    while w.free_lanes > 0 and w.store_queue:
        batch = take_queued(w)
        w.free_lanes -= 1
        done_ns = w.now + sampled(w, w.store.latency, batch.high, batch.low, Purpose.STORE)
        high = of_kind(Kind.STORE_BATCH_DONE, batch.high)
        push(w, done_ns, high, batch.low + order_low(0, DONE), address_of(batch))


@entry("faults")
def lose_batches(w: World, node: Node) -> None:
    """A node died: what it gathered and what waits from it never comes to the store."""
    batch = node.gathering
    node.gathering = NOTHING
    if batch:
        batch.closed = 1
        end_members(w, batch)
        drop_batch(w, batch)
    batch = w.store_queue
    w.store_queue = NOTHING
    w.last_store = NOTHING
    while batch:
        after = batch.next
        if same(batch.node, node):
            end_members(w, batch)
            drop_batch(w, batch)
        else:
            join_queue(w, batch)
        batch = after


@kernel
def end_members(w: World, batch: StoreBatch) -> None:
    """Nobody will hear of this batch."""
    t = batch.members
    while t:
        after = t.next_in_batch
        drop(w, t)
        t = after
