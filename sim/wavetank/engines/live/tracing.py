"""The trace of chosen agents, as they see it.

An agent knows when it sends and when it hears. So a message that it sends counts as arrived when it is
sent, and one that it hears as sent when it is heard; the delay between is in the gap of the two. TCP and
TLS are one step to it: SYN is when it begins to connect, SERVER_HELLO when it may send its request.
"""

import asyncio
from contextvars import ContextVar
from pathlib import Path
from time import monotonic_ns

from wavetank.protocol.client import Attempt
from wavetank.protocol.order import Message
from wavetank.protocol.wire import Request
from wavetank.real.transports.agent.http1 import Connection, Http1
from wavetank.real.transports.agent.messages import Answer, Lost
from wavetank.results.trace import TraceRow
from wavetank.scenario.resolved import Connection as Plan

_NODE = 0
"""A live run has one server, which traces call node 0."""

_now: ContextVar[tuple[Attempt, int] | None] = ContextVar("attempt", default=None)


class Tracer:
    """At most `cap` rows; `origin_ns` is when the run begins, by the machine's clock."""

    def __init__(self, cap: int) -> None:
        self.origin_ns = 0
        self._cap = cap
        self._rows: list[TraceRow] = []
        self._cut = False

    def note(
        self, message: Message, of: tuple[Attempt, int], status: int = 0, events: int = 0, up: bool = True
    ) -> None:
        """A message of an attempt is sent (`up`) or heard now."""
        if len(self._rows) >= self._cap:
            self._cut = True
            return
        (attempt, agent), at_ns = of, max(0, monotonic_ns() - self.origin_ns)
        stream, request = int(attempt.flow.stream), attempt.exchange.request
        self._rows.append(
            TraceRow(
                *(at_ns, at_ns, agent, stream, request, attempt.number),
                *(int(message), _NODE, status, events, int(up)),
            )
        )

    def rows(self) -> tuple[list[TraceRow], bool]:
        """The rows in the order of a trace, and whether there were more."""
        return sorted(self._rows, key=lambda row: (row[0], *row[2:7])), self._cut


class Traced(Http1):
    """A transport that tells a tracer what passes."""

    def __init__(self, url: str, ca: Path | None, plan: Plan, tracer: Tracer) -> None:
        super().__init__(url, ca, plan)
        self._tracer = tracer
        self._attempts: dict[int, tuple[Attempt, int]] = {}
        self._last: dict[int, tuple[Attempt, int]] = {}
        self._parting: list[tuple[Attempt, int]] = []

    def goes(self, request: Request, attempt: Attempt, agent: int) -> None:
        """This request is sent for that attempt."""
        self._attempts[id(request)] = (attempt, agent)

    async def ask(self, lane: int, request: Request) -> Answer:
        """Send a request and wait for its answer. Raises Lost."""
        of = self._attempts.pop(id(request), None)
        _now.set(of)
        if of is None:
            return await super().ask(lane, request)
        try:
            answer = await super().ask(lane, request)
        except (Lost, asyncio.CancelledError) as end:
            self._tracer.note(Message.RESET, of, up=not isinstance(end, Lost))
            raise
        self._tracer.note(Message.RESPONSE, of, status=answer.status, up=False)
        if of in self._parting:
            self._parting.remove(of)
            self._tracer.note(Message.FIN, of)
        return answer

    def _take(self, lane: int) -> Connection | None:
        connection = super()._take(lane)
        if connection is not None:
            self._sends(connection)
        return connection

    async def _connect(self) -> Connection:
        of = _now.get()
        if of is not None:
            self._tracer.note(Message.SYN, of)
        connection = await super()._connect()
        if of is not None:
            self._tracer.note(Message.SERVER_HELLO, of, up=False)
        self._sends(connection)
        return connection

    def _sends(self, connection: Connection) -> None:
        of = _now.get()
        if of is not None:
            self._last[id(connection)] = of
            self._tracer.note(Message.REQUEST, of, events=of[0].exchange.events)

    def _end(self, connection: Connection, abort: bool = False) -> None:
        of = self._last.pop(id(connection), None)
        if of is not None and not abort:
            if of is _now.get():
                self._parting.append(of)  # the answer is noted first
            else:
                self._tracer.note(Message.FIN, of)
        super()._end(connection, abort)
