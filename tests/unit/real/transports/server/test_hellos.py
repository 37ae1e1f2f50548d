import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import closing

import pytest

from wavetank.real.transports.server.admission import Admission
from wavetank.real.transports.server.hellos import Hellos, said_hello

HELLO = b"\x16\x03\x01\x00\x10" + bytes(16)


class Room:
    """Connections that wait, and those that were handed over."""

    def __init__(self, patience_s: float) -> None:
        self.begun: list[tuple[socket.socket, float]] = []
        self.admission = Admission(1_000, 1_000)
        self.hellos = Hellos(patience_s, lambda accepted, _, left_s: self.begun.append((accepted, left_s)))

    def connect(self) -> tuple[socket.socket, socket.socket]:
        """Both ends of a connection: the client's, and the server's, which waits."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            client = socket.create_connection(listening.getsockname())
            accepted, _ = listening.accept()
        accepted.setblocking(False)
        ticket = self.admission.enter("a")
        assert ticket is not None
        self.hellos.add(accepted, ticket)
        return client, accepted

    async def until(self, true: Callable[[], bool]) -> None:
        for _ in range(1_000):
            if true():
                return
            await asyncio.sleep(0.005)
        raise AssertionError("never")


def run(body: Callable[[Room], Awaitable[None]], patience_s: float = 30) -> None:
    async def whole() -> None:
        room = Room(patience_s)
        try:
            await body(room)
        finally:
            room.hellos.close()
            for accepted, _ in room.begun:
                accepted.close()

    asyncio.run(whole())


def test_hello_in_pieces_is_waited_for() -> None:
    async def body(room: Room) -> None:
        client, accepted = room.connect()
        with closing(client):
            for piece in (HELLO[:1], HELLO[1:5], HELLO[5:-1]):
                client.sendall(piece)
                await asyncio.sleep(0.02)
                assert not room.begun
            client.sendall(HELLO[-1:])
            await room.until(lambda: bool(room.begun))
            assert room.begun[0][0] is accepted
            assert 0 < room.begun[0][1] <= 30
            assert accepted.recv(100) == HELLO, "nothing was taken"
            assert len(room.hellos) == 0

    run(body)


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\xff\xff"])
def test_what_is_no_hello_is_handed_over_to_be_refused(said: bytes) -> None:
    async def body(room: Room) -> None:
        client, _ = room.connect()
        with closing(client):
            client.sendall(said)
            await room.until(lambda: bool(room.begun))

    run(body)


@pytest.mark.parametrize("said", [b"", HELLO[:-1]])
def test_who_leaves_before_has_left(said: bytes) -> None:
    async def body(room: Room) -> None:
        client, accepted = room.connect()
        client.sendall(said)
        client.close()
        await room.until(lambda: len(room.hellos) == 0)
        assert len(room.admission) == 0
        assert accepted.fileno() == -1
        assert not room.begun

    run(body)


def test_reset_is_no_fault() -> None:
    async def body(room: Room) -> None:
        client, _ = room.connect()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        await room.until(lambda: len(room.hellos) == 0)
        assert len(room.admission) == 0

    run(body)


def test_who_says_nothing_is_hung_up_in_turn() -> None:
    async def body(room: Room) -> None:
        first = room.connect()[0]
        await asyncio.sleep(0.05)
        second = room.connect()[0]
        await room.until(lambda: len(room.hellos) == 1)
        await room.until(lambda: len(room.hellos) == 0)
        assert first.recv(1) == second.recv(1) == b""
        assert len(room.admission) == 0
        third = room.connect()[0]
        await room.until(lambda: len(room.hellos) == 0)
        for server in (first, second, third):
            server.close()

    run(body, 0.2)


def test_close_hangs_up() -> None:
    async def body(room: Room) -> None:
        clients = [room.connect()[0] for _ in range(3)]
        room.hellos.close()
        assert len(room.admission) == 0
        for client in clients:
            assert client.recv(1) == b""
            client.close()
        room.hellos = Hellos(1, lambda *_: None)

    run(body)


def test_more_than_are_looked_at_once() -> None:
    async def body(room: Room) -> None:
        clients = [room.connect()[0] for _ in range(200)]
        clients += [room.connect()[0] for _ in range(10)]
        for client in clients:
            client.sendall(HELLO)
        await room.until(lambda: len(room.begun) == len(clients))
        for client in clients:
            client.close()

    run(body)


def test_nothing_yet_is_no_hello() -> None:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        ours.setblocking(False)
        assert not said_hello(ours)
        theirs.sendall(HELLO)
        assert said_hello(ours)
