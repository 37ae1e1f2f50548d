"""The event streams of the agents: events come, gather, are flushed, are acknowledged or given up.

Events have consecutive indices and are looked up when they are needed, never listed. A batch is frozen
from its first sending to its end. Rules: docs/model.md#flush, #overflow, #immediate, #buffer and
#think-times.
"""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from simpy.events import Event

from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.latency import Latency
from wavetank.engines.reference.measure import Measure
from wavetank.engines.reference.parts import AgentStream, Attempt
from wavetank.engines.reference.ports import Carries, Sends
from wavetank.engines.reference.signals import Signals
from wavetank.policy.choices import names_all
from wavetank.policy.codes import AgeFrom, DropCause, ProcessKind, Purpose, Stream
from wavetank.policy.flush import due_ns
from wavetank.policy.keyed import draw, key_of
from wavetank.policy.laws import FIXED_LAWS, Law, sample
from wavetank.policy.rate_map import NEVER
from wavetank.protocol.order import Kind
from wavetank.protocol.session import Exchange
from wavetank.protocol.tables import ExchangeEvent
from wavetank.scenario.resolved import Resolved

names_all(__name__, ProcessKind, "NONE POISSON CONSTANT CLOSED")
names_all(__name__, AgeFrom, "FIRST_EVENT FLUSH RESUME")

SIZES = (1 << 27) - 1
"""Sizes are drawn by these bits of an index: those of events carried in are at the upper end."""


class Context(Protocol):
    """The parts of the run that streams use."""

    resolved: Resolved
    horizon_ns: int
    clock: Clock
    measure: Measure
    latency: Latency
    signals: Signals | None

    @property
    def requests(self) -> Sends:
        """Begins requests and lets them go."""
        ...

    @property
    def start(self) -> Carries:
        """Knows the events of before the run."""
        ...

    def dropped(self, flow: AgentStream, events: int, cause: DropCause, received: bool) -> None:
        """Events were given up; `received`: the server has them all the same."""
        ...


