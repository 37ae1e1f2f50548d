"""The server as a whole: its folder, restarts, what it says of itself, and an end that loses nothing."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.unit.real.server.parts import Registered, Running, drain, running
from wavetank.real.private import BadFolder
from wavetank.real.server.routes import AGENT, MANAGEMENT
from wavetank.real.server.settings import ServerProblem

FORM = b"Content-Type: application/x-www-form-urlencoded"


def test_folder_is_its_owners_alone(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    with running(data) as server:
        agent = server.register()
        server.send("/stateful", {"epoch": "e", "events": [{"sequence": 1, "data": 1}]}, server.token(agent))
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        for name in ("ca-key.pem", "server.pem", "signing.pem", "first-password", "ready"):
            assert stat.S_IMODE((data / name).stat().st_mode) == 0o600, name
        ready = json.loads((data / "ready").read_text())
        assert ready == {
            "pid": os.getpid(),
            "host": "127.0.0.1",
            "management_port": server.management_port,
            "agent_port": server.agent_port,
        }
        secrets = (agent.key.encode(), server.password.encode())
        for path in data.iterdir():
            if path.name != "first-password":
                assert not any(secret in path.read_bytes() for secret in secrets), path
    assert not (data / "ready").exists()


def test_second_server_on_a_folder(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        with pytest.raises(ServerProblem, match="another server"):
            Running(server.settings)
        assert (tmp_path / "ready").exists()
        assert server.ask("GET", "/health").status == 200


def test_port_that_is_taken(server: Running, tmp_path: Path) -> None:
    with (
        pytest.raises(ServerProblem, match="cannot listen"),
        running(tmp_path, agent_port=server.agent_port),
    ):
        pass
    with running(tmp_path):
        pass


def test_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadFolder), running(tmp_path / "file"):
        pass


@pytest.mark.parametrize("name", ["signing.pem", "server.pem", "wavetank.db"])
def test_broken_files_are_named(name: str, tmp_path: Path) -> None:
    with running(tmp_path):
        pass
    (tmp_path / name).write_text("broken" * 1_000)
    with pytest.raises(ServerProblem, match=name), running(tmp_path):
        pass


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        agent = server.register()
        token = server.token(agent)
        server.login(agent, host="a")
        server.login(agent, host="b")
        events = [{"sequence": n, "data": n} for n in range(10)]
        server.send("/stateful", {"epoch": "e", "events": events}, token)
        server.send("/stateful", {"epoch": "e", "events": events}, token)
        password = server.password
    with running(tmp_path) as server:
        assert server.password == password
        again = server.send("/stateful", {"epoch": "e", "events": events}, token)
        assert again.json == {"stored": 0, "duplicates": 10}
        server.login(agent, host="a")
        assert server.metric("wavetank_events_stored_total") == 10
        assert server.metric("wavetank_events_duplicate_total") == 20
        assert server.metric("wavetank_agent_clones_total") == 1


def test_stop_commits_what_was_accepted(tmp_path: Path) -> None:
    """Stateless events answered right before the end, a poll held, a request half sent."""
    with running(tmp_path, stop_read_s=30.0, stop_s=30.0) as server:
        agent = server.register()
        token = server.token(agent)
        held: list[object] = []
        poll = threading.Thread(target=lambda: held.append(server.poll(token).json))
        poll.start()
        server.eventually(lambda: server.metric("wavetank_polls_held") == 1)
        for n in range(50):
            assert server.send("/stateless", {"events": [{"data": n}]}, token).status == 202
        with server.wire() as wire:
            body = b'{"epoch":"e","events":[{"sequence":1,"data":1}]}'
            head = f"POST /stateful HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\n"
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            wire.sendall(head.encode() + body[:10])
            server.eventually(lambda: server.metric("wavetank_connections_open") >= 3)
            stopping = threading.Thread(target=server.call, args=(server.server.stop(),))
            stopping.start()
            poll.join(20)
            assert held == [{"commands": []}]
            wire.sendall(body[10:])
            assert wire.recv(1_000).startswith(b"HTTP/1.1 200 ")
            stopping.join()
        server.start_again()
        assert sorted(str(event["data"]) for event in server.events(agent)) == sorted(
            map(str, [1, *range(50)])
        )


def test_stop_waits_for_the_store_and_not_for_strangers(tmp_path: Path) -> None:
    """Half a header, half a body, answers that nobody reads; and an event that is being stored."""
    go = threading.Event()
    with running(tmp_path, stop_s=120.0, stop_read_s=0.3) as server:
        agent = server.register()
        token = server.token(agent)
        called(server, server.server.service.store.ask, lambda database: go.wait(60))
        got: list[int] = []
        body = {"epoch": "e", "events": [{"sequence": 1, "data": 1}]}
        sending = threading.Thread(target=lambda: got.append(server.send("/stateful", body, token).status))
        sending.start()
        server.eventually(lambda: server.server.service.store.queued_bytes > 0)
        with server.wire() as header, server.wire() as half, server.wire() as deaf:
            header.sendall(b"POST /login HTTP/1.1\r\nHost: h\r\n")
            half.sendall(b"POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n" + FORM + b"\r\n\r\nx")
            deaf.settimeout(0.5)
            with suppress(TimeoutError):
                deaf.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: h\r\n\r\n" * 2_000)
            stopping = threading.Thread(target=server.call, args=(server.server.stop(), 120))
            began = time.monotonic()
            stopping.start()
            for wire in (header, half):
                wire.settimeout(60)
                assert drain(wire) == b""
            assert got == []
            go.set()
            sending.join(60)
            assert got == [200]
            stopping.join(120)
            assert time.monotonic() - began < 60, "half of what it waits for what is under way"
        server.start_again()
        assert len(server.events(agent)) == 1


def called(server: Running, work: Callable[..., object], *words: object) -> None:
    """Call something in the server's loop, and do not wait for what becomes of it."""
    server.loop.call_soon_threadsafe(work, *words)


