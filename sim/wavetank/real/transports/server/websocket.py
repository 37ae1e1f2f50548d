"""WebSocket (RFC 6455) on the server's side, on a connection that began as HTTP/1.1."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Message,
    Ping,
    Pong,
    TextMessage,
)
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from wavetank.real.transports.server.limits import Limits
from wavetank.real.transports.server.messages import Refused, Request, Socket

_CHUNK = 65_536
"""More than a record of TLS (16 KiB) holds; larger reads save nothing."""

# Some 20 microseconds each; 64 KiB may hold ten thousand frames, and others have their turn in between.
_EVENTS_AT_ONCE = 64


def wanted(request: Request) -> bool:
    """Whether a request asks for a WebSocket. Raises Refused where it does so wrongly."""
    if "websocket" not in request.header("upgrade").lower():
        return False
    if request.method != "GET":
        raise Refused(400, "a WebSocket begins with GET")
    if request.header("sec-websocket-version") != "13":
        version = (("Sec-WebSocket-Version", "13"), ("Upgrade", "websocket"))
        raise Refused(426, "this server speaks WebSocket version 13", headers=version)
    return True


class WebSocket:
    """An open WebSocket. A peer is pinged, and given up when nothing comes until the next ping is due."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wire: WSConnection, limits: Limits
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._wire = wire
        self._limits = limits
        self._heard = True
        self._text = bytearray()
        self._closed = False

    async def send(self, text: str) -> None:
        """Send one message. Raises ConnectionError when the other side has gone or does not read."""
        await self._put(Message(data=text))

    async def receive(self) -> str | None:
        """The next text message, None at the end. A message over the limit, or a binary one, ends it."""
        while not self._closed:
            for count, event in enumerate(self._wire.events()):
                whole = await self._take(event)
                if whole is not None:
                    return whole
                if count % _EVENTS_AT_ONCE == _EVENTS_AT_ONCE - 1:
                    await asyncio.sleep(0)
            if self._closed:
                break
            data = await self._read()
            try:
                self._wire.receive_data(data)
            except RemoteProtocolError as error:
                await self._put(error.event_hint or CloseConnection(code=CloseReason.PROTOCOL_ERROR))
                break
            if data is None:
                break
        self._closed = True
        return None

    async def close(self, code: int, reason: str) -> None:
        """Say goodbye, and hang up."""
        if not self._closed:
            self._closed = True
            with suppress(ConnectionError, LocalProtocolError):
                await self._put(CloseConnection(code=code, reason=reason))
        self._writer.close()

    async def keep_alive(self, every_s: float) -> None:
        """Ping the other side until it is silent for `every_s` after a ping."""
        while self._heard:
            self._heard = False
            await self._put(Ping())
            await asyncio.sleep(every_s)
        self._writer.transport.abort()

    async def _read(self) -> bytes | None:
        try:
            data = await self._reader.read(_CHUNK)
        except OSError:
            return None
        self._heard = True
        return data or None

    async def _take(self, event: Event) -> str | None:
        """Deal with one event; the text of a whole message."""
        if isinstance(event, Ping):
            await self._put(event.response())
        elif isinstance(event, CloseConnection):
            self._closed = True
            with suppress(ConnectionError, LocalProtocolError):
                await self._put(event.response())
        elif isinstance(event, BytesMessage):
            await self.close(CloseReason.UNSUPPORTED_DATA, "text only")
        elif isinstance(event, TextMessage):
            self._text += event.data.encode()
            if len(self._text) > self._limits.body_bytes:
                await self.close(CloseReason.MESSAGE_TOO_BIG, f"more than {self._limits.body_bytes} bytes")
            elif event.message_finished:
                whole = self._text.decode()
                self._text.clear()
                return whole
        return None

    async def _put(self, event: Event | Pong) -> None:
        try:
            self._writer.write(self._wire.send(event))
            async with asyncio.timeout(self._limits.write_s):
                await self._writer.drain()
        except LocalProtocolError:
            raise ConnectionResetError("the WebSocket is closed") from None
        except OSError as error:
            self._writer.transport.abort()
            raise ConnectionResetError(str(error)) from None


async def serve(
    request: Request,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    rest: bytes,
    limits: Limits,
    talk: Callable[[Socket], Awaitable[None]],
) -> None:
    """Finish the handshake of `request` and let `talk` use the socket. `rest` came after the request."""
    wire = WSConnection(ConnectionType.SERVER)
    headers = [(name.encode(), value.encode("latin-1")) for name, value in request.headers]
    try:
        wire.initiate_upgrade_connection(headers, request.path)
        socket = WebSocket(reader, writer, wire, limits)
        writer.write(wire.send(AcceptConnection()))
    except (RemoteProtocolError, LocalProtocolError) as error:
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        raise ConnectionResetError(str(error)) from None
    list(wire.events())
    if rest:
        wire.receive_data(rest)
    asking = asyncio.ensure_future(socket.keep_alive(limits.ping_s))
    try:
        await talk(socket)
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


__all__ = ["WebSocket", "serve", "wanted"]
