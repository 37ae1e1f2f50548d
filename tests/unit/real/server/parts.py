"""A real server in a thread of its own, and a client with nothing but the standard library."""

import asyncio
import base64
import http.client
import json
import secrets
import socket
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

from wavetank.real.server.app import Server
from wavetank.real.server.logs import Logs
from wavetank.real.server.settings import Settings

T = TypeVar("T")
HOST = "127.0.0.1"


class Reply(NamedTuple):
    """An answer as a client sees it."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Registered(NamedTuple):
    """An agent with its credentials."""

    uuid: str
    key: str


class Client:
    """Asks a server that runs on the folder `data`."""

    def __init__(self, data: Path, agent_port: int, management_port: int) -> None:
        self.data = data
        self.agent_port = agent_port
        self.management_port = management_port
        self.tls = ssl.create_default_context(cafile=data / "ca.pem")
        first = data / "first-password"
        self.password = first.read_text().strip() if first.exists() else ""

    # ---- asking -----------------------------------------------------------------------------

    def connect(self, port: int | None = None) -> http.client.HTTPSConnection:
        """A connection to the agent API, or to another port."""
        return http.client.HTTPSConnection(HOST, port or self.agent_port, context=self.tls, timeout=30)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
        port: int | None = None,
    ) -> Reply:
        """One request on a connection of its own."""
        connection = self.connect(port)
        try:
            connection.request(method, path, body, headers or {})
            got = connection.getresponse()
            return Reply(got.status, got.headers, got.read())
        finally:
            connection.close()

    def manage(self, method: str, path: str, value: object = None, password: str | None = None) -> Reply:
        """One request to the management API, as admin."""
        said = base64.b64encode(f"admin:{password or self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {said}", "Content-Type": "application/json"}
        body = None if value is None else json.dumps(value)
        return self.ask(method, path, body, headers, self.management_port)

    def register(self) -> Registered:
        """A new agent."""
        agent = Registered(str(uuid.uuid4()), secrets.token_hex(32))
        got = self.manage("POST", "/agents", {"uuid": agent.uuid, "key": agent.key, "name": "test"})
        assert got.status == 201, got
        return agent

    def login(self, agent: Registered, **more: str) -> Reply:
        form = {"grant_type": "client_credentials", "client_id": agent.uuid, "client_secret": agent.key}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", "/login", urlencode({**form, **more}), headers)

    def token(self, agent: Registered) -> str:
        token = self.login(agent).json["access_token"]
        assert isinstance(token, str)
        return token

    def send(self, path: str, value: object, token: str, **headers: str) -> Reply:
        """A JSON body to the agent API."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        known = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return self.ask("POST", path, body, known | {k.replace("_", "-"): v for k, v in headers.items()})

    def poll(self, token: str, wait_s: int = 60) -> Reply:
        return self.ask(
            "GET", "/commands", None, {"Authorization": f"Bearer {token}", "Prefer": f"wait={wait_s}"}
        )

    def events(self, agent: Registered) -> list[Any]:
        rows: list[Any] = []
        after = 0
        while after is not None:
            page = self.manage("GET", f"/events?agent={agent.uuid}&limit=10000&after={after}").json
            rows += page["events"]
            after = page["next"]
        return rows

    def metric(self, name: str) -> float:
        """One line of the metrics."""
        text = self.ask("GET", "/metrics", port=self.management_port).body.decode()
        values = [line.rpartition(" ")[2] for line in text.splitlines() if line.rpartition(" ")[0] == name]
        return float(values[0]) if values else 0.0

    def eventually(self, true: Callable[[], bool]) -> None:
        """Wait until something has become true; the bound is only there to end a failing test."""
        for _ in range(2_000):
            if true():
                return
            time.sleep(0.01)
        raise AssertionError("never")

    # ---- bytes ------------------------------------------------------------------------------

    def raw(self, sent: bytes, port: int | None = None) -> bytes:
        """Send bytes over TLS; all that comes back until the server closes."""
        with self.wire(port) as wire:
            wire.sendall(sent)
            return drain(wire)

    @contextmanager
    def wire(self, port: int | None = None) -> Iterator[ssl.SSLSocket]:
        """A TLS connection."""
        plain = socket.create_connection((HOST, port or self.agent_port), 30)
        with plain, self.tls.wrap_socket(plain, server_hostname=HOST) as wire:
            yield wire


class Running(Client):
    """A server that runs, and how to ask it."""

    def __init__(self, settings: Settings, level: str = "critical") -> None:
        self.settings = settings
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.logs = Logs(level)
        self.server = Server(settings, self.logs)
        try:
            self.call(self.server.start())
        except BaseException:
            self.close()
            raise
        super().__init__(settings.data, self.server.agent_port, self.server.management_port)

    def call(self, call: Coroutine[Any, Any, T], patience_s: float = 60) -> T:
        """Run a coroutine in the server's loop."""
        return asyncio.run_coroutine_threadsafe(call, self.loop).result(patience_s)

    def stop(self) -> None:
        self.call(self.server.stop())
        self.close()

    def close(self) -> None:
        self.logs.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    def start_again(self) -> None:
        """Another server on the same folder, after `server.stop`."""
        self.server = Server(self.settings, self.logs)
        self.call(self.server.start())
        self.agent_port, self.management_port = self.server.agent_port, self.server.management_port


def drain(wire: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    got = b""
    try:
        while data := wire.recv(65_536):
            got += data
    except ConnectionError:
        pass
    return got


@contextmanager
def running(data: Path, level: str = "critical", **changed: Any) -> Iterator[Running]:
    """A server on free ports, stopped at the end."""
    server = Running(Settings(**{"data": data, "management_port": 0, "agent_port": 0, **changed}), level)
    try:
        yield server
    finally:
        server.stop()
