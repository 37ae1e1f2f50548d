"""The agent's WebSocket, and servers that break its rules: each poll has an end, and nobody else waits."""

import asyncio
import os
import re
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.chaos.hostile_frames import KIB, TEXT, Frames, everything, frame, opened
from tests.unit.real.agent.running import Running, registered, running, status
from tests.unit.real.agent.test_fanout import FILES_MOST, MEMORY_MOST_MIB, peak_mib
from tests.unit.real.agent.wire_server import Handler, WireServer, serving, wait_for
from wavetank.protocol import wire
from wavetank.real.transports.agent.messages import Answer, Lost
from wavetank.real.transports.agent.websocket import WebSocket

LANE = 4
PATIENCE_S = 0.25
STALL_MOST_S = 0.08
"""CPU that the event loop takes in one go, however busy the machine is. It is 5 to 25 ms, the server of the
test included. Before there were limits it was seconds."""

GOOD = frame(TEXT, b'{"commands":[{"id":7,"command":"echo"}]}')
_KEY = re.compile(rb"sec-websocket-key: *(\S+)\r\n", re.IGNORECASE)

Serve = Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Listening:
    """A server on loopback that does what `serve` says once an opening has come; it gets the agent's key."""

    def __init__(self) -> None:
        self.serve: Serve | None = None

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, EOFError, TimeoutError):
                asked = _KEY.search(await reader.readuntil(b"\r\n\r\n"))
                assert asked is not None
                assert self.serve is not None
                await self.serve(asked[1], reader, writer)
                writer.close()
                async with asyncio.timeout(PATIENCE_S):
                    await writer.wait_closed()
        finally:
            writer.transport.abort()


