"""The agent's WebSocket against the runnable server."""

import asyncio
import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Message
from wsproto.events import Request as Opening

from tests.unit.real.server.parts import Registered, Running, running
from wavetank.protocol import wire
from wavetank.real.transports.agent.http1 import CHUNK_BYTES
from wavetank.real.transports.agent.messages import Lost
from wavetank.real.transports.agent.websocket import MESSAGES_MOST, Socket, WebSocket

LANE = 4


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "server") as started:
        yield started


@pytest.fixture
def agent(server: Running) -> Registered:
    return server.register()


def transport(server: Running) -> WebSocket:
    return WebSocket(f"https://127.0.0.1:{server.agent_port}", server.data / "ca.pem")


async def queue(server: Running, agent: Registered, *names: str) -> None:
    for name in names:
        value = {"command": name}
        await asyncio.to_thread(server.manage, "POST", f"/agents/{agent.uuid}/commands", value)


async def next_commands(socket: WebSocket, token: str) -> list[tuple[str, object]]:
    answer = await socket.ask(LANE, wire.poll(token))
    assert answer.status == 200
    return [(command.id, command.fields["command"]) for command in wire.commands_of(answer.body)]


async def until(true: object) -> None:
    for _ in range(2_000):
        if await asyncio.to_thread(true):  # type: ignore[arg-type]
            return
        await asyncio.sleep(0.01)
    raise AssertionError("never")


def test_commands_come_over_one_socket_and_are_confirmed_on_it(server: Running, agent: Registered) -> None:
    token = server.token(agent)

    async def talk() -> None:
        socket = transport(server)
        await queue(server, agent, "a")
        ((first, name),) = await next_commands(socket, token)
        assert name == "a"
        assert (await socket.ask(LANE, wire.confirm(token, first, "done"))).status == 204
        await until(lambda: server.metric("wavetank_commands_confirmed_total") == 1)
        await queue(server, agent, "b")
        ((_, name),) = await next_commands(socket, token)
        assert (name, socket.opened) == ("b", 1)
        # An opening handshake, a confirmation; its answer and two messages.
        assert 100 < socket.sent_bytes < 2_000
        assert 100 < socket.received_bytes < 2_000
        before = socket.sent_bytes
        await socket.close()
        assert socket.closed == socket.opened
        assert before < socket.sent_bytes  # the goodbye

    asyncio.run(talk())


def test_poll_that_is_given_up_leaves_the_socket_to_the_next(server: Running, agent: Registered) -> None:
    token = server.token(agent)

    async def talk() -> None:
        socket = transport(server)
        for _ in range(2):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await socket.ask(LANE, wire.poll(token))
        await queue(server, agent, "a", "b")
        commands = await next_commands(socket, token)
        while len(commands) < 2:
            commands += await next_commands(socket, token)
        assert ([name for _, name in commands], socket.opened) == (["a", "b"], 1)
        await socket.close()

    asyncio.run(talk())


def test_what_was_not_confirmed_comes_again_on_the_next_socket(server: Running, agent: Registered) -> None:
    token = server.token(agent)

    async def talk() -> None:
        await queue(server, agent, "a")
        for _ in range(2):
            socket = transport(server)
            assert [name for _, name in await next_commands(socket, token)] == ["a"]
            await socket.close()

    asyncio.run(talk())


def test_bad_token_and_revoked_agent_are_answered_401(server: Running, agent: Registered) -> None:
    token = server.token(agent)

    async def talk() -> None:
        socket = transport(server)
        assert (await socket.ask(LANE, wire.poll("nonsense"))).status == 401
        held = asyncio.ensure_future(socket.ask(LANE, wire.poll(token)))
        await until(lambda: server.metric("wavetank_polls_held") == 1)
        await asyncio.to_thread(server.manage, "DELETE", f"/agents/{agent.uuid}")
        assert (await held).status == 401
        await socket.close()

    asyncio.run(talk())


def test_newer_socket_and_a_server_that_stops_end_it(server: Running, agent: Registered) -> None:
    token = server.token(agent)

    async def talk() -> None:
        older, newer = transport(server), transport(server)
        held = asyncio.ensure_future(older.ask(LANE, wire.poll(token)))
        await until(lambda: server.metric("wavetank_polls_held") == 1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await newer.ask(LANE, wire.poll(token))
        with pytest.raises(Lost, match="4000"):
            await held
        held = asyncio.ensure_future(newer.ask(LANE, wire.poll(token)))
        await asyncio.sleep(0)
        await asyncio.to_thread(lambda: server.call(server.server.stop()))
        with pytest.raises(Lost, match="1001"):
            await held
        for socket in (older, newer):
            await socket.close()

    try:
        asyncio.run(talk())
    finally:
        server.start_again()


def test_server_that_sends_on_and_on_has_to_wait(tmp_path: Path) -> None:
    """Few messages are held, however many are sent, and none is lost."""
    authority, messages = trustme.CA(), 60
    (tmp_path / "ca.pem").write_bytes(authority.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    async def floods(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = WSConnection(ConnectionType.SERVER)
        server.receive_data(await reader.readuntil(b"\r\n\r\n"))
        assert isinstance(next(server.events()), Opening)
        writer.write(server.send(AcceptConnection()))
        for number in range(messages):
            command = {"id": number, "text": "x" * CHUNK_BYTES}
            writer.write(server.send(Message(data=json.dumps({"commands": [command]}))))
            await writer.drain()

    async def talk() -> None:
        listening = await asyncio.start_server(floods, "127.0.0.1", 0, ssl=context)
        socket = WebSocket(f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}", tmp_path / "ca.pem")
        for number in range(messages):
            (command,) = wire.commands_of((await socket.ask(LANE, wire.poll("token"))).body)
            assert command.id == str(number)
            await asyncio.sleep(0.005)
            assert socket._socket is not None
            assert socket._socket._messages.qsize() <= MESSAGES_MOST + 1
        await socket.close()
        listening.close()

    asyncio.run(talk())


def test_fault_while_it_listens_is_raised_by_the_poll(
    server: Running, agent: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it is counted and said, and does not end the listening in silence."""
    token = server.token(agent)

    def fails(self: Socket, event: object) -> None:
        raise RecursionError("unexpected")

    async def talk() -> None:
        monkeypatch.setattr(Socket, "_take", fails)
        await queue(server, agent, "a")
        socket = transport(server)
        with pytest.raises(RecursionError, match="unexpected"):
            await socket.ask(LANE, wire.poll(token))
        monkeypatch.undo()
        assert [name for _, name in await next_commands(socket, token)] == ["a"]
        await socket.close()

    asyncio.run(talk())


def test_events_go_as_ever_beside_it(server: Running, agent: Registered) -> None:
    token = server.token(agent)

    async def talk() -> None:
        socket = transport(server)
        held = asyncio.ensure_future(socket.ask(LANE, wire.poll(token)))
        answer = await socket.ask(3, wire.stateful(token, "e", [(0, '"x"')]))
        assert (answer.status, json.loads(answer.body)["stored"]) == (200, 1)
        held.cancel()
        await asyncio.gather(held, return_exceptions=True)
        await socket.close()

    asyncio.run(talk())
    assert [event["data"] for event in server.events(agent)] == ["x"]
