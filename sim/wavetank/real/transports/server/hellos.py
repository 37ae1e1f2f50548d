"""Connections that have not said hello: a socket each and nothing more, as anybody can open thousands.

A TLS connection costs some 50 KB from its beginning on. So it begins when the first record of its handshake
is there. Until then the bytes stay in the kernel, where they are looked at and not taken.
"""

import array
import asyncio
import fcntl
import select
import socket
import termios
from collections.abc import Callable
from typing import NamedTuple

from wavetank.real.transports.server.admission import Ticket

_HEADER_BYTES = 5
"""The header of a TLS record: type, version, length (RFC 8446, 5.1)."""

# A handshake's records (RFC 8446, 5.1), and how long one may be.
_HANDSHAKE = 22
_LONGEST_RECORD = 2**14
# Some microseconds each: others have their turn in between.
_LOOKED_AT_ONCE = 128
Begun = Callable[[socket.socket, Ticket, float], None]


class Waiting(NamedTuple):
    """An admitted connection that has not said hello yet, and its deadline."""

    accepted: socket.socket
    ticket: Ticket
    deadline: float


class Hellos:
    """Waits for the hello of each connection that is added, and hands it over."""

    def __init__(self, patience_s: float, begun: Begun) -> None:
        """`begun` is given a connection, its ticket, and the seconds that are left to it."""
        self._patience_s = patience_s
        self._begun = begun
        self._loop = asyncio.get_running_loop()
        # In the order in which they came, which is the order of their deadlines.
        self._waiting: dict[int, Waiting] = {}
        self._timer: asyncio.TimerHandle | None = None
        # Edge-triggered: half a hello wakes nobody a second time. Where there is none, nobody waits here.
        self._poll = select.epoll() if hasattr(select, "epoll") else None
        if self._poll is not None:
            self._loop.add_reader(self._poll.fileno(), self._look)

    def __len__(self) -> int:
        """How many are waiting."""
        return len(self._waiting)

    def add(self, accepted: socket.socket, ticket: Ticket) -> None:
        """Wait for the hello of a connection; who has waited too long is hung up."""
        if self._poll is None:
            self._begun(accepted, ticket, self._patience_s)
            return
        handle = accepted.fileno()
        try:
            self._poll.register(handle, select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET)
        except OSError:  # no memory for it, or one too many for this user (epoll(7))
            ticket.leave()
            accepted.close()
            return
        self._waiting[handle] = Waiting(accepted, ticket, self._loop.time() + self._patience_s)
        if self._timer is None:
            self._timer = self._loop.call_later(self._patience_s, self._expire)

    def close(self) -> None:
        """Hang up on all."""
        if self._timer is not None:
            self._timer.cancel()
        for handle in list(self._waiting):
            self._hang_up(handle)
        if self._poll is not None:
            self._loop.remove_reader(self._poll.fileno())
            self._poll.close()

    def _look(self) -> None:
        assert self._poll is not None
        for handle, event in self._poll.poll(0, _LOOKED_AT_ONCE):
            if handle not in self._waiting:
                continue
            try:
                whole = said_hello(self._waiting[handle].accepted)
            except OSError:
                self._hang_up(handle)
                continue
            if whole:
                waiting = self._take(handle)
                self._begun(waiting.accepted, waiting.ticket, max(0.1, waiting.deadline - self._loop.time()))
            elif event & (select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR):
                self._hang_up(handle)

    def _expire(self) -> None:
        self._timer = None
        now = self._loop.time()
        for handle, waiting in list(self._waiting.items()):
            if waiting.deadline > now:
                self._timer = self._loop.call_at(waiting.deadline, self._expire)
                return
            self._hang_up(handle)

    def _take(self, handle: int) -> Waiting:
        assert self._poll is not None
        self._poll.unregister(handle)
        return self._waiting.pop(handle)

    def _hang_up(self, handle: int) -> None:
        waiting = self._take(handle)
        waiting.ticket.leave()
        waiting.accepted.close()


def said_hello(accepted: socket.socket) -> bool:
    """Whether a first record is there, or something that cannot become one. Raises OSError."""
    try:
        header = accepted.recv(_HEADER_BYTES, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    if len(header) < _HEADER_BYTES:
        return False
    length = int.from_bytes(header[3:])
    if header[0] != _HANDSHAKE or length > _LONGEST_RECORD:
        return True
    there = array.array("i", [0])
    fcntl.ioctl(accepted, termios.FIONREAD, there)
    return there[0] >= _HEADER_BYTES + length
