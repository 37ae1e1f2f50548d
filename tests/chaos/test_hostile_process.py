"""Hostile clients against the real process: what they cost, and whether memory, logs, files or argv leak."""

import json
import os
import secrets
import socket
import time
import zlib
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import zstandard

from tests.chaos.world import HOST, Server
from tests.unit.real.server.parts import Client, Registered, drain

MIB = 2**20
ARGON2_BYTES = 46 * MIB
AT_ONCE = 4


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    os.umask(0)  # whatever the starter's umask is
    server = Server(tmp_path_factory.mktemp("hostile"))
    try:
        server.start("", 1, "--log-level", "debug")
        server.await_ready()
        yield server
    finally:
        os.umask(0o022)
        server.close()


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    return Client(server.folder, server.agent_port, server.management_port)


def reset(server: Server) -> int:
    """Let the most of memory count from here on; returns what there is."""
    Path(f"/proc/{server.pid}/clear_refs").write_text("5")
    pages = int(Path(f"/proc/{server.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def peak_bytes(server: Server) -> int:
    lines = Path(f"/proc/{server.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


def bombs() -> list[tuple[str, bytes]]:
    """100 MiB of zeros in each coding."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    gzip = b"".join(packer.compress(bytes(MIB)) for _ in range(100)) + packer.flush()
    return [("gzip", gzip), ("zstd", zstandard.ZstdCompressor(level=19).compress(bytes(100 * MIB)))]


def test_bombs_many_at_once_take_little_memory(server: Server, client: Client) -> None:
    agent = client.register()
    token, packed = client.token(agent), bombs()

    def throw(number: int) -> int:
        coding, body = packed[number % len(packed)]
        return client.send("/stateful", body, token, Content_Encoding=coding).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(throw, range(8))) == {413}
        before = reset(server)
        assert set(pool.map(throw, range(32))) == {413}
    assert peak_bytes(server) - before < 16 * MIB


def test_logins_at_once_take_memory_for_four(server: Server, client: Client) -> None:
    """Passwords of users that are not there, from as many identities: argon2 for each, four at once."""
    before = reset(server)

    def guess(number: int) -> int:
        said = b64encode(f"{secrets.token_hex(4)}:{number}".encode()).decode()
        headers = {"Authorization": f"Basic {said}"}
        return client.ask("GET", "/agents", None, headers, server.management_port).status

    def log_in(number: int) -> int:
        return client.login(Registered(f"{number:032x}", "short")).status

    with ThreadPoolExecutor(24) as pool:
        statuses = [*pool.map(guess, range(24)), *pool.map(log_in, range(24))]
    assert set(statuses) <= {401, 429, 503}
    assert peak_bytes(server) - before < AT_ONCE * ARGON2_BYTES + 16 * MIB


def test_secrets_are_nowhere_to_be_seen(server: Server, client: Client) -> None:
    """Logs of everything that is logged, argv, and every file that others could read."""
    agent = client.register()
    token = client.token(agent)
    client.send("/stateful", {"epoch": "e", "events": [{"sequence": 1, "data": "a secret text"}]}, token)
    client.send("/stateful", b"not JSON", token)
    client.login(Registered(agent.uuid, "wrong-key-nobody-knows"))
    client.manage("GET", "/agents", password="wrong-word-nobody-knows")
    client.poll(token[:-3] + "abc", 1)
    hidden = [agent.key, token, client.password, "nobody-knows", "a secret text"]
    seen = server.said() + Path(f"/proc/{server.pid}/cmdline").read_text()
    assert "login refused" in seen
    assert [secret for secret in hidden if secret in seen] == []
    for path in (server.folder, *server.folder.iterdir()):
        assert path.stat().st_mode & 0o077 == 0, path
    document = json.dumps(client.ask("GET", "/openapi.json").json)
    metrics = client.ask("GET", "/metrics", port=server.management_port).body.decode()
    assert [secret for secret in hidden if secret in document + metrics] == []


@pytest.mark.long
def test_slow_clients_are_hung_up_after_ten_seconds(client: Client) -> None:
    """Whatever it is that they do slowly, and however many they are."""
    header = b"POST /login HTTP/1.1\r\nHost: h\r\n"
    form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 900\r\n\r\n"
    starts = (b"", header, header + form)

    def dawdle(number: int) -> float:
        begun = time.monotonic()
        with socket.create_connection((HOST, client.agent_port), 30) as plain:
            if number % 4 == 3:
                plain.sendall(b"\x16\x03\x01")
                drain(plain)
                return time.monotonic() - begun
            with client.tls.wrap_socket(plain, server_hostname=HOST) as wire:
                wire.sendall(starts[number % 4])
                wire.settimeout(0.5)
                while time.monotonic() - begun < 20:
                    try:
                        if starts[number % 4]:
                            wire.sendall(b"x")
                        if not wire.recv(1_000):
                            break
                    except TimeoutError:
                        continue
                    except OSError:
                        break
        return time.monotonic() - begun

    with ThreadPoolExecutor(40) as pool:
        assert max(pool.map(dawdle, range(40))) < 15
