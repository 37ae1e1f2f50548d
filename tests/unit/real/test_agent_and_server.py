"""The runnable agent against the runnable server, both as processes."""

import base64
import http.client
import json
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.real.agent.running import agent, running, status
from tests.unit.real.agent.wire_server import wait_for

pytest.importorskip("wavetank.real.server", reason="the server is not there", exc_type=ModuleNotFoundError)


class Served:
    """A running server in a folder of its own; `start` after `kill` takes the same ports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = ("0", "0")
        self.process: subprocess.Popen[bytes] | None = None
        self.log = (folder.parent / "server.log").open("ab")

    def start(self, *words: str) -> "Served":
        command = [sys.executable, "-m", "wavetank", "server", "--data", str(self.folder)]
        ports = ("--management-port", self.ports[0], "--agent-port", self.ports[1])
        self.process = subprocess.Popen([*command, *ports, *words], stdout=self.log, stderr=self.log)
        wait_for(lambda: self._ready().get("pid") == self.process.pid if self.process else False)
        ready = self._ready()
        self.ports = (str(ready["management_port"]), str(ready["agent_port"]))
        return self

    def _ready(self) -> dict[str, Any]:
        try:
            parsed = json.loads((self.folder / "ready").read_text())
        except (OSError, ValueError):
            return {}
        return parsed if isinstance(parsed, dict) else {}

    def kill(self, number: int = signal.SIGKILL) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(30)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """The management API's answer."""
        password = (self.folder / "first-password").read_text().strip()
        basic = base64.b64encode(f"admin:{password}".encode()).decode()
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        asked = http.client.HTTPSConnection("127.0.0.1", int(self.ports[0]), context=context, timeout=30)
        headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
        asked.request(method, path, None if body is None else json.dumps(body), headers)
        answer = asked.getresponse()
        said = answer.read()
        asked.close()
        assert answer.status < 300, said
        return json.loads(said) if said else None

    def events(self) -> list[str]:
        """The data of all stored events, in the order of their numbers."""
        rows: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = self.ask("GET", f"/events?after={after}")
            rows += page["events"]
            after = page["next"]
        return [row["data"] for row in sorted(rows, key=lambda row: row.get("sequence") or 0)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    started = Served(tmp_path / "server").start()
    yield started
    if started.process is not None and started.process.poll() is None:
        started.kill()
    started.log.close()


@pytest.fixture
def folder(server: Served, tmp_path: Path) -> Path:
    """An agent that has registered."""
    folder = tmp_path / "agent"
    done = agent("register", "--data", folder, "--server-data", server.folder)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def test_registered_it_delivers_and_carries_out_commands(server: Served, folder: Path) -> None:
    uuid = json.loads((folder / "credentials.json").read_text())["uuid"]
    with running(folder) as running_agent:
        assert running_agent.put("a", "b") == ["accepted 1", "accepted 2"]
        wait_for(lambda: server.events() == ["a", "b"])
        server.ask("POST", f"/agents/{uuid}/commands", {"command": "echo", "arguments": ["x"]})
        running_agent.put("c")
        wait_for(lambda: server.events() == ["a", "b", "c"])
        assert status(folder)["running"]
        assert running_agent.kill(signal.SIGTERM) == 0
    assert agent("register", "--data", folder, "--server-data", server.folder).stdout.startswith(
        "Was registered"
    )


def test_stateless_events_and_the_scenarios_own_arrive(server: Served, folder: Path) -> None:
    with running(folder, "--stream", "stateless") as agent:
        agent.put("x", "y")
        wait_for(lambda: sorted(server.events()) == ["x", "y"])
    with running(folder, "--generate", "--set", "fleet.class.agent.stateful.rate=100/s"):
        wait_for(lambda: len(server.events()) > 50)


def test_rotated_key_that_voids_tokens_makes_one_login(server: Served, folder: Path) -> None:
    with running(folder) as agent:
        agent.put("a")
        wait_for(lambda: server.events() == ["a"])
        server.ask("POST", "/signing-keys", {"void": True})
        agent.put("b")
        wait_for(lambda: server.events() == ["a", "b"])
        wait_for(lambda: status(folder)["logins"] == 2)
