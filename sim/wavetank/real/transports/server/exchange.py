"""One request of HTTP/1.1 and its answer: h11 reads and writes, the limits and deadlines are ours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING

import h11

from wavetank.real.transports.server.framing import (
    Chunks,
    declared_bytes,
    parse_head,
    raw_bound,
    refused,
    split_target,
)
from wavetank.real.transports.server.messages import Answer, Refused, Request

if TYPE_CHECKING:
    from wavetank.real.transports.server.http1 import Connection

# Causes after which the rest of the request cannot be trusted or is not worth reading.
_LAST = frozenset({"framing", "in_flight_bytes", "body", "body_timeout", "header_timeout"})


class Exchange:
    """One request and its answer on a connection."""

    def __init__(self, connection: "Connection") -> None:
        self._on = connection
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=connection.limits.header_bytes)
        self._declared: int | None = 0
        self._raw = 0
        self._chunks: Chunks | None = None
        self._head = False
        self._deadline: float | None = None
        self._taken = 0

    def begin(self, head: bytes) -> Request:
        """The request whose header is `head`. Raises Refused."""
        event = parse_head(self._http, head)
        path, query = split_target(event)
        self._declared = declared_bytes(event)
        self._chunks = Chunks(self._on.limits.body_bytes) if self._declared is None else None
        self._head = event.method == b"HEAD"
        headers = tuple((name.decode(), value.decode("latin-1")) for name, value in event.headers)
        return Request(event.method.decode(), path, query, headers, self._on.peer, self)

    async def gone(self) -> None:
        """Returns when the other side has gone."""
        await self._on.gone()

    def take_rest(self) -> bytes:
        """Bytes that came after the request."""
        return self._http.trailing_data[0]

    async def body(self) -> bytes:
        """The body as it came. Raises Refused."""
        most = self._on.limits.body_bytes
        if self._declared is not None and self._declared > most:
            raise Refused(413, f"the body is larger than {most} bytes", "body")
        if self._http.they_are_waiting_for_100_continue:
            go_on = h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")
            await self._on.write(self._http.send(go_on) or b"")
        whole = bytearray()
        async for data in self._pieces():
            self._on.budget.take(len(data))
            self._taken += len(data)
            whole += data
            if len(whole) > most:
                raise Refused(413, f"the body is larger than {most} bytes", "body")
        return bytes(whole)

    def forget_body(self) -> None:
        """The body is done with."""
        self._on.budget.give_back(self._taken)
        self._taken = 0

    async def _pieces(self) -> AsyncIterator[bytes]:
        """The rest of the body, piece by piece. Raises Refused."""
        limits = self._on.limits
        loop = asyncio.get_running_loop()
        self._deadline = self._deadline or loop.time() + limits.body_s
        while self._http.their_state is h11.SEND_BODY:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise refused(str(error)) from None
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            elif event is h11.NEED_DATA:
                if self._raw > raw_bound(limits.body_bytes):
                    raise Refused(413, "too many bytes for a body of this size", "body")
                try:
                    data = await self._on.more(self._deadline)
                except TimeoutError:
                    raise Refused(408, "the body took too long", "body_timeout") from None
                if not data:
                    raise ConnectionResetError("gone in the middle of a body")
                self._raw += len(data)
                if self._chunks is not None:
                    self._chunks.feed(data)
                self._http.receive_data(data)

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
        waiting = self._http.they_are_waiting_for_100_continue
        broken = self._http.their_state is h11.ERROR
        over = self._declared is not None and self._declared > self._on.limits.body_bytes
        last = self._on.ended or waiting or broken or over or answer.cause in _LAST
        await self.send(answer, last)
        if self._declared == 0 or not last:
            with suppress(Refused):
                async for _ in self._pieces():
                    pass
        if self._http.their_state in (h11.SEND_BODY, h11.ERROR):
            await self._on.linger()
        if self._http.their_state is not h11.DONE or self._http.our_state is not h11.DONE:
            return False
        self._on.give_back(self.take_rest())
        return True
