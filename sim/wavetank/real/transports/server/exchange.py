"""One request of HTTP/1.1 and its answer: h11 reads and writes, the limits and deadlines are ours."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from email.utils import formatdate
from http import HTTPStatus
from typing import Protocol

import h11

from wavetank.real.transports.server.body import Body, Chunked, Counted, raw_bound
from wavetank.real.transports.server.framing import declared_bytes, parse_head, split_target
from wavetank.real.transports.server.limits import Budget, Limits
from wavetank.real.transports.server.messages import Answer, Refused, Request

# Causes after which the rest of the request cannot be trusted or is not worth reading.
_LAST = frozenset({"framing", "in_flight_bytes", "body", "body_timeout", "header_timeout"})


class Connection(Protocol):
    """The connection under a request, as far as that must know it: `http1.Connection`.

    `ended`: it closes after the answer under way; `peer` is the other side's address.
    """

    limits: Limits
    budget: Budget
    ended: bool
    peer: str

    @property
    def known(self) -> Callable[[], None]:
        """Called when the other side has shown valid credentials."""
        ...

    async def more(self, deadline: float) -> bytes:
        """More bytes of the request under way, b"" at the end of the connection. Raises TimeoutError."""
        ...

    def give_back(self, data: bytes) -> None:
        """Bytes that belong to the next request."""
        ...

    async def write(self, data: bytes) -> None:
        """Send bytes. Raises ConnectionError, or TimeoutError when the other side does not read."""
        ...

    async def gone(self) -> None:
        """Returns when the other side has gone."""
        ...

    async def linger(self) -> None:
        """Read on for a moment before closing."""
        ...


class ServedRequest:
    """One request and its answer on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._on = connection
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=connection.limits.header_bytes)
        self._declared: int | None = 0
        self._body: Body = Counted(0)
        self._raw = 0
        self._head = False
        self._expects = False
        self._broken = False
        self._deadline: float | None = None
        self._taken = 0

    def begin(self, head: bytes) -> Request:
        """The request whose header is `head`. Raises Refused."""
        event = parse_head(self._http, head)
        path, query = split_target(event)
        self._declared = declared_bytes(event)
        limits = self._on.limits
        self._body = (
            Chunked(limits.body_bytes, limits.chunks) if self._declared is None else Counted(self._declared)
        )
        self._head = event.method == b"HEAD"
        self._expects = self._http.they_are_waiting_for_100_continue
        headers = tuple((name.decode(), value.decode("latin-1")) for name, value in event.headers)
        return Request(event.method.decode(), path, query, headers, self._on.peer, self)

    async def gone(self) -> None:
        """Returns when the other side has gone."""
        await self._on.gone()

    def known(self) -> None:
        """The other side has shown valid credentials."""
        self._on.known()

    async def body(self, most: int) -> bytes:
        """The body as it came. Raises Refused."""
        self._body.bound(min(most, self._on.limits.body_bytes))
        if self._expects:
            self._expects = False
            go_on = h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")
            await self._on.write(self._http.send(go_on) or b"")
        while not self._body.done:
            before = len(self._body.data)
            await self._more()
            size_bytes = len(self._body.data) - before
            self._on.budget.take(size_bytes)
            self._taken += size_bytes
        return bytes(self._body.data)

    def forget_body(self) -> None:
        """The body is done with."""
        self._on.budget.give_back(self._taken)
        self._taken = 0
        self._body.data.clear()

    async def _more(self) -> None:
        """Read more of the body, once; what comes behind it is the next request's. Raises Refused."""
        limits = self._on.limits
        self._deadline = self._deadline or asyncio.get_running_loop().time() + limits.body_s
        if self._raw > raw_bound(limits.body_bytes):
            raise Refused(413, "too many bytes for a body of this size", "body")
        try:
            data = await self._on.more(self._deadline)
        except TimeoutError:
            raise Refused(408, "the body took too long", "body_timeout") from None
        if not data:
            raise ConnectionResetError("gone in the middle of a body")
        self._raw += len(data)
        self._expects = False
        try:
            at = self._body.feed(data, 0)
            while at < len(data) and not self._body.done:
                await asyncio.sleep(0)  # many small chunks: others have their turn
                at = self._body.feed(data, at)
        except Refused:
            self._broken = True
            raise
        self._on.give_back(data[at:])

    async def send(self, answer: Answer, close: bool) -> None:
        """Send an answer, the connection's last if `close`."""
        headers = [("Date", formatdate(usegmt=True)), *answer.headers]
        if answer.status != HTTPStatus.NO_CONTENT:
            headers.append(("Content-Length", str(len(answer.body))))
        if close:
            headers.append(("Connection", "close"))
        reason = HTTPStatus(answer.status).phrase.encode()
        head = h11.Response(status_code=answer.status, headers=headers, reason=reason)
        out = self._http.send(head) or b""
        if answer.body and not self._head:
            out += self._http.send(h11.Data(data=answer.body)) or b""
        out += self._http.send(h11.EndOfMessage()) or b""
        await self._on.write(out)

    async def finish(self, answer: Answer) -> bool:
        """Send the answer, see the rest of the request off, and say whether another may follow."""
        over = self._declared is not None and self._declared > self._on.limits.body_bytes
        last = self._on.ended or self._expects or self._broken or over or answer.cause in _LAST
        await self.send(answer, last)
        if not last:
            with suppress(Refused):
                while not self._body.done:
                    await self._more()
                    self._body.data.clear()
        if not self._body.done or self._broken:
            await self._on.linger()
            return False
        return not last and self._http.our_state is h11.DONE
