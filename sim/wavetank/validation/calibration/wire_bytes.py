"""Bytes on the wire, counted by the kernel for one connection: TLS included, TCP and IP headers not."""

import socket
import ssl
import struct
from pathlib import Path
from typing import NamedTuple

import h11

from wavetank.protocol.wire import Request
from wavetank.real.transports.agent.http1 import address_of

_ACKED, _RECEIVED = 120, 128
"""Where tcpi_bytes_acked and tcpi_bytes_received stand in struct tcp_info (linux/tcp.h, since Linux 4.6)."""
_INFO_BYTES = 192
"""Enough for both; the kernel fills in as much as it knows."""
_PATIENCE_S = 10.0
"""An answer takes some milliseconds."""


class Bytes(NamedTuple):
    """Bytes of a request beside its body, of its answer, and of handshakes, up and down."""

    request: int
    response: int
    handshake_up: int
    handshake_down: int
    resumed_up: int
    resumed_down: int


def bytes_of(server: str, ca: Path, request: Request) -> Bytes:
    """Measure a request, a full and a resumed handshake. Raises OSError."""
    context = ssl.create_default_context(cafile=ca)
    full, single, session = _connection(server, context, request, None)
    resumed, _, _ = _connection(server, context, request, session)
    return Bytes(single[0] - len(request.body), single[1], *full, *resumed)


def _connection(
    server: str, context: ssl.SSLContext, request: Request, session: ssl.SSLSession | None
) -> tuple[tuple[int, int], tuple[int, int], ssl.SSLSession | None]:
    """Bytes (up, down) of the handshake with the tickets behind it, bytes of a request, and the session."""
    host, port = address_of(server)
    with (
        socket.create_connection((host, port), _PATIENCE_S) as plain,
        context.wrap_socket(plain, server_hostname=host, session=session) as tls,
    ):
        http = h11.Connection(h11.CLIENT)
        _exchange(tls, http, host, request)
        first = _counted(tls)
        http.start_next_cycle()
        _exchange(tls, http, host, request)
        second = _counted(tls)
        single = (second[0] - first[0], second[1] - first[1])
        return (first[0] - single[0], first[1] - single[1]), single, tls.session


def _exchange(tls: ssl.SSLSocket, http: h11.Connection, host: str, request: Request) -> None:
    headers = [("Host", host), *request.headers.items(), ("Content-Length", str(len(request.body)))]
    events: tuple[h11.Event, ...] = (
        h11.Request(method=request.method, target=request.path, headers=headers),
        h11.Data(data=request.body),
        h11.EndOfMessage(),
    )
    tls.sendall(b"".join(http.send(event) or b"" for event in events))
    while not isinstance(event := http.next_event(), h11.EndOfMessage):
        if event is h11.NEED_DATA:
            http.receive_data(tls.recv(65_536))


def _counted(tls: ssl.SSLSocket) -> tuple[int, int]:
    info = tls.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    return struct.unpack_from("=Q", info, _ACKED)[0], struct.unpack_from("=Q", info, _RECEIVED)[0]
