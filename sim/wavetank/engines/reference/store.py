"""The store behind the nodes: requests gather into batches, batches wait for a lane.

The store is one for the fleet, with so many lanes; each node gathers its own batches. A batch that is not
committed is lost with its node. Rules: docs/model.md#store and #node-faults.
"""

from collections import deque
from functools import partial

from simpy.events import Event

from wavetank.engines.reference.clock import Clock, Instant
from wavetank.engines.reference.parts import Attempt
from wavetank.policy.codes import Purpose
from wavetank.policy.keyed import draw, key_of
from wavetank.policy.laws import sample
from wavetank.protocol.order import Kind
from wavetank.scenario.resolved import Resolved


class StoreBatch(Instant):
    """Requests of one node that are committed together; it happens when they are."""

    __slots__ = ("closed", "events", "first", "node")

    def __init__(self, clock: Clock, node: int, first: Attempt) -> None:
        super().__init__(clock)
        self.node = node
        self.first = first
        self.events = 0
        self.closed = False


class Store:
    """`parallelism` lanes for the whole fleet, first come first served; each node gathers its own batch."""

    def __init__(self, resolved: Resolved, clock: Clock) -> None:
        self._clock = clock
        self._plan = resolved.store
        self._seed = resolved.seed
        self._empirical = resolved.empirical
        self._gathering: list[StoreBatch | None] = [None] * resolved.server.nodes
        self._queue: deque[StoreBatch] = deque()
        self._free = resolved.store.parallelism

    @property
    def present(self) -> bool:
        """Whether there is a store at all."""
        return self._plan.parallelism > 0

    def commit(self, node: int, attempt: Attempt) -> Event:
        """Join the node's gathering batch; the event returned is its commit."""
        batch = self._gathering[node]
        if batch is None:
            batch = self._gathering[node] = StoreBatch(self._clock, node, attempt)
            if self._plan.window_ns:
                self._clock.call(
                    self._clock.ns + self._plan.window_ns,
                    (Kind.STORE_BATCH_DONE, *attempt.key, 0),
                    partial(self._window_over, batch),
                )
        batch.events += max(1, attempt.exchange.events)
        if not self._plan.window_ns or (self._plan.size and batch.events >= self._plan.size):
            self._close(batch)
        return batch

    def _window_over(self, batch: StoreBatch, _: Event) -> None:
        self._close(batch)

    def _close(self, batch: StoreBatch) -> None:
        if batch.closed:
            return
        batch.closed = True
        self._gathering[batch.node] = None
        self._queue.append(batch)
        self._advance()

    def _advance(self) -> None:
        while self._free and self._queue:
            batch = self._queue.popleft()
            self._free -= 1
            agent, stream, request, attempt = batch.first.key
            bits = draw(key_of(self._seed, agent, stream, Purpose.STORE), request, attempt)
            done_ns = self._clock.ns + sample(self._plan.latency, bits, self._empirical)
            batch.callbacks.insert(0, self._lane_free)
            self._clock.at(done_ns, (Kind.STORE_BATCH_DONE, agent, stream, request, attempt, 1), batch)

    def _lane_free(self, _: Event) -> None:
        self._free += 1
        self._advance()

    def lose(self, node: int) -> None:
        """A node died: what it gathered and what waits from it never comes to the store."""
        batch, self._gathering[node] = self._gathering[node], None
        if batch is not None:
            batch.closed = True
        self._queue = deque(waiting for waiting in self._queue if waiting.node != node)
