"""HTTP/1.1 on the server's side: one connection, its requests one after the other, every deadline kept."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from email.utils import formatdate
from http import HTTPStatus

import h11

from wavetank.real.transports.server import websocket
from wavetank.real.transports.server.framing import (
    check_chunk_line,
    declared_bytes,
    head_end,
    parse_head,
    raw_bound,
    refused,
    split_target,
)
from wavetank.real.transports.server.limits import Budget, Limits
from wavetank.real.transports.server.messages import Answer, Handler, Refused, Request, Upgrade

_CHUNK = 65_536
_LINGER_BYTES = 32 * 2**20


class Connection:
    """One TLS connection from its handshake to its end. `handler` answers its requests.

    `ended` makes it close after the answer under way (the server is stopping).
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        limits: Limits,
        budget: Budget,
        handler: Handler,
        count: Callable[[Answer], None],
    ) -> None:
        """`count` is told of answers that `handler` never saw: broken framing, deadlines."""
        self._reader = reader
        self._writer = writer
        self._limits = limits
        self.budget = budget
        self._handler = handler
        self._count = count
        self._buffer = bytearray()
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._resting = True
        self.ended = False
        peer = writer.get_extra_info("peername")
        self.peer = str(peer[0]) if peer else ""

    async def serve(self) -> None:
        """Answer requests until one side has had enough."""
        wait_s = self._limits.header_s
        try:
            while not self.ended and await self._one(wait_s):
                wait_s = self._limits.idle_s
        except (OSError, asyncio.CancelledError):
            self._writer.transport.abort()
        finally:
            self._writer.close()

    def end(self) -> None:
        """Close when the answer under way is sent, or now if there is none."""
        self.ended = True
        if self._resting and self._task is not None:
            self._task.cancel()

    def abort(self) -> None:
        """Close whatever is under way."""
        if self._task is not None:
            self._task.cancel()

    async def _one(self, wait_s: float) -> bool:
        """Take one request and answer it; returns whether another may follow."""
        exchange = Exchange(self)
        self._resting = True
        try:
            head = await self._head(wait_s)
            self._resting = False
            if not head:
                return False
            request = exchange.begin(head)
        except Refused as why:
            self._resting = False
            answer = why.answer()
            self._count(answer)
            await exchange.send(answer, close=True)
            await self.linger()
            return False
        try:
            answer_or_upgrade = await self._handler(request)
        finally:
            exchange.forget_body()
        if isinstance(answer_or_upgrade, Upgrade):
            rest = exchange.take_rest() + bytes(self._buffer)
            await websocket.serve(
                request, self._reader, self._writer, rest, self._limits, answer_or_upgrade.talk
            )
            return False
        return await exchange.finish(answer_or_upgrade)

    async def _head(self, wait_s: float) -> bytes:
        """The next request's header; b"" when none comes. Raises Refused."""
        deadline = self._loop.time() + wait_s
        begun = False
        while True:
            while self._buffer.startswith(b"\r\n"):
                del self._buffer[:2]
            if self._buffer and not begun:
                begun, deadline = True, self._loop.time() + self._limits.header_s
                self._resting = False
            end = head_end(self._buffer, self._limits.header_bytes)
            if end:
                head = bytes(self._buffer[:end])
                del self._buffer[:end]
                return head
            try:
                async with asyncio.timeout_at(deadline):
                    data = await self._reader.read(_CHUNK)
            except TimeoutError:
                if begun:
                    raise Refused(408, "the header took too long", "header_timeout") from None
                return b""
            if not data:
                return b""
            self._buffer += data

    async def more(self, deadline: float) -> bytes:
        """More bytes of the request under way, b"" at the end of the connection. Raises TimeoutError."""
        if self._buffer:
            data = bytes(self._buffer)
            self._buffer.clear()
            return data
        async with asyncio.timeout_at(deadline):
            return await self._reader.read(_CHUNK)

    async def gone(self) -> None:
        """Returns when the other side has gone; what it sends meanwhile is kept for the next request."""
        while len(self._buffer) < self._limits.header_bytes:
            data = await self._reader.read(_CHUNK)
            if not data:
                return
            self._buffer += data
        await asyncio.get_running_loop().create_future()

    def give_back(self, data: bytes) -> None:
        """Bytes that belong to the next request."""
        self._buffer[:0] = data

    async def write(self, data: bytes) -> None:
        """Send bytes. Raises ConnectionError, or TimeoutError when the other side does not read."""
        self._writer.write(data)
        async with asyncio.timeout(self._limits.write_s):
            await self._writer.drain()

    async def linger(self) -> None:
        """Read on for a moment before closing: a reset would take our answer from who is still sending."""
        with suppress(OSError):
            if self._writer.can_write_eof():
                self._writer.write_eof()
            left = _LINGER_BYTES
            async with asyncio.timeout(self._limits.linger_s):
                while left > 0 and (data := await self._reader.read(_CHUNK)):
                    left -= len(data)

    @property
    def limits(self) -> Limits:
        """The bounds of this connection."""
        return self._limits


class Exchange:
    """One request and its answer on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._on = connection
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=connection.limits.header_bytes)
        self._declared: int | None = 0
        self._raw = 0
        self._head = False
        self._deadline: float | None = None
        self._taken = 0

    def begin(self, head: bytes) -> Request:
        """The request whose header is `head`. Raises Refused."""
        event = parse_head(self._http, head)
        path, query = split_target(event)
        self._declared = declared_bytes(event)
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
                if self._declared is None:
                    check_chunk_line(self._http.trailing_data[0])
                if self._raw > raw_bound(limits.body_bytes):
                    raise Refused(413, "too many bytes for a body of this size", "body")
                try:
                    data = await self._on.more(self._deadline)
                except TimeoutError:
                    raise Refused(408, "the body took too long", "body_timeout") from None
                if not data:
                    raise ConnectionResetError("gone in the middle of a body")
                self._raw += len(data)
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


# Causes after which the rest of the request cannot be trusted or is not worth reading.
_LAST = frozenset({"framing", "in_flight_bytes", "body", "body_timeout", "header_timeout"})
