"""The trace of chosen agents: a row when a message is sent, completed when it arrives.

Only chosen agents are traced, and a row costs nothing elsewhere. A message that never arrives keeps -1 as
its arrival. The order of rows is that of docs/model.md#order.
"""

from functools import partial

from simpy.events import Event

from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.parts import Connection
from wavetank.protocol.order import Message
from wavetank.results.tally import Tally
from wavetank.results.trace import TRACE_COLUMNS, TraceRow

_MESSAGE, _UP = (TRACE_COLUMNS.index(name) for name in ("message", "up"))


class Tracer:
    """At most `cap` rows; messages that never arrive keep arrived_ns = -1."""

    def __init__(self, clock: Clock, cap: int) -> None:
        self._clock = clock
        self._cap = cap
        self._rows: list[tuple[list[int], Connection]] = []
        self._cut = False

    def sent(
        self, event: Event, sent_ns: int, key: tuple[int, int, int, int], message: Message,
        connection: Connection, status: int, events: int, *, up: bool,
    ) -> None:  # fmt: skip
        """A message was sent, `up` from the agent or down from its node; `event` is its arrival."""
        if len(self._rows) >= self._cap:
            self._cut = True
            return
        row = [sent_ns, -1, *key, int(message), -1, status, events, int(up)]
        self._rows.append((row, connection))
        event.callbacks.append(partial(self._arrived, row, connection))

    def _arrived(self, row: list[int], connection: Connection, _: Event) -> None:
        node = connection.node
        if row[_UP] and row[_MESSAGE] != Message.SYN and node is not None and node.silent:
            return
        row[1] = self._clock.ns

    def late(self, connection: Connection, key: tuple[int, int, int, int], event: Event) -> None:
        """The latest message of this attempt has arrived only when `event` happens."""
        for row, of in reversed(self._rows):
            if of is connection and tuple(row[2:6]) == key:
                row[1] = -1
                event.callbacks.append(partial(self._arrived, row, connection))
                return

    def vanished(self, connection: Connection, key: tuple[int, int, int, int]) -> None:
        """The latest message of this attempt reached nobody."""
        for row, of in reversed(self._rows):
            if of is connection and tuple(row[2:6]) == key:
                row[1] = -1
                return

    def close(self, tally: Tally) -> None:
        """Hand the rows over, in the order (sent, agent, stream, request, attempt, message)."""
        for row, connection in self._rows:
            row[7] = connection.node.index if connection.node is not None else -1
        rows = sorted((row for row, _ in self._rows), key=lambda row: (row[0], *row[2:7]))
        tally.trace = [TraceRow(*row) for row in rows]
        tally.trace_cut = self._cut