class Streams:
    """Stateless and stateful streams; one object for the whole fleet."""

    def __init__(self, w: Context) -> None:
        self._w = w
        self._seed = w.resolved.seed
        self._end_ns = w.horizon_ns
        self._empirical = w.resolved.empirical

    # ---- arrivals ---------------------------------------------------------------------------

    def created(self, flow: AgentStream, until_ns: int) -> int:
        """How many events there are up to `until_ns`, counted from the beginning of time."""
        if flow.source.kind == ProcessKind.CLOSED:
            return flow.created
        outbox = flow.outbox
        waiting = outbox.waiting
        return flow.arrivals.created(until_ns, waiting[0][0] if waiting else outbox.seen)

    def time_of(self, flow: AgentStream, index: int) -> int:
        """When event `index` is created; NEVER when that is not known."""
        if flow.source.kind == ProcessKind.CLOSED:
            return flow.created_ns if index < flow.created else NEVER
        if index < 0:
            return self._w.start.carried_ns(flow, index)
        outbox = flow.outbox
        waiting = outbox.waiting
        return flow.arrivals.time_of(index, waiting[0][0] if waiting else outbox.seen)

    def size_of(self, flow: AgentStream, index: int) -> int:
        """Bytes of event `index`."""
        law = flow.source.size
        if law.kind in FIXED_LAWS:
            return law.low
        key = key_of(self._seed, flow.agent.index, flow.stream, Purpose.SIZE)
        return sample(law, draw(key, index & SIZES, 0), self._empirical)

    def think(self, flow: AgentStream, law_of: Callable[[Law, int, tuple[int, ...]], int] = sample) -> None:
        """A closed stream's next event comes when its think time, or by `residual` its rest, is over."""
        key = key_of(self._seed, flow.agent.index, flow.stream, Purpose.THINK)
        flow.thinking = True
        think_ns = law_of(flow.source.think, draw(key, flow.created, 0), self._empirical)
        order = (Kind.CREATED, flow.agent.index, flow.stream, flow.created, 0, 0)
        self._w.clock.call(self._w.clock.ns + think_ns, order, partial(self._thought, flow))

    def _thought(self, flow: AgentStream, _: Event) -> None:
        flow.thinking = False
        flow.created += 1
        flow.created_ns = self._w.clock.ns
        if self._w.signals is not None:
            self._w.signals.thought(flow)
        self.arm(flow)

    # ---- gathering --------------------------------------------------------------------------

    def admit(self, flow: AgentStream) -> None:
        """Let into the outbox what was created until now, and count what overflows."""
        now, outbox = self._w.clock.ns, flow.outbox
        flow.looked_ns = now
        for first, end in outbox.admit(self.created(flow, now)):
            self._w.dropped(flow, end - first, DropCause.OVERFLOW, False)
        if outbox.held > self._w.measure.tally.outbox_max:
            self._w.measure.tally.outbox_max = outbox.held

    def _may_overflow(self, flow: AgentStream) -> bool:
        """False when the buffer cannot have overflowed since it was last looked at (a cheap bound)."""
        outbox, source = flow.outbox, flow.source
        if not outbox.capacity:
            return False
        if source.kind != ProcessKind.POISSON:
            return True
        past_op = (self._w.clock.ns - flow.looked_ns) * max(source.factors) >> 20
        pages = (past_op >> source.page_bits) + 2
        return outbox.held + pages * len(source.page_counts) > outbox.capacity

    def due(self, flow: AgentStream) -> int:
        """When the batch that is gathering is to be flushed, pause or no pause."""
        batching, outbox = flow.batching, flow.outbox
        first_ns = self.time_of(flow, outbox.oldest())
        if first_ns >= NEVER:
            return NEVER
        full_ns = NEVER
        if batching.count == 1:
            full_ns = first_ns
        elif batching.count:
            full_ns = self.time_of(flow, outbox.nth(batching.count - 1))
        # below `far_from_full`, looked at not long ago, the age is certain to come first
        unseen_ns = self._w.clock.ns - flow.looked_ns
        if batching.bytes and (
            outbox.held >= flow.far_from_full or unseen_ns > batching.age_ns + batching.pause_after_ns
        ):
            full_ns = min(full_ns, self._bytes_reached_ns(flow))
        return due_ns(batching.age_ns, batching.age_from, first_ns, flow.since_ns, full_ns)

    def _bytes_reached_ns(self, flow: AgentStream) -> int:
        """When the waiting events first come to the batch's bytes."""
        batching, outbox, law = flow.batching, flow.outbox, flow.source.size
        if law.kind in FIXED_LAWS:
            if not law.low:
                return NEVER
            nth = -(-batching.bytes // law.low) - 1
            return self.time_of(flow, outbox.nth(nth))
        total, n = 0, 0
        while total < batching.bytes:
            t_ns = self.time_of(flow, outbox.nth(n))
            if t_ns >= self._end_ns:
                return NEVER
            total += self.size_of(flow, outbox.nth(n))
            n += 1
        return t_ns

    def arm(self, flow: AgentStream) -> None:
        """Set the stream's flush timer, if it is not set right already."""
        batching = flow.batching
        if flow.agent.offline or not flow.agent.started or flow.unsent is not None:
            return
        if batching.max_in_flight and flow.in_flight >= batching.max_in_flight:
            return
        now = self._w.clock.ns
        at_ns = max(self.due(flow), flow.pause_end_ns, now)
        if at_ns >= self._end_ns or flow.armed_ns == at_ns:
            return
        flow.armed_ns = at_ns
        order = (Kind.FLUSH, flow.agent.index, flow.stream, flow.requests, 0, 0)
        self._w.clock.call(at_ns, order, partial(self._flush_due, flow))

    def _flush_due(self, flow: AgentStream, _: Event) -> None:
        now, batching = self._w.clock.ns, flow.batching
        if flow.armed_ns != now:
            return
        flow.armed_ns = -1
        if flow.agent.offline or flow.unsent is not None:
            return
        if batching.max_in_flight and flow.in_flight >= batching.max_in_flight:
            return
        self.admit(flow)
        if not flow.outbox.waiting or max(self.due(flow), flow.pause_end_ns) > now:
            self.arm(flow)
            return
        exchange = self._w.requests.begin(flow)
        flow.unsent = exchange
        self._w.requests.go(flow, exchange)

    def fill(self, flow: AgentStream, exchange: Exchange) -> bool:
        """Take the batch that goes now; False when there is nothing to take."""
        if flow.looked_ns != self._w.clock.ns:
            self.admit(flow)
        flow.unsent = None
        exchange.ranges = flow.outbox.take(self._cap(flow))
        exchange.events = sum([end - first for first, end in exchange.ranges])
        law = flow.source.size
        if law.kind in FIXED_LAWS:
            exchange.body_bytes = exchange.events * law.low
        else:
            exchange.body_bytes = sum(
                self.size_of(flow, i) for first, end in exchange.ranges for i in range(first, end)
            )
        flow.since_ns = self._w.clock.ns
        return exchange.events > 0

    def _cap(self, flow: AgentStream) -> int:
        """How many of the waiting events one batch may hold, at least one."""
        batching, outbox, law = flow.batching, flow.outbox, flow.source.size
        cap = batching.count or outbox.held
        if not batching.bytes:
            return cap
        if law.kind in FIXED_LAWS:
            return max(1, min(cap, batching.bytes // law.low)) if law.low else cap
        total, n = 0, 0
        limit = min(cap, len(outbox))
        while n < limit:
            total += self.size_of(flow, outbox.nth(n))
            if total > batching.bytes:
                break
            n += 1
        return max(1, n)

    # ---- the end of a batch -----------------------------------------------------------------

    def acknowledged(self, flow: AgentStream, exchange: Exchange) -> None:
        """The server has the batch, and the agent knows."""
        self._w.latency.deposit(flow, exchange)
        self._w.measure.delivered(flow.stream, exchange.events)
        if self._w.signals is not None:
            self._w.signals.acknowledged(flow, exchange.events)
        self._release(flow, exchange)

    def gave_up(self, flow: AgentStream, exchange: Exchange, event: ExchangeEvent) -> None:
        """No more attempts: a stateless batch is dropped, a stateful one waits for the next flush."""
        if flow.stream == Stream.STATEFUL and event == ExchangeEvent.EXHAUSTED:
            flow.outbox.give_back(exchange.ranges)
            known = flow.given_back = flow.given_back or {}
            for first, end in exchange.ranges:
                for index in range(first, end):
                    known[index] = known.get(index, False) or exchange.received
            self._pause(flow)
            return
        exchange.dropped = True
        cause = DropCause.ATTEMPTS if event == ExchangeEvent.EXHAUSTED else DropCause.BODY
        self._w.dropped(flow, exchange.events, cause, exchange.received)
        self._release(flow, exchange)

    def _release(self, flow: AgentStream, exchange: Exchange) -> None:
        if self._may_overflow(flow):
            self.admit(flow)
        flow.outbox.release(exchange.events)
        if flow.source.kind == ProcessKind.CLOSED:
            self.think(flow)
        self._pause(flow)

    def _pause(self, flow: AgentStream) -> None:
        batching = flow.batching
        flow.pause_end_ns = self._w.clock.ns + batching.pause_after_ns
        if batching.age_from == AgeFrom.RESUME:
            flow.since_ns = flow.pause_end_ns
        self.arm(flow)

    def commit(self, attempt: Attempt) -> None:
        """The server takes the batch of an attempt in; what it had already is a duplicate."""
        flow, exchange = attempt.flow, attempt.exchange
        seen = exchange.received
        known = flow.given_back
        again = exchange.events if seen else 0
        if known:
            again = 0
            for first, end in exchange.ranges:
                for index in range(first, end):
                    again += known.get(index, seen)
                    if index in known:
                        known[index] = True
        exchange.received = True
        self._w.measure.received(flow.stream, exchange.events - again, again)
        if exchange.dropped and not seen:
            self._w.measure.dropped_but_received(flow.stream, exchange.events)
