"""HTTP/1.1 on the server's side: one connection, its requests one after the other, every deadline kept."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from wavetank.real.transports.server import websocket
from wavetank.real.transports.server.exchange import ServedRequest
from wavetank.real.transports.server.framing import head_end, skip_blank_lines
from wavetank.real.transports.server.limits import Budget, Limits
from wavetank.real.transports.server.messages import Answer, Handler, Refused, Upgrade

_CHUNK = 65_536
"""More than a record of TLS (16 KiB) holds; larger reads save nothing."""

_LINGER_BYTES = 32 * 2**20
"""Far more than a body may have: what the other side is still sending when it is refused."""

# Before a request; old clients sent one behind a body (RFC 9112, 2.2).
_MOST_BLANK_LINES = 8


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
        known: Callable[[], None],
    ) -> None:
        """`count` is told of answers that `handler` never saw: broken framing, deadlines.

        `known` is told when the other side has shown valid credentials.
        """
        self._reader = reader
        self._writer = writer
        self.limits = limits
        self.budget = budget
        self._handler = handler
        self._count = count
        self.known = known
        self._buffer = bytearray()
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._idle = True
        # What the other side keeps us waiting for: its bytes, or its reading of ours, since when.
        self._reading = False
        self._writing_since: float | None = None
        self._patience_s: float | None = None
        self.ended = False
        peer = writer.get_extra_info("peername")
        self.peer = str(peer[0]) if peer else ""

    async def serve(self) -> None:
        """Answer requests until one side has had enough."""
        wait_s = self.limits.header_s
        try:
            while not self.ended and await self._one(wait_s):
                wait_s = self.limits.idle_s
                # Many requests may have come at once: those of others have their turn in between.
                await asyncio.sleep(0)
        except (OSError, asyncio.CancelledError):
            self._writer.transport.abort()
        finally:
            self._writer.close()

    def end(self) -> None:
        """Close when the answer under way is sent, or now if there is none."""
        self.ended = True
        if self._idle and self._task is not None:
            self._task.cancel()

    def cut(self, patience_s: float) -> None:
        """Wait for the other side no more: neither for bytes, nor longer than that for it to read ours."""
        self._patience_s = patience_s
        unread = self._writing_since is not None and self._loop.time() - self._writing_since >= patience_s
        if self._reading or unread:
            self.abort()

    def abort(self) -> None:
        """Close whatever is under way."""
        if self._task is not None:
            self._task.cancel()

    async def _one(self, wait_s: float) -> bool:
        """Take one request and answer it; returns whether another may follow."""
        exchange = ServedRequest(self)
        self._idle = True
        try:
            head = await self._head(wait_s)
            self._idle = False
            if not head:
                return False
            request = exchange.begin(head)
        except Refused as why:
            self._idle = False
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
            rest = bytes(self._buffer)
            with self._waiting():
                await websocket.serve(
                    request, self._reader, self._writer, rest, self.limits, answer_or_upgrade.talk
                )
            return False
        return await exchange.finish(answer_or_upgrade)

    async def _head(self, wait_s: float) -> bytes:
        """The next request's header; b"" when none comes. Raises Refused."""
        deadline = self._loop.time() + wait_s
        begun, looked, blank = False, 0, 0
        while True:
            blank += skip_blank_lines(self._buffer, _MOST_BLANK_LINES - blank)
            if self._buffer and not begun:
                begun, deadline = True, self._loop.time() + self.limits.header_s
                self._idle = False
            end = head_end(self._buffer, looked, self.limits.header_bytes)
            looked = len(self._buffer)
            if end:
                head = bytes(self._buffer[:end])
                del self._buffer[:end]
                return head
            try:
                data = await self._read(deadline)
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
        return await self._read(deadline)

    async def _read(self, deadline: float) -> bytes:
        """Bytes from the other side, b"" at their end. Raises TimeoutError."""
        with self._waiting():
            async with asyncio.timeout_at(deadline):
                return await self._reader.read(_CHUNK)

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """Let a stop of the server cut what runs in here. Raises ConnectionError if it is stopping."""
        if self._patience_s is not None:
            raise ConnectionResetError("the server is stopping")
        self._reading = True
        try:
            yield
        finally:
            self._reading = False

    async def gone(self) -> None:
        """Returns when the other side has gone; what it sends meanwhile is kept for the next request."""
        while len(self._buffer) < self.limits.header_bytes:
            data = await self._reader.read(_CHUNK)
            if not data:
                return
            self._buffer += data
        await asyncio.get_running_loop().create_future()

    def give_back(self, data: bytes) -> None:
        """Bytes that belong to the next request."""
        if data:
            self._buffer[:0] = data

    async def write(self, data: bytes) -> None:
        """Send bytes. Raises ConnectionError, or TimeoutError when the other side does not read."""
        for first in range(0, len(data), _CHUNK):
            self._writer.write(data[first : first + _CHUNK])
            self._writing_since = self._loop.time()
            patience_s = self.limits.write_s if self._patience_s is None else self._patience_s
            try:
                async with asyncio.timeout(min(self.limits.write_s, patience_s)):
                    await self._writer.drain()
            finally:
                self._writing_since = None

    async def linger(self) -> None:
        """Read on for a moment before closing: a reset would take our answer from who is still sending."""
        with suppress(OSError):
            if self._writer.can_write_eof():
                self._writer.write_eof()
            left = _LINGER_BYTES
            with self._waiting():
                async with asyncio.timeout(self.limits.linger_s):
                    while left > 0 and (data := await self._reader.read(_CHUNK)):
                        left -= len(data)
