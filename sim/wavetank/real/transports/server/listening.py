"""Listening sockets: a connection is admitted before its handshake, which is what costs memory."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress

from wavetank.real.transports.server.admission import Admission, Ticket
from wavetank.real.transports.server.limits import Limits

# Agents of a fleet that comes back all at once wait here rather than be refused.
_BACKLOG = 4_096
# When no more files may be opened: soon enough for those that wait, too late to be busy with it.
_PAUSE_S = 0.1
Connected = Callable[[asyncio.StreamReader, asyncio.StreamWriter, Ticket], Awaitable[None]]


def bind(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on every address of a host. Raises OSError and OverflowError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    made: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
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
        self._tasks = {self._loop.create_task(self._accept(one)) for one in sockets}

    @property
    def port(self) -> int:
        """The port of the first socket."""
        return int(self._sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Accept no more, and give up the handshakes under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for one in self._sockets:
            one.close()

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                accepted, address = await self._loop.sock_accept(listening)
            except ConnectionError:
                continue
            except OSError:
                await asyncio.sleep(_PAUSE_S)
                continue
            ticket = self._admission.enter(address[0])
            if ticket is None:
                self._refused()
                accepted.close()
                continue
            task = self._loop.create_task(self._shake_hands(accepted, ticket))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _shake_hands(self, accepted: socket.socket, ticket: Ticket) -> None:
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
                ssl_handshake_timeout=self._limits.handshake_s,
                ssl_shutdown_timeout=self._limits.linger_s,
            )
        except BaseException as error:
            ticket.leave()
            with suppress(OSError):
                accepted.close()
            if not isinstance(error, OSError):
                raise
