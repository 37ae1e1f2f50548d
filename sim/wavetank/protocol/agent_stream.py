"""One stream of a runnable agent: the events it keeps, and when which of them make a batch.

The simulated fleet computes arrivals ahead of time; here events are there once they are accepted. When a
batch is due, and what follows an answer, both read from the same policies and tables.
"""

from collections.abc import Iterable
from typing import Protocol

from wavetank.policy.codes import DropCause
from wavetank.policy.flush import due_ns
from wavetank.policy.rate_map import NEVER
from wavetank.protocol.outbox import Outbox, Range
from wavetank.protocol.session import Exchange
from wavetank.protocol.wire import BODY_MOST_BYTES, Row, size_of
from wavetank.scenario.resolved import Batching, Retry

ENVELOPE_BYTES = 128
"""The JSON around the events of a batch, with the longest numbers in it."""


class Events(Protocol):
    """Where the events of a stream are kept; `outbox` says which wait. Data is JSON text in ASCII."""

    outbox: Outbox

    def created_ns(self, index: int) -> int:
        """When an event was accepted."""
        ...

    def rows(self, first: int, end: int) -> Iterable[Row]:
        """The events `first` to `end - 1`, in order."""
        ...

    def delivered(self, ranges: tuple[Range, ...]) -> None:
        """These were acknowledged, and need not be kept."""
        ...

    def dropped(self, ranges: tuple[Range, ...], cause: DropCause) -> None:
        """These were given up, and need not be kept."""
        ...


class AgentStream:
    """An agent's memory of a stream. `live` are its requests not yet settled, `unsent` the one that
    will take its batch when it is sent; `since_ns` begins the age of the gathering batch, `pause_end_ns` ends
    the pause. `most_events` is the cap that a 413 taught (0: none).
    """

    def __init__(
        self, stream: int, retry: Retry, batching: Batching | None = None, events: Events | None = None
    ) -> None:
        self.stream = stream
        self.retry = retry
        self.batching = batching
        self.events = events
        self.live: list[Exchange] = []
        self.unsent: Exchange | None = None
        self.requests = 0
        self.since_ns = 0
        self.pause_end_ns = 0
        self.most_events = 0
        self._scan = (-1, 0, 0)

    def begin(self) -> Exchange:
        """A new request."""
        exchange = Exchange(self.requests, (), 0, 0)
        self.requests += 1
        self.live.append(exchange)
        return exchange

    def due_ns(self) -> int:
        """When a batch is to be flushed; NEVER when there is nothing, or no request may begin."""
        batching, events = self.batching, self.events
        if batching is None or events is None or self.unsent is not None or not len(events.outbox):
            return NEVER
        if batching.max_in_flight and len(self.live) >= batching.max_in_flight:
            return NEVER
        first_ns = events.created_ns(events.outbox.oldest())
        full_ns = first_ns if self._full(batching, events) else NEVER
        due = due_ns(batching.age_ns, batching.age_from, first_ns, self.since_ns, full_ns)
        return max(due, self.pause_end_ns)

    def _full(self, batching: Batching, events: Events) -> bool:
        waiting = len(events.outbox)
        if (batching.count and waiting >= batching.count) or 0 < self.most_events <= waiting:
            return True
        return bool(batching.bytes) and self._reaches(batching.bytes, events)

    def _reaches(self, limit_bytes: int, events: Events) -> bool:
        """Whether the waiting events come to so many bytes; each is looked at once."""
        outbox = events.outbox
        oldest, scanned, total = self._scan
        if oldest != outbox.oldest() or scanned > len(outbox):
            oldest, scanned, total = outbox.oldest(), 0, 0
        skip = scanned
        for first, end in outbox.waiting:
            if total >= limit_bytes or skip >= end - first:
                skip -= end - first
                continue
            for _, data in events.rows(first + max(0, skip), end):
                scanned += 1
                total += payload_bytes(data)
                if total >= limit_bytes:
                    break
            skip = 0
        self._scan = (oldest, scanned, total)
        return total >= limit_bytes

    def fill(self, exchange: Exchange, now_ns: int) -> bool:
        """Take the batch that goes now; False when there is nothing to take."""
        assert self.batching is not None
        assert self.events is not None
        outbox = self.events.outbox
        exchange.ranges = outbox.take(self._cap(self.batching, self.events))
        exchange.events = sum(end - first for first, end in exchange.ranges)
        self.unsent = None
        self.since_ns = now_ns
        return exchange.events > 0

    def _cap(self, batching: Batching, events: Events) -> int:
        """How many of the waiting events one batch may hold, at least one."""
        caps = [cap for cap in (batching.count, self.most_events, len(events.outbox)) if cap]
        taken = payload = body = 0
        for first, end in events.outbox.waiting:
            for _, data in events.rows(first, min(end, first + min(caps, default=0) - taken)):
                payload += payload_bytes(data)
                body += size_of(data)
                if (batching.bytes and payload > batching.bytes) or body > BODY_MOST_BYTES - ENVELOPE_BYTES:
                    return max(1, taken)
                taken += 1
        return max(1, taken)

    def rows(self, exchange: Exchange) -> list[Row]:
        """The events of a batch."""
        assert self.events is not None
        return [row for first, end in exchange.ranges for row in self.events.rows(first, end)]


def payload_bytes(data: str) -> int:
    """Bytes of an event as scenarios count them: its text, without the quotes."""
    return len(data) - 2


__all__ = ["AgentStream", "Events"]
