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
from time import monotonic
from urllib.parse import unquote

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Message,
    Ping,
    Pong,
    RejectConnection,
    TextMessage,
)
from wsproto.events import Request as Opening
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from wavetank.protocol.answers import all_taken, commands_of
from wavetank.protocol.wire import Request
from wavetank.real.transports.agent.http1 import DEFAULT, Connection, Http1, reason_of
from wavetank.real.transports.agent.messages import Answer, Lost
from wavetank.scenario.resolved import Connection as Plan

MESSAGE_MOST_BYTES = 4 * 2**20
"""As long as an answer may be (`http1.BODY_MOST_BYTES`)."""

MESSAGES_MOST = 4
"""Messages that wait to be asked for. Beyond them nothing is read, so that the server waits in its turn."""

EVENTS_AT_ONCE = 128
"""Frames that are taken before others have their turn: 3 ms. One read can bring 32,000 of them."""

FRAMES_MOST, FRAMES_S = 5_000, 60.0
"""Frames that bring no command, within a minute: pings, pongs, fragments, empty messages. A message of 4 MiB
in fragments of 1 KiB has 4,096. A server that sends more keeps the agent busy without an end."""

SILENCE_S = 90.0
"""The server pings every 30 s: after three times that without a word there is nobody."""

PATH = "/commands"
_REFUSED = {CloseReason.POLICY_VIOLATION: 401}
_AWAY = (OSError, EOFError, ssl.SSLError, LocalProtocolError, RemoteProtocolError, TimeoutError)


class Socket:
    """An open WebSocket to the server. Messages wait until they are asked for.

    Attributes
    ----------
    closed : Answer, Exception or None
        The answer to polls from now on, or what is raised by them; None while the socket is open.
    clean : bool
        Whether the server has said that it closes.
    """

    def __init__(self, connection: Connection, wire: WSConnection) -> None:
        self.connection = connection
        self.closed: Answer | Exception | None = None
        self.clean = False
        self._wire = wire
        self._text = bytearray()
        self._messages: asyncio.Queue[str | None] = asyncio.Queue()
        self._room = asyncio.Event()
        self._pong: Pong | None = None
        self._idle_frames = 0
        self._idle_since_s = monotonic()
        self._listening = asyncio.ensure_future(self._listen())

    async def message(self) -> Answer:
        """The server's next message, as the answer to a poll. Raises Lost when the socket is closed.

        A fault of this program in the listening is raised here as well, so that it is counted.
        """
        text = await self._messages.get() if self.closed is None or self._messages.qsize() else None
        self._room.set()
        if text is not None:
            body = text.encode()
            if not all_taken(body):  # what is left over comes again on the next socket
                self.closed = self.closed or Lost("more commands than are taken at once")
            elif not commands_of(body):
                self._count_idle()
            return Answer(200, {}, body)
        if isinstance(self.closed, Answer):
            return self.closed
        raise self.closed or Lost("the server closed the connection")

    async def send(self, text: str) -> None:
        """Send a message, and wait until the server has read most of it. Raises Lost.

        A caller that gives up waiting ends the socket. Otherwise each attempt would add a message to those
        that the server does not read.
        """
        try:
            self._put(Message(data=text))
            await self.connection.writer.drain()
        except _AWAY as error:
            self._fail(Lost(reason_of(error)))
            raise Lost(reason_of(error)) from error
        except asyncio.CancelledError:
            self._fail(Lost("the server does not read"))
            raise

    def _fail(self, error: Exception) -> None:
        """Close the socket for all who wait and all who ask from now on."""
        self.closed = self.closed or error
        self._messages.put_nowait(None)

    def _put(self, event: Event) -> None:
        if self.connection.writer.is_closing():  # asyncio would say in the log that it has no socket any more
            raise ConnectionResetError("the connection is closed")
        self.connection.write(self._wire.send(event))

    async def _listen(self) -> None:
        try:
            while self.closed is None:
                await self._take_all()
                if self.closed is not None:
                    break
                async with asyncio.timeout(SILENCE_S):
                    await self.connection.writer.drain()  # answers to pings that nobody reads
                    data = await self.connection.read()
                self._wire.receive_data(data or None)
        except _AWAY as error:
            silent = isinstance(error, TimeoutError)
            self._fail(Lost("the server is silent" if silent else reason_of(error)))
        except Exception as error:  # noqa: BLE001  (whatever it is: the next poll raises it)
            self._fail(error)
        finally:
            self._fail(Lost("the socket was closed"))

    async def _take_all(self) -> None:
        """Take the frames that have come, as far as there is room, and let others have their turn."""
        for number, event in enumerate(self._wire.events(), 1):
            self._take(event)
            if number % EVENTS_AT_ONCE == 0:
                self._answer_ping()
                await asyncio.sleep(0)
            while self._messages.qsize() >= MESSAGES_MOST and self.closed is None:
                self._room.clear()
                await self._room.wait()
            if self.closed is not None:
                return
        self._answer_ping()

    def _answer_ping(self) -> None:
        """Answer the latest of the pings that have come, which is enough (RFC 6455, 5.5.3)."""
        if self._pong is not None:
            self._put(self._pong)
            self._pong = None

    def _take(self, event: Event) -> None:
        if isinstance(event, CloseConnection):
            code = CloseReason(event.code) if event.code in _REFUSED else None
            self.closed = Answer(_REFUSED[code], {}, b"") if code else Lost(f"the server said {event.code}")
            with suppress(*_AWAY):
                self._put(event.response())
                self.clean = True
            return
        if isinstance(event, TextMessage):
            self._text += event.data.encode()
            if len(self._text) > MESSAGE_MOST_BYTES:
                self.closed = Lost("the message is too large")
            elif event.message_finished:
                self._messages.put_nowait(self._text.decode())
                self._text.clear()
                return
        elif isinstance(event, BytesMessage):
            self.closed = Lost("the message is no text")
        elif isinstance(event, Ping):
            self._pong = event.response()
        self._count_idle()

    def _count_idle(self) -> None:
        """One more frame that brings no command; close the socket where there are too many."""
        if monotonic() - self._idle_since_s > FRAMES_S:
            self._idle_since_s, self._idle_frames = monotonic(), 0
        self._idle_frames += 1
        if self._idle_frames > FRAMES_MOST:
            self.closed = self.closed or Lost("frames without an end, and no command")

    def stop(self) -> None:
        """Listen no more."""
        self._listening.cancel()

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
            except (OSError, ssl.SSLError, RemoteProtocolError, ValueError) as error:  # no ASCII
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
                socket.stop()
                self._end(socket.connection, abort=not socket.clean)

    async def _opened(self, request: Request) -> Socket | Answer:
        """The opening handshake: a socket, or the server's refusal. Raises Lost and whatever breaks it."""
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
                        if event.status_code < 400:
                            raise Lost(f"the server answers {event.status_code} where a WebSocket begins")
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