@asynccontextmanager
async def talking(folder: Path) -> AsyncIterator[tuple[Listening, WebSocket]]:
    """A server, and a transport that trusts it. What the event loop complains of fails the test."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    authority, listening = trustme.CA(), Listening()
    (folder / "ca.pem").write_bytes(authority.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = await asyncio.start_server(listening, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    transport = WebSocket(f"https://127.0.0.1:{port}", folder / "ca.pem")
    try:
        yield listening, transport
    finally:
        await transport.close()
        server.close()
    await asyncio.sleep(0.01)
    assert [complaint for complaint in complaints if "agent" in repr(complaint)] == []


async def poll(transport: WebSocket, patience_s: float = PATIENCE_S) -> Answer | Lost | None:
    """An answer, why there is none, or None where there was none in time."""
    try:
        async with asyncio.timeout(patience_s):
            return await transport.ask(LANE, wire.poll("token"))
    except TimeoutError:
        return None
    except Lost as lost:
        return lost


class Stalls:
    """The most CPU that the event loop takes between two turns of a task."""

    def __init__(self) -> None:
        self.worst_s = 0.0
        self._task = asyncio.ensure_future(self._look())

    async def _look(self) -> None:
        while True:
            before_s = time.thread_time()
            await asyncio.sleep(0.001)
            self.worst_s = max(self.worst_s, time.thread_time() - before_s)

    async def stop(self) -> None:
        """Look once more, and end."""
        await asyncio.sleep(0.005)
        self._task.cancel()


async def _hostile(kind: Frames, key: bytes, writer: asyncio.StreamWriter) -> None:
    until_s = time.monotonic() + PATIENCE_S
    writer.write(kind.opening(key))
    for piece in kind.pieces():
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)
        if writer.is_closing() or time.monotonic() > until_s:
            return
    if kind.holds:
        await asyncio.sleep(2 * PATIENCE_S)


def test_each_poll_ends_and_the_next_is_answered(tmp_path: Path) -> None:
    """Whatever comes is an answer, a loss or a silence; the same transport goes on then."""
    wrong: list[str] = []

    async def talk() -> None:
        async with talking(tmp_path) as (server, transport):
            for kind in everything():
                server.serve = lambda key, _, writer, kind=kind: _hostile(kind, key, writer)
                stalls = Stalls()
                for _ in range(2):
                    await poll(transport)
                await stalls.stop()
                if stalls.worst_s > STALL_MOST_S:
                    wrong.append(f"{kind.name}: nobody else had a turn for {stalls.worst_s:.3f} s")
                wrong.extend(f"{kind.name}: {trouble}" for trouble in await _good(server, transport))

    asyncio.run(talk())
    assert wrong == []


async def _good(server: Listening, transport: WebSocket) -> list[str]:
    """Let the server do right, and see that a command comes within a few polls."""

    async def right(key: bytes, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(opened(key) + GOOD)
        await asyncio.sleep(0.01)

    server.serve = right
    until_s, answer = time.monotonic() + 60, await poll(transport)
    while time.monotonic() < until_s:
        answer = await poll(transport)
        if isinstance(answer, Answer) and answer.status == 200 and b"7" in answer.body:
            return []
    return [f"no command came: {answer}"]


def test_who_does_not_read_is_left(tmp_path: Path) -> None:
    """Each attempt to confirm would add a message to those that wait; the socket ends with the first."""

    async def deaf(key: bytes, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(opened(key) + GOOD)
        await asyncio.sleep(2)

    async def talk() -> None:
        async with talking(tmp_path) as (server, transport):
            server.serve = deaf
            assert isinstance(await poll(transport), Answer)
            socket = transport._socket
            assert socket is not None
            confirmed = wire.confirm("token", "7", "x" * 900 * KIB)
            with suppress(TimeoutError):
                for _ in range(50):  # as many as the system keeps for the server
                    async with asyncio.timeout(0.1):
                        await transport.ask(LANE, confirmed)
            assert "does not read" in str(await poll(transport))
            await asyncio.sleep(0)
            assert socket._listening.done()

    asyncio.run(talk())


def test_listening_ends_with_its_socket(tmp_path: Path) -> None:
    """Also where it waits for room, as more commands were offered than are taken."""
    offered = b'{"commands":[%b]}' % b",".join(
        b'{"id":%d,"command":"echo"}' % number for number in range(200)
    )

    async def many(key: bytes, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(opened(key) + frame(TEXT, offered) * 20)
        await asyncio.sleep(PATIENCE_S)

    async def talk() -> None:
        async with talking(tmp_path) as (server, transport):
            server.serve = many
            for _ in range(6):
                assert isinstance(await poll(transport), Answer)
                await asyncio.sleep(0.01)
            assert sum("_listen" in repr(task) for task in asyncio.all_tasks()) <= 1

    asyncio.run(talk())


@pytest.mark.long
def test_agent_as_a_process(tmp_path: Path) -> None:
    """The same table, and events that arrive meanwhile; the agent stays small."""
    patient = ("--set", "retry.*.timeout=1s", "--set", "commands.hold=500ms")
    with serving() as server:
        folder = registered(server, tmp_path / "agent")
        with running(folder, *patient, "--transport", "websocket") as agent:
            for kind in everything():
                _attack(server, agent, kind)
            assert agent.kill(15) == 0
        assert status(folder)["counts"].get("faults", 0) == 0


def _attack(server: WireServer, agent: Running, kind: Frames) -> None:
    done: list[bool] = []

    def script(handler: Handler) -> bool:
        if handler.path != "/commands":
            return False
        until_s = time.monotonic() + PATIENCE_S
        with suppress(OSError):
            handler.connection.sendall(kind.opening(handler.headers["Sec-WebSocket-Key"].encode()))
            for piece in kind.pieces():
                handler.connection.sendall(piece)
                if time.monotonic() > until_s:
                    break
        done.append(True)
        return handler.hang_up()

    server.script = script
    agent.put(kind.name)
    wait_for(lambda: len(done) > 1 and kind.name in server.data(), 20)
    server.script = None
    assert len(os.listdir(f"/proc/{agent.process.pid}/fd")) < FILES_MOST, kind.name
    assert peak_mib(agent.process.pid) < MEMORY_MOST_MIB, kind.name
    assert '"faults": 0' in Path(agent.folder, "status.json").read_text(), kind.name
