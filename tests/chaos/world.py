"""The processes of a chaos run: a server, two agents and the ledger, in folders below one."""

import base64
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.chaos.proxy import Proxy

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
PATIENCE_S = 120.0
QUICK = (
    *("--set", "retry.*.backoff={law='full-jitter',base='20ms',cap='100ms'}"),
    *("--set", "retry.*.timeout=2s"),
    *("--set", "batching.*.age=20ms"),
)
ROTATE_WAIT = ("--rotate-wait", "3")
"""The writer goes on in a rotated file for half a second at most; so files are let go while events flow."""


def wait_for(true: Callable[[], Any], purpose: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until something is true. Raises AssertionError when it never is."""
    until = time.monotonic() + patience_s
    while not true():
        if time.monotonic() > until:
            raise AssertionError(f"never: {purpose}")
        time.sleep(0.005)


class Program:
    """A command that is started again and again; `log` has what it said."""

    def __init__(self, name: str, folder: Path, log: Path, words: tuple[str, ...]) -> None:
        self.name = name
        self.folder = folder
        self.words = words
        self.module = "wavetank"
        self.clock = log.with_suffix(".clock")
        self._path = log
        self._log = log.open("ab")
        self.clock.write_text("0")
        self.process: subprocess.Popen[bytes] | None = None

    def spawn(self, point: str = "", count: int = 1, ends: socket.socket | None = None) -> None:
        """Start it, to stop itself at a point if one is given; `ends` is its standard input and output."""
        module = "tests.chaos.mortal" if point else self.module
        around = {**os.environ, "PYTHONPATH": f"{ROOT / 'sim'}{os.pathsep}{ROOT}"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *self.words],
            env={**around, "CHAOS_POINT": point, "CHAOS_COUNT": str(count), "CHAOS_CLOCK": str(self.clock)},
            stdin=ends.fileno() if ends else subprocess.DEVNULL,
            stdout=ends.fileno() if ends else self._log,
            stderr=self._log,
        )

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def said(self) -> str:
        """The text that it has written to standard error."""
        return self._path.read_text()

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def stopped(self) -> bool:
        """Whether it has stopped itself."""
        assert self.runs, f"{self.name} has ended: see its log"
        state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state == "T"

    def send(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; returns the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end; returns the exit status."""
        assert self.process is not None
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        if self.process is not None:
            self.end(signal.SIGKILL)
        self._log.close()


class Server(Program):
    """The server; started again it takes the same ports."""

    def __init__(self, base: Path) -> None:
        folder = base / "server"
        super().__init__("server", folder, base / "server.log", ())
        self.management_port = self.agent_port = 0
        self.password = ""

    def start(self, point: str = "", count: int = 1, *more: str) -> None:
        ports = ("--management-port", str(self.management_port), "--agent-port", str(self.agent_port))
        self.words = ("server", "--data", str(self.folder), *ports, *more)
        self.spawn(point, count)

    def await_ready(self) -> None:
        """Wait until it listens. Raises AssertionError when it has ended instead."""
        wait_for(lambda: self._ready().get("pid") == self.pid or not self.runs, "the server is ready")
        assert self.runs, self.said()[-2_000:]
        ready = self._ready()
        self.management_port, self.agent_port = ready["management_port"], ready["agent_port"]
        self.password = (self.folder / "first-password").read_text().strip()

    def _ready(self) -> dict[str, Any]:
        try:
            parsed = json.loads((self.folder / "ready").read_text())
        except (OSError, ValueError):
            return {}
        return parsed if isinstance(parsed, dict) else {}

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """The management API's answer, as text where it is no JSON."""
        basic = base64.b64encode(f"admin:{self.password}".encode()).decode()
        trusted = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        asked = http.client.HTTPSConnection(HOST, self.management_port, context=trusted, timeout=PATIENCE_S)
        headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
        asked.request(method, path, None if body is None else json.dumps(body), headers)
        answer = asked.getresponse()
        said = answer.read().decode()
        asked.close()
        assert answer.status < 300, said
        return json.loads(said) if said.startswith(("{", "[")) else said

    def events(self, uuid: str) -> list[dict[str, Any]]:
        """The stored events of an agent."""
        rows: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = self.ask("GET", f"/events?agent={uuid}&limit=10000&after={after}")
            rows += page["events"]
            after = page["next"]
        return rows

    def metric(self, name: str) -> int:
        """One line of the metrics."""
        lines = str(self.ask("GET", "/metrics")).splitlines()
        return int(float(next((line.split()[-1] for line in lines if line.split()[0] == name), "0")))


class Agent(Program):
    """An agent that reaches the server through the proxy; `ledger` is the socket of its input."""

    def __init__(self, name: str, base: Path, server: Server, proxy: Proxy) -> None:
        super().__init__(name, base / name, base / f"{name}.log", ())
        self._ledger = base / "ledger.sock"
        follows = ("--follow", str(base / "logs" / "events.log"), *ROTATE_WAIT)
        self._input: tuple[str, ...] = ("--confirm",) if name == "piped" else follows
        self.uuid = self._register(server)
        self._server = f"https://{HOST}:{proxy.port}"

    def follows(self, path: Path) -> None:
        """Let it take its events from another file."""
        self._input = ("--follow", str(path))

    def _register(self, server: Server) -> str:
        words = ("agent", "register", "--data", str(self.folder), "--server-data", str(server.folder))
        self.words = words
        self.spawn()
        assert self.wait() == 0
        return str(json.loads((self.folder / "credentials.json").read_text())["uuid"])

    def start(self, point: str = "", count: int = 1, *more: str) -> None:
        words = ("agent", "run", "--data", str(self.folder), "--server", self._server)
        self.words = (*words, *QUICK, *self._input, *more)
        if self.name != "piped":
            self.spawn(point, count)
            return
        with socket.socket(socket.AF_UNIX) as ends:
            ends.connect(str(self._ledger))
            self.spawn(point, count, ends)

    def keeps(self) -> tuple[int, int]:
        """How many events it has accepted in all, and how many it still keeps, as it wrote them last."""
        written = self.written()
        return written["counts"].get("produced.stateful", 0), written["queued"]["stateful"]

    def counts(self) -> Counter[str]:
        """The counts that it wrote last."""
        return Counter(self.written()["counts"])

    def written(self) -> dict[str, Any]:
        """Its status, as it wrote it last."""
        nothing = {"counts": {}, "queued": {"stateful": 0}}
        try:
            parsed = json.loads((self.folder / "status.json").read_text())
        except (OSError, ValueError):
            return nothing
        return parsed if isinstance(parsed, dict) else nothing

    def status(self) -> dict[str, Any]:
        """The answer of `wavetank agent status`."""
        command = [sys.executable, "-m", "wavetank", "agent", "status", "--data", str(self.folder), "--json"]
        around = {**os.environ, "PYTHONPATH": str(ROOT / "sim")}
        parsed = json.loads(subprocess.run(command, env=around, capture_output=True, check=False).stdout)
        assert isinstance(parsed, dict)
        return parsed


class Ledger:
    """The process that keeps what was accepted (`tests.chaos.ledger`)."""

    def __init__(self, base: Path, seed: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.ledger", str(base), str(seed)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self._said = self.process.stdout
        self._said.readline()

    def ask(self, order: str) -> dict[str, Any]:
        """Give an order; returns the answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": order}) + "\n")
        self.process.stdin.flush()
        parsed = json.loads(self._said.readline())
        assert isinstance(parsed, dict)
        return parsed

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for end in (self.process.stdin, self.process.stdout):
            if end is not None:
                end.close()


class World:
    """All of them, the agents registered and not started; `close` ends what still runs.

    `module` is what server and agents are, where it is not `wavetank`.
    """

    def __init__(self, base: Path, seed: int, module: str = "wavetank") -> None:
        self.base = base
        self.server = Server(base)
        self.server.module = module
        self.server.start()
        self.server.await_ready()
        self.proxy = Proxy(self.server.agent_port)
        self.ledger = Ledger(base, seed)
        self.agents = [Agent(name, base, self.server, self.proxy) for name in ("piped", "followed")]
        for agent in self.agents:
            agent.module = module

    def close(self) -> None:
        for part in (*self.agents, self.server):
            part.close()
        self.ledger.close()
        self.proxy.close()


__all__ = ["Agent", "Ledger", "Server", "World", "wait_for"]