def test_metrics_are_well_formed(server: Running, agent: Registered) -> None:
    server.send("/stateless", {"events": [{"data": 1}]}, "bad")
    server.send("/stateless", {"events": [{"data": 1}]}, server.token(agent))
    text = server.ask("GET", "/metrics", port=server.management_port).body.decode()
    names = set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            names.add(line.split()[2])
        elif not line.startswith("#"):
            name, value = line.split("{")[0].split(" ")[0], line.rpartition(" ")[2]
            assert float(value) >= 0
            assert name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count") in names
    for name in ("stored_total", "duplicate_total", "dropped_total"):
        assert f"wavetank_events_{name}" in names
    assert 'wavetank_events_dropped_total{cause="store"} 0' in text
    assert 'wavetank_refusals_total{cause="token"}' in text
    assert 'wavetank_request_duration_seconds_bucket{endpoint="stateless",le="+Inf"}' in text


def test_document_has_every_route(server: Running) -> None:
    for port in (server.agent_port, server.management_port):
        document = server.ask("GET", "/openapi.json", port=port).json
        described = {
            (method.upper(), path)
            for path, item in document["paths"].items()
            for method in item
            if method != "description"
        }
        assert described == {(route.method, route.path) for route in (*AGENT, *MANAGEMENT)}


def test_full_disk_is_refused_and_recovered_from(server: Running, agent: Registered) -> None:
    """The database may grow no further: what is not stored is not acknowledged, and nothing breaks."""
    token = server.token(agent)

    def allow(pages: int) -> None:
        server.call(_asked(server, f"PRAGMA max_page_count = {pages}"))

    big = {"epoch": "full", "events": [{"sequence": n, "data": "x" * 10_000} for n in range(50)]}
    failures = server.metric("wavetank_commit_failures_total")
    dropped = 'wavetank_events_dropped_total{cause="store"}'
    before = server.metric(dropped)
    allow(1)
    refused = server.send("/stateful", big, token)
    assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
    assert (
        server.send("/stateless", {"events": big["events"][:1] and [{"data": "x" * 100_000}]}, token).status
        == 202
    )
    server.eventually(lambda: server.metric(dropped) == before + 1)
    assert server.metric("wavetank_commit_failures_total") > failures
    allow(2**30)
    assert server.send("/stateful", big, token).json == {"stored": 50, "duplicates": 0}
    assert len(server.events(agent)) == 50


async def _asked(server: Running, statement: str) -> object:
    return await server.server.service.store.ask(lambda database: database.execute(statement).fetchone())


def test_behind_the_limit_of_what_waits_events_are_refused(tmp_path: Path) -> None:
    with running(tmp_path, queued_bytes=300) as server:
        token = server.token(server.register())
        got = server.send("/stateless", {"events": [{"data": "x" * 200}]}, token)
        assert (got.status, got.headers["Retry-After"]) == (503, "1")
        assert server.send("/stateless", {"events": [{"data": "x"}]}, token).status == 202


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_command_from_start_to_signal(number: signal.Signals, tmp_path: Path) -> None:
    data = tmp_path / "data"
    command = [sys.executable, "-m", "wavetank", "server", "--data", str(data)]
    process = subprocess.Popen(
        [*command, "--agent-port", "0", "--management-port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"Agents: https://127.0.0.1:")
        assert json.loads((data / "ready").read_text())["pid"] == process.pid
        asked = [*command[:4], "command", "--all", "ping", "--data", str(data)]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout) == (0, "Queued for 0 agents.\n"), done.stderr
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    lines = [json.loads(line) for line in err.splitlines()]
    assert [line["event"] for line in lines] == ["certificate made", "ready", "stopping", "stopped"]
    password = (data / "first-password").read_text().strip().encode()
    assert password not in out + err
