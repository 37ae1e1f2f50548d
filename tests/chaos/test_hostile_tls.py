"""The agent, and servers that are not the one it trusts, or break TLS: nothing is told to them."""

import os
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import socket
from threading import Thread
from typing import Any

import pytest
import trustme

from tests.unit.real.agent.running import Running, registered, running
from tests.unit.real.agent.test_fanout import FILES_MOST, MEMORY_MOST_MIB, peak_mib
from tests.unit.real.agent.wire_server import Handler, WireServer, wait_for

ATTACK_S = 0.2
ASKED_MOST_PER_S = 120.0
"""Its back-off begins with 50 ms, for each of four lanes."""

PATIENT = ("--set", "retry.*.timeout=500ms", "--set", "commands.hold=200ms")
DAY = timedelta(days=1)
ALERT, HANDSHAKE, DATA = 21, 22, 23

Contexts = dict[str, ssl.SSLContext]


class Swapping(WireServer):
    """A server whose next connections get `raw` bytes for an answer, where there are any."""

    raw: Callable[[socket], None] | None = None
    tried = 0

    def finish_request(self, request: Any, client_address: Any) -> None:
        self.tried += 1
        if self.raw is None:
            super().finish_request(request, client_address)
            return
        with suppress(OSError):
            self.raw(request)


def context(certificate: trustme.LeafCert, *, chain: bool = True) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with certificate.private_key_and_cert_chain_pem.tempfile() as path:
        made.load_cert_chain(path)
    if not chain:
        with (
            certificate.private_key_pem.tempfile() as key,
            certificate.cert_chain_pems[0].tempfile() as alone,
        ):
            made.load_cert_chain(alone, key)
    return made


def untrusted(authority: trustme.CA) -> Contexts:
    """Certificates that are not the server's, or not now."""
    now, host = datetime.now(UTC), "127.0.0.1"
    issue = authority.issue_cert
    old = issue(host, not_before=now - 9 * DAY, not_after=now - DAY)
    leaves = {
        "expired": old,
        "not yet valid": issue(host, not_before=now + DAY, not_after=now + 9 * DAY),
        "another address": issue("127.0.0.2"),
        "a name for an address": issue("localhost"),
        "the address in the common name alone": issue("localhost", common_name=host),
        "a wildcard": issue("*.0.0.1"),
        "another authority of the same name": trustme.CA().issue_cert(host),
        "another authority's child": trustme.CA().create_child_ca().issue_cert(host),
    }
    alone = context(authority.create_child_ca().issue_cert(host), chain=False)
    return {**{name: context(leaf) for name, leaf in leaves.items()}, "a chain without its middle": alone}


def record(kind: int, payload: bytes, size: int | None = None) -> bytes:
    """A record of TLS; `size` is what it says that it has."""
    return bytes([kind, 3, 3]) + struct.pack(">H", len(payload) if size is None else size) + payload


def raw() -> dict[str, bytes]:
    """Answers to a hello that are no handshake."""
    return {
        "nothing": b"",
        "HTTP": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "rubbish": bytes(range(256)) * 64,
        "half a record": record(HANDSHAKE, b"\x02\0\0\x46\3\3" + b"x" * 20, 74),
        "a record that is too long": record(HANDSHAKE, b"x" * 30_000),
        "a handshake of 16 MiB": record(HANDSHAKE, b"\x02\xff\xff\xff" + b"x" * 16_000) * 100,
        "empty records": record(HANDSHAKE, b"") * 10_000,
        "warnings": record(ALERT, b"\x01\x5a") * 10_000,
        "a fatal alert": record(ALERT, b"\x02\x28"),
        "data before the handshake": record(DATA, b"{}"),
        "TLS 1.0": b"\x15\x03\x01\0\x02\x02\x46",
    }


def inside() -> dict[str, bytes]:
    """Bytes that are written below an established connection, instead of an answer."""
    return {
        "a truncated record": record(DATA, b"x" * 100, 5_000),
        "half a header": b"\x17\x03",
        "a record that nobody sealed": record(DATA, b"x" * 100),
        "a record that is too long": record(DATA, b"x" * 40_000),
        "an alert in the clear": record(ALERT, b"\x01\0"),
        "a handshake in the clear": record(HANDSHAKE, b"\0\0\0\0"),
        "plain HTTP": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "nothing": b"",
    }


@contextmanager
def swapping() -> Iterator[Swapping]:
    server = Swapping()
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.cut()
        server.server_close()
        thread.join()


def attacked(server: Swapping, agent: Running, name: str, begin: Callable[[], None]) -> None:
    """Break off, let the server be another one for a while, and see that all goes on behind it."""
    agent.put(f"before {name}")
    wait_for(lambda: f"before {name}" in server.data()[-5:], 10)
    good = server.context
    begin()
    server.cut()
    time.sleep(0.05)  # for what was asked before
    seen, tried = len(server.seen), server.tried
    assert agent.put(f"during {name}")[0].startswith("accepted")
    time.sleep(ATTACK_S)
    another = server.context is not good or server.raw is not None
    assert not another or len(server.seen) == seen, f"{name}: the agent asked who is not its server"
    assert 0 < server.tried - tried < ASKED_MOST_PER_S * ATTACK_S, name
    server.context, server.raw, server.script = good, None, None
    wait_for(lambda: f"during {name}" in server.data()[-5:], 10)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Swapping, Running]]:
    with swapping() as server:
        folder = registered(server, tmp_path_factory.mktemp("tls") / "agent")
        with running(folder, *PATIENT) as agent:
            yield server, agent
            assert len(os.listdir(f"/proc/{agent.process.pid}/fd")) < FILES_MOST
            assert peak_mib(agent.process.pid) < MEMORY_MOST_MIB
            assert agent.kill(15) == 0
        assert '"faults": 0' in Path(folder, "status.json").read_text()


def test_nothing_is_told_to_who_is_not_trusted(world: tuple[Swapping, Running]) -> None:
    server, agent = world
    for name, swapped in untrusted(server.authority).items():
        attacked(server, agent, name, lambda swapped=swapped: setattr(server, "context", swapped))  # type: ignore[misc]


def test_chain_that_is_trusted_is_taken_up(world: tuple[Swapping, Running]) -> None:
    """The server's certificate may change while the agent runs, and come by way of another authority."""
    server, agent = world
    server.context = context(server.authority.create_child_ca().issue_cert("127.0.0.1"))
    server.cut()
    agent.put("by way of another")
    wait_for(lambda: "by way of another" in server.data()[-5:], 10)


def test_handshakes_that_are_none(world: tuple[Swapping, Running]) -> None:
    server, agent = world

    def say(sent: bytes) -> Callable[[socket], None]:
        def answer(wire: socket) -> None:
            wire.recv(4_096)
            wire.sendall(sent)

        return answer

    for name, sent in raw().items():
        attacked(server, agent, name, lambda sent=sent: setattr(server, "raw", say(sent)))  # type: ignore[misc]
    silent: list[socket] = []
    attacked(server, agent, "silence", lambda: setattr(server, "raw", lambda wire: silent.append(wire.dup())))
    for wire in silent:
        wire.close()


def test_records_that_break_off(world: tuple[Swapping, Running]) -> None:
    server, agent = world

    def say(sent: bytes) -> Callable[[Handler], bool]:
        def answer(handler: Handler) -> bool:
            with suppress(OSError):
                os.write(handler.connection.fileno(), sent)
            return handler.hang_up()

        return answer

    for name, sent in inside().items():
        attacked(server, agent, name, lambda sent=sent: setattr(server, "script", say(sent)))  # type: ignore[misc]
