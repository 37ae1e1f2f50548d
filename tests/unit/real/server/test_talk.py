"""Commands over a WebSocket."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
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
    Request,
    TextMessage,
)

from tests.unit.real.server.parts import Registered, Running, running
from wavetank.real.transports.server.limits import Limits


class Peer:
    """The agent's side of a WebSocket."""

    def __init__(self, wire: ssl.SSLSocket, token: str) -> None:
        self.wire = wire
        self.protocol = WSConnection(ConnectionType.CLIENT)
        headers = [(b"Authorization", f"Bearer {token}".encode())]
        self.send(Request(host="h", target="/commands", extra_headers=headers))
        self._waiting: list[Event] = []

    def send(self, event: Event) -> None:
        self.wire.sendall(self.protocol.send(event))

    def event(self) -> Event:
        while not self._waiting:
            data = self.wire.recv(65_536)
            self.protocol.receive_data(data or None)
            self._waiting += self.protocol.events()
        return self._waiting.pop(0)

    def message(self) -> object:
        """The next text message; pings are answered on the way."""
        text = ""
        while True:
            event = self.event()
            if isinstance(event, Ping):
                self.send(event.response())
            else:
                assert isinstance(event, TextMessage), event
                text += event.data
                if event.message_finished:
                    return json.loads(text)

    def code(self) -> int:
        """Close code of the server."""
        while not isinstance(event := self.event(), CloseConnection):
            assert isinstance(event, Ping | Pong), event
        return int(event.code)


@contextmanager
def talking(server: Running, token: str) -> Iterator[Peer]:
    with server.wire() as wire:
        peer = Peer(wire, token)
        assert isinstance(peer.event(), AcceptConnection)
        yield peer


@pytest.fixture
def token(server: Running, agent: Registered) -> str:
    return server.token(agent)


def queue(server: Running, agent: Registered, **fields: object) -> int:
    number = server.manage("POST", f"/agents/{agent.uuid}/commands", fields).json["id"]
    assert isinstance(number, int)
    return number


def test_commands_come_and_are_confirmed(server: Running, agent: Registered, token: str) -> None:
    confirmed = server.metric("wavetank_commands_confirmed_total")
    first = queue(server, agent, command="ping")
    with talking(server, token) as peer:
        assert peer.message() == {"commands": [{"id": first, "command": "ping"}]}
        second = queue(server, agent, command="echo", arguments=["x"])
        assert peer.message() == {"commands": [{"id": second, "command": "echo", "arguments": ["x"]}]}
        for number in (first, second):
            peer.send(Message(data=json.dumps({"confirm": number, "result": "done"})))
        server.eventually(lambda: server.metric("wavetank_commands_confirmed_total") == confirmed + 2)
        assert server.poll(token, 0).json == {"commands": []}
        assert peer.code() == 4000, "the poll was newer"


def test_what_was_not_confirmed_is_given_again(server: Running, agent: Registered, token: str) -> None:
    number = queue(server, agent, command="ping")
    for _ in range(2):
        with talking(server, token) as peer:
            assert peer.message() == {"commands": [{"id": number, "command": "ping"}]}


def test_command_of_another_agent_is_not_confirmed(server: Running, token: str) -> None:
    other = server.register()
    number = queue(server, other, command="ping")
    with talking(server, token) as peer:
        peer.send(Message(data=json.dumps({"confirm": number})))
        peer.send(Ping(payload=b"x"))
        assert isinstance(peer.event(), Ping | Pong)
    assert server.poll(server.token(other)).json["commands"][0]["id"] == number


def test_revocation_closes(server: Running, agent: Registered, token: str) -> None:
    with talking(server, token) as peer:
        server.eventually(lambda: server.metric("wavetank_polls_held") == 1)
        assert server.manage("DELETE", f"/agents/{agent.uuid}").status == 204
        assert peer.code() == 1008


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (Message(data="no JSON"), 1007),
        (Message(data='{"confirm": "x"}'), 1007),
        (Message(data="[" * 5_000), 1007),
        (BytesMessage(data=b"x"), 1003),
        (Message(data="x" * (2**20 + 1)), 1009),
    ],
    ids=["no JSON", "no number", "deep", "binary", "large"],
)
def test_bad_messages_close(server: Running, token: str, event: Event, code: int) -> None:
    with talking(server, token) as peer:
        peer.send(event)
        assert peer.code() == code


def test_bad_frames_close(server: Running, token: str) -> None:
    with talking(server, token) as peer:
        peer.wire.sendall(b"\xff" * 20)
        assert peer.code() == 1002


def test_silent_peer_is_hung_up_and_lively_one_is_not(tmp_path: Path) -> None:
    limits = replace(Limits(), ping_s=0.3)
    with running(tmp_path, limits=limits) as server:
        token = server.token(server.register())
        with talking(server, token) as peer:
            for _ in range(4):
                event = peer.event()
                assert isinstance(event, Ping)
                peer.send(event.response())
            server.eventually(lambda: server.metric("wavetank_polls_held") == 0)


def test_end_of_token_closes(tmp_path: Path) -> None:
    with running(tmp_path, ttl_s=2) as server, talking(server, server.token(server.register())) as peer:
        assert peer.code() == 1008


def test_stop_closes(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        with talking(server, server.token(server.register())) as peer:
            server.eventually(lambda: server.metric("wavetank_polls_held") == 1)
            stopping = threading.Thread(target=server.call, args=(server.server.stop(),))
            stopping.start()
            assert peer.code() == 1001
            stopping.join()
        server.start_again()


def test_no_token_no_socket(server: Running) -> None:
    with server.wire() as wire:
        peer = Peer(wire, "x")
        event = peer.event()
        assert isinstance(event, RejectConnection)
        assert event.status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 8"), 426),
        (("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"), 400),
        (
            (
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            ),
            400,
        ),
    ],
)
def test_bad_handshakes(server: Running, token: str, headers: tuple[str, ...], status: int) -> None:
    lines = ["GET /commands HTTP/1.1", "Host: h", f"Authorization: Bearer {token}", *headers, "", ""]
    with server.wire() as wire:
        wire.sendall("\r\n".join(lines).encode())
        assert int(wire.recv(10_000).split()[1]) == status
