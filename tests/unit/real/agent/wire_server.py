"""A small server that follows the native contract: real TLS on loopback, everything else in memory."""

import json
import ssl
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import trustme

Script = Callable[["Handler"], bool]


class WireServer(ThreadingHTTPServer):
    """Keeps a ledger. `script` may answer a request itself: returns True when it did."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int = 0, authority: trustme.CA | None = None) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.authority = authority or trustme.CA()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("127.0.0.1").configure_cert(self.context)
        self.agents: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        self.ttl_s = 900
        self.stored: dict[tuple[str, str, int], str] = {}
        self.duplicates = 0
        self.stateless: list[str] = []
        self.commands: dict[str, list[dict[str, object]]] = {}
        self.confirmed: dict[str, object] = {}
        self.hold_s = 0.5
        self.script: Script | None = None
        self.seen: list[tuple[str, str]] = []
        self.hosts: set[str] = set()
        self.lock = threading.Lock()
        self.connections = 0
        self.sockets: set[ssl.SSLSocket] = set()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server_address[1]}"

    @property
    def pem(self) -> str:
        return self.authority.cert_pem.bytes().decode()

    def asked(self, path: str) -> int:
        """How often a path was asked for."""
        with self.lock:
            return sum(seen == path for _, seen in self.seen)

    def data(self) -> list[str]:
        """The stateful events stored, by sequence."""
        with self.lock:
            return [self.stored[key] for key in sorted(self.stored, key=lambda key: key[2])]

    def finish_request(self, request: Any, client_address: Any) -> None:
        with suppress(OSError):
            secure = self.context.wrap_socket(request, server_side=True)
            with self.lock:
                self.connections += 1
                self.sockets.add(secure)
            try:
                super().finish_request(secure, client_address)
            finally:
                with self.lock:
                    self.sockets.discard(secure)
                with suppress(OSError):
                    secure.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass

    def cut(self) -> None:
        """Break every connection."""
        with self.lock:
            for socket in self.sockets:
                with suppress(OSError):
                    socket.shutdown(2)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: WireServer
    body: bytes

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.body = b""
        self._serve()

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._serve()

    def say(self, status: int, value: object = None, **headers: str) -> bool:
        """Answer; returns True."""
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return True

    def hang_up(self) -> bool:
        """Break the connection without an answer; returns True."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(2)
        return True

    def _basic(self) -> tuple[str, str]:
        name, _, secret = b64decode(self.headers.get("Authorization", "")[6:]).decode().partition(":")
        return name, secret

    def _serve(self) -> None:
        server = self.server
        with server.lock:
            server.seen.append((self.command, self.path))
        if server.script is not None and server.script(self):
            return
        if self.path == "/agents":
            self._register()
        elif self.path == "/login":
            self._login()
        else:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            uuid = server.tokens.get(token)
            if uuid is None:
                self.say(401, {"error": "invalid_token"}, WWW_Authenticate='Bearer error="invalid_token"')
            elif self.path == "/commands":
                self._poll(uuid)
            elif self.path.startswith("/commands/"):
                self._confirm(uuid, self.path.removeprefix("/commands/"))
            else:
                self.store(uuid)
                self.say(200, {})

    def _register(self) -> None:
        if self._basic() != ("admin", "secret"):
            self.say(401, {"error": "unauthorized"})
            return
        asked = json.loads(self.body)
        known = self.server.agents.setdefault(asked["uuid"], asked["key"])
        self.say(409 if known != asked["key"] else 200 if asked.get("again") else 201, {})

    def _login(self) -> None:
        uuid, key = self._basic()
        form = parse_qs(self.body.decode())
        assert form["grant_type"] == ["client_credentials"]
        if self.server.agents.get(uuid) != key:
            self.say(401, {"error": "invalid_client"})
            return
        with self.server.lock:
            self.server.hosts |= set(form["host"])
            token = f"token-{len(self.server.tokens)}"
            self.server.tokens[token] = uuid
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": self.server.ttl_s}
        self.say(200, answer, Cache_Control="no-store")

    def store(self, uuid: str) -> None:
        """Take the events in; nothing is answered yet."""
        batch = json.loads(self.body)
        with self.server.lock:
            for event in batch["events"]:
                if self.path == "/stateless":
                    self.server.stateless.append(event["data"])
                    continue
                key = (uuid, batch["epoch"], event["sequence"])
                self.server.duplicates += key in self.server.stored
                self.server.stored.setdefault(key, event["data"])

    def _poll(self, uuid: str) -> None:
        until = time.monotonic() + self.server.hold_s
        while time.monotonic() < until:
            with self.server.lock:
                waiting = list(self.server.commands.get(uuid, ()))
            if waiting:
                self.say(200, {"commands": waiting})
                return
            time.sleep(0.01)
        self.say(200, {"commands": []})

    def _confirm(self, uuid: str, command: str) -> None:
        with self.server.lock:
            waiting = self.server.commands.get(uuid, [])
            self.server.commands[uuid] = [entry for entry in waiting if str(entry["id"]) != command]
            self.server.confirmed[command] = json.loads(self.body)["result"]
        self.say(200, {})


@contextmanager
def serving(port: int = 0, authority: trustme.CA | None = None) -> Iterator[WireServer]:
    """A server that runs in a thread."""
    server = WireServer(port, authority)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.cut()
        server.server_close()
        thread.join()


def wait_for(true: Callable[[], object], patience_s: float = 30.0) -> None:
    """Wait until something is so; fails when it never is."""
    until = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)


def write_ca(server: WireServer, path: Path) -> Path:
    path.write_text(server.pem)
    return path
