"""Servers that trials talk to: HTTP on a port, on a Unix socket or over TLS; an echo."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Answer(BaseHTTPRequestHandler):
    """Answers a POST with the length of its body."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """As http.server calls it."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = str(len(body)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def address_string(self) -> str:
        """A Unix socket has no address."""
        return "?"

    def log_message(self, *_: object) -> None:
        """Nothing."""


class _Unix(HTTPServer):
    address_family = socket.AF_UNIX

    def server_bind(self) -> None:
        self.socket.bind(str(self.server_address))


@contextmanager
def http(path: Path | None = None, pem: Path | None = None) -> Iterator[int]:
    """An HTTP server; yields its port, 0 on a Unix socket."""
    server = _Unix(str(path), Answer) if path else HTTPServer(("127.0.0.1", 0), Answer)  # type: ignore[arg-type]
    if pem:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield 0 if path else server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def echo() -> Iterator[int]:
    """A TCP server that sends back what comes on one connection; yields its port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(20)

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                while data := connection.recv(4096):
                    connection.sendall(data)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(20)


class UnixHttp(HTTPConnection):
    """A client on a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=20)
        self._path = path

    def connect(self) -> None:
        """As http.client calls it."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))
