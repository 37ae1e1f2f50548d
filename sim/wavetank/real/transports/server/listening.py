"""Listening sockets: a connection is admitted, says hello, and only then costs what a handshake costs."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress

from wavetank.real.transports.server.admission import Admission, Ticket
from wavetank.real.transports.server.hellos import Hellos
from wavetank.real.transports.server.limits import Limits

# Agents of a fleet that comes back all at once wait here rather than be refused.
_BACKLOG = 4_096
# When no more files may be opened: soon enough for those that wait, too late to be busy with it.
_PAUSE_S = 0.1
# Some 20 microseconds each: others have their turn in between.
_ACCEPTED_AT_ONCE = 64
Connected = Callable[[asyncio.StreamReader, asyncio.StreamWriter, Ticket], Awaitable[None]]


def bind(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on every address of a host. Raises OSError and OverflowError."""
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    made: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in dict.fromkeys(addresses):
            listening = socket.socket(family, kind, protocol)
            made.append(listening)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listening.bind(address)
            listening.listen(_BACKLOG)
            listening.setblocking(False)
    except BaseException:
        for listening in made:
            listening.close()
        raise
    return made


class Listening:
    """Accepts connections until `close`, and hands over those whose handshake is done."""

    def __init__(
        self,
        sockets: list[socket.socket],
        tls: ssl.SSLContext,
        limits: Limits,
        admission: Admission,
        connected: Connected,
        refused: Callable[[], None],
    ) -> None:
        """`refused` is told of each connection that is not admitted."""
        self._sockets = sockets
        self._tls = tls
        self._limits = limits
        self._admission = admission
        self._connected = connected
        self._refused = refused
        self._loop = asyncio.get_running_loop()
        self._hellos = Hellos(limits.handshake_s, self._begin)
        self._shaking: set[asyncio.Task[None]] = set()
        self._closed = False
        for listener in sockets:
            self._open(listener)

    @property
    def port(self) -> int:
        """The port of the first socket."""
        return int(self._sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Accept no more, and give up the handshakes under way."""
        self._closed = True
        for listener in self._sockets:
            self._loop.remove_reader(listener.fileno())
            listener.close()
        self._hellos.close()
        # A task that is cancelled before it has begun would not close its connection.
        await asyncio.sleep(0)
        shaking = list(self._shaking)
        for task in shaking:
            task.cancel()
        await asyncio.gather(*shaking, return_exceptions=True)

    def _open(self, listening: socket.socket) -> None:
        if not self._closed:
            self._loop.add_reader(listening.fileno(), self._accept, listening)

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(_ACCEPTED_AT_ONCE):
            try:
                accepted, address = listening.accept()
            except (BlockingIOError, ConnectionError):
                return
            except OSError:
                self._loop.remove_reader(listening.fileno())
                self._loop.call_later(_PAUSE_S, self._open, listening)
                return
            ticket = self._admission.enter(address[0])
            if ticket is None:
                self._refused()
                accepted.close()
                continue
            accepted.setblocking(False)
            self._hellos.add(accepted, ticket)

    def _begin(self, accepted: socket.socket, ticket: Ticket, patience_s: float) -> None:
        task = self._loop.create_task(self._shake_hands(accepted, ticket, patience_s))
        self._shaking.add(task)
        task.add_done_callback(self._shaking.discard)

    async def _shake_hands(self, accepted: socket.socket, ticket: Ticket, patience_s: float) -> None:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await self._connected(reader, writer, ticket)
            finally:
                ticket.leave()

        protocol = asyncio.StreamReaderProtocol(asyncio.StreamReader(), connected)
        try:
            await self._loop.connect_accepted_socket(
                lambda: protocol,
                accepted,
                ssl=self._tls,
                ssl_handshake_timeout=patience_s,
                ssl_shutdown_timeout=self._limits.linger_s,
            )
        except BaseException as error:
            ticket.leave()
            with suppress(OSError):
                accepted.close()
            if not isinstance(error, OSError):
                raise
