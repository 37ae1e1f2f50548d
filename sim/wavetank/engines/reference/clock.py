"""SimPy's environment with integer nanoseconds and the model's own order of simultaneous events.

SimPy breaks ties by a counter. Here every timed event carries the key of docs/model.md#order in its
place; SimPy's own zero-delay events (the start and end of a process) drain before any of them.
"""

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from simpy import Environment
from simpy.events import Event

from wavetank.errors import Livelock

Key = tuple[int, int, int, int, int, int]
Happening = Callable[[Event], None]


class Instant(Event):
    """An event that happens at an instant fixed when it is made."""

    __slots__ = ()

    _ok = True
    _value = None

    def __init__(self, clock: "Clock", *happenings: Happening) -> None:
        self.env = clock
        self.callbacks = [*happenings]

    def __lt__(self, other: object) -> bool:
        """Instants with one key are a timer set anew and its stale twin: their order is nothing."""
        return False


class Clock(Environment):
    """Virtual time `ns`. Entries of the heap: (time, (kind, agent, stream, request, attempt, leg), event)."""

    def __init__(self) -> None:
        super().__init__(initial_time=0)
        self._heap: list[tuple[int, Key, Event]] = []
        self._internal: deque[Event] = deque()
        self.ns = 0

    def schedule(self, event: Event, priority: Any = 1, delay: Any = 0) -> None:
        """SimPy's own events: at once, in the order made, before anything that is timed."""
        if not event.callbacks and event._ok:
            event.callbacks = None  # type: ignore[assignment]
            return
        self._internal.append(event)

    def at(self, when_ns: int, key: Key, event: Event) -> Event:
        """Let `event` happen at `when_ns`, ordered by `key` among those of the same instant."""
        heappush(self._heap, (when_ns, key, event))
        return event

    def call(self, when_ns: int, key: Key, happening: Happening) -> None:
        """Call `happening` at `when_ns`."""
        heappush(self._heap, (when_ns, key, Instant(self, happening)))

    def run_until(self, end_ns: int, most_at_once: int) -> None:
        """Let everything happen that lies before `end_ns`.

        Raises Livelock when more than `most_at_once` events happen in one instant.
        """
        heap, internal = self._heap, self._internal
        at_once = 0
        while True:
            if internal:
                event = internal.popleft()
            elif heap and heap[0][0] < end_ns:
                when_ns, _, event = heappop(heap)
                if when_ns != self.ns:
                    self.ns = when_ns
                    at_once = 0
            else:
                break
            at_once += 1
            if at_once > most_at_once:
                raise Livelock(self.ns / 1e9)
            callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]
            for callback in callbacks:
                callback(event)
            if not event._ok and not getattr(event, "_defused", False):
                raise event._value
        self.ns = end_ns
