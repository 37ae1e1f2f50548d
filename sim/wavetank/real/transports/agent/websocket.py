"""WebSocket (RFC 6455) from the agent's side: its commands come over it, the rest goes as HTTP/1.1.

The client polls as ever, and what would be the answer to a poll is the server's next message; a poll that
is given up leaves the socket open, and the next one listens on. A confirmation is a message as well. When
the server closes the socket because of the token, that poll's answer is 401.
"""

import asyncio
import json
import ssl
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Event,
    Message,
    Ping,
    RejectConnection,
    TextMessage,
)
from wsproto.events import Request as Opening
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from wavetank.protocol.answers import all_taken
from wavetank.protocol.wire import Request
from wavetank.real.transports.agent.http1 import DEFAULT, Connection, Http1, reason_of
from wavetank.real.transports.agent.messages import Answer, Lost
from wavetank.scenario.resolved import Connection as Plan

MESSAGE_MOST_BYTES = 4 * 2**20
"""As long as an answer may be (`http1.BODY_MOST_BYTES`)."""

MESSAGES_MOST = 4
"""Messages that wait to be asked for. Beyond them nothing is read, so that the server waits in its turn."""

SILENCE_S = 90.0
"""The server pings every 30 s: after three times that without a word there is nobody."""

PATH = "/commands"
_REFUSED = {CloseReason.POLICY_VIOLATION: 401}
_AWAY = (OSError, EOFError, ssl.SSLError, LocalProtocolError, RemoteProtocolError, TimeoutError)


class Socket:
    """An open WebSocket to the server. Messages wait until they are asked for."""

    def __init__(self, connection: Connection, wire: WSConnection) -> None:
        self.connection = connection
        self.closed: Answer | Lost | None = None
        self._wire = wire
        self._text = bytearray()
        self._messages: asyncio.Queue[str | None] = asyncio.Queue()
        self._room = asyncio.Event()
        self._listening = asyncio.ensure_future(self._listen())

    async def message(self) -> Answer:
        """The server's next message, as the answer to a poll. Raises Lost when the socket is closed."""
        text = await self._messages.get() if self.closed is None or self._messages.qsize() else None
        self._room.set()
        if text is not None:
            body = text.encode()
            if not all_taken(body):  # what is left over comes again on the next socket
                self.closed = self.closed or Lost("more commands than are taken at once")
            return Answer(200, {}, body)
        if isinstance(self.closed, Answer):
            return self.closed
        raise self.closed or Lost("the server closed the connection")

    async def send(self, text: str) -> None:
        """Send a message, once the server has read most of those before. Raises Lost."""
        try:
            self._put(Message(data=text))
            await self.connection.writer.drain()
        except _AWAY as error:
            raise Lost(reason_of(error)) from error

    def _put(self, event: Event) -> None:
        self.connection.write(self._wire.send(event))

    async def _listen(self) -> None:
        try:
            while self.closed is None:
                for event in self._wire.events():
                    self._take(event)
                while self._messages.qsize() >= MESSAGES_MOST:
                    self._room.clear()
                    await self._room.wait()
                if self.closed is not None:
                    break
                async with asyncio.timeout(SILENCE_S):
                    await self.connection.writer.drain()  # answers to pings that nobody reads
                    data = await self.connection.read()
                self._wire.receive_data(data or None)
        except _AWAY as error:
            self.closed = Lost(
                "the server is silent" if isinstance(error, TimeoutError) else reason_of(error)
            )
        finally:
            self.closed = self.closed or Lost("the socket was closed")
            self._messages.put_nowait(None)

    def _take(self, event: Event) -> None:
        if isinstance(event, Ping):
            self._put(event.response())
        elif isinstance(event, CloseConnection):
            code = CloseReason(event.code) if event.code in _REFUSED else None
            self.closed = Answer(_REFUSED[code], {}, b"") if code else Lost(f"the server said {event.code}")
            with suppress(*_AWAY):
                self._put(event.response())
        elif isinstance(event, TextMessage):
            self._text += event.data.encode()
            if len(self._text) > MESSAGE_MOST_BYTES:
                self.closed = Lost("the message is too large")
            elif event.message_finished:
                self._messages.put_nowait(self._text.decode())
                self._text.clear()

    async def close(self) -> None:
        """Say goodbye."""
        if self.closed is None:
            with suppress(*_AWAY):
                self._put(CloseConnection(code=CloseReason.NORMAL_CLOSURE))
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)


class WebSocket(Http1):
    """A transport whose polls are messages on a WebSocket."""

    def __init__(self, url: str, ca: Path | None, plan: Plan = DEFAULT) -> None:
        """`ca` holds the certificates to trust (None: the system's). Raises BadAddress."""
        super().__init__(url, ca, plan)
        self._socket: Socket | None = None

    async def ask(self, lane: int, request: Request) -> Answer:
        """Send a request and wait for its answer, or for the next commands. Raises Lost."""
        if request.path == PATH:
            return await self._next_commands(request)
        socket = self._socket
        if socket is not None and socket.closed is None and request.path.startswith(f"{PATH}/"):
            number = unquote(request.path.removeprefix(f"{PATH}/"))
            if number.isdecimal():
                await socket.send(json.dumps({"confirm": int(number), **json.loads(request.body)}))
                self._count(socket.connection)
                return Answer(204, {}, b"")
        return await super().ask(lane, request)

    async def _next_commands(self, request: Request) -> Answer:
        if self._socket is None:
            try:
                opened = await self._opened(request)
            except (OSError, ssl.SSLError, RemoteProtocolError) as error:
                raise Lost(reason_of(error)) from error
            if isinstance(opened, Answer):
                return opened
            self._socket = opened
        socket = self._socket
        try:
            return await socket.message()
        finally:
            self._count(socket.connection)
            if socket.closed is not None:
                self._socket = None
                self._end(socket.connection)

    async def _opened(self, request: Request) -> Socket | Answer:
        """The opening handshake: a socket, or the server's refusal."""
        connection = await self._connect()
        try:
            wire = WSConnection(ConnectionType.CLIENT)
            headers = [(name.encode(), value.encode()) for name, value in request.headers.items()]
            opening = Opening(host=self._name, target=request.path, extra_headers=headers)
            connection.write(wire.send(opening))
            while True:
                for event in wire.events():
                    if isinstance(event, AcceptConnection):
                        return Socket(connection, wire)
                    if isinstance(event, RejectConnection):
                        fields = {
                            name.decode().lower(): value.decode("latin-1") for name, value in event.headers
                        }
                        self._end(connection)
                        return Answer(event.status_code, fields, b"")
                data = await connection.read()
                if not data:
                    raise ConnectionResetError("the server closed the connection")
                wire.receive_data(data)
        except BaseException:
            self._end(connection, abort=True)
            raise

    async def close(self) -> None:
        """Close what is open."""
        if self._socket is not None:
            await self._socket.close()
            self._end(self._socket.connection)
            self._socket = None
        await super().close()
