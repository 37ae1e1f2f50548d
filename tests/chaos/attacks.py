"""Requests that are cheap to send and were expensive to handle: each is at most a body limit of bytes."""

import gzip
import json
import os
import zlib
from collections.abc import Callable
from typing import NamedTuple

import zstandard

MIB = 2**20
FORM = "application/x-www-form-urlencoded"


class Attack(NamedTuple):
    """The bytes to send, and the API they go to."""

    name: str
    sent: bytes
    management: bool = False


def request(path: str, body: bytes, *headers: str, chunked: bool = False, method: str = "POST") -> bytes:
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    lines = (f"{method} {path} HTTP/1.1", "Host: h", "Connection: close", framing, *headers)
    return "\r\n".join((*lines, "", "")).encode() + body


def times(unit: bytes, most_bytes: int, before: bytes = b"", behind: bytes = b"") -> bytes:
    """A unit as often as it fits."""
    return before + unit * ((most_bytes - len(before) - len(behind)) // len(unit)) + behind


def tiny_chunks(most_bytes: int) -> bytes:
    """Chunks of one byte, as many as a body of that size could have on the wire."""
    return times(b"1\r\nx\r\n", 2 * most_bytes, behind=b"0\r\n\r\n")


def dynamic_blocks(most_bytes: int) -> bytes:
    """Incompressible and compressible pieces in turn, each flushed: a table of codes for each."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    out = bytearray()
    while len(out) < most_bytes - 200:
        out += packer.compress(os.urandom(8).hex().encode() * 2) + packer.flush(zlib.Z_SYNC_FLUSH)
    return bytes(out) + packer.flush()


def strangers(most: int) -> list[Attack]:
    """Attacks without credentials."""
    form = f"Content-Type: {FORM}"
    packed = {"gzip": gzip.compress(b""), "zstd": zstandard.compress(b"")}
    attempts = [
        Attack(
            f"login: empty {coding}",
            request("/login", times(unit, most), form, f"Content-Encoding: {coding}"),
        )
        for coding, unit in packed.items()
    ]
    attempts.append(Attack("login: escapes", request("/login", times(b"%41", most, b"client_id="), form)))
    attempts.append(
        Attack("login: 30 KB of escapes", request("/login", times(b"%41", 30_000, b"client_id="), form))
    )
    small = times(packed["gzip"], 30_000)
    attempts.append(Attack("login: 30 KB of gzip", request("/login", small, form, "Content-Encoding: gzip")))
    for management, path in ((False, "/login"), (True, "/agents")):
        sent = request(path, tiny_chunks(most), form, chunked=True)
        attempts.append(Attack(f"{path}: chunks of one byte", sent, management))
    lines = b"GET /nowhere HTTP/1.1\r\n" + times(b"X:y\r\n", 32_000, b"Host: h\r\n", b"\r\n")
    attempts.append(Attack("header of many lines", lines))
    last = b"GET /x HTTP/1.1\r\nHost:h\r\nConnection:close\r\n\r\n"
    many = times(b"GET /x HTTP/1.1\r\nHost:h\r\n\r\n", 65_536, behind=last)
    attempts.append(Attack("many requests at once", many))
    attempts.append(Attack("empty lines", times(b"\r\n", most)))
    return attempts


def agents(most: int, token: str) -> list[Attack]:
    """Attacks with an agent's token."""
    bearer, kind = f"Authorization: Bearer {token}", "Content-Type: application/json"
    lines = "Content-Type: application/x-ndjson"

    def event(value: Callable[[int], bytes]) -> bytes:
        before, behind = b'{"events":[{"data":', b"}]}"
        return before + value(most - len(before) - len(behind)) + behind

    bodies = {
        "tiny events": times(b'{"data":1},', most, b'{"events":[', b'{"data":1}]}'),
        "as many events as are taken": b'{"events":[%b]}' % b",".join([b'{"data":1}'] * 10_000),
        "events of 100 bytes": times(b'{"data":"%b"},' % (b"x" * 88), most, b'{"events":[', b'{"data":1}]}'),
        "an event of lists": event(lambda size: times(b"[1],", size, b"[", b"1]")),
        "an event of objects": event(lambda size: times(b'{"a":{}},', size, b"[", b"1]")),
        "an event of numbers": event(lambda size: times(b"1,", size, b"[", b"1]")),
        "an event of fractions": event(lambda size: times(b"1e1,", size, b"[", b"1]")),
        "an event of escapes": event(lambda size: times(b"\\n", size, b'"', b'"')),
        "an event of text": event(lambda size: times(b"x", size, b'"', b'"')),
        "an event of digits": event(lambda size: times(b"1", size)),
        "an event of depth": event(
            lambda size: times(b"[" * 60 + b"1" + b"]" * 60 + b",", size, b"[", b"1]")
        ),
        "white space": times(b" ", most, b'{"events":[', b"]}"),
    }
    attempts = [Attack(name, request("/stateless", body, bearer, kind)) for name, body in bodies.items()]
    for coding, unit in (("gzip", gzip.compress(b"")), ("zstd", zstandard.compress(b""))):
        packed = f"Content-Encoding: {coding}"
        attempts.append(
            Attack(f"empty {coding}", request("/stateless", times(unit, most), bearer, kind, packed))
        )
    bomb = gzip.compress(bytes(100 * MIB), 9)
    attempts.append(Attack("a bomb", request("/stateless", bomb, bearer, kind, "Content-Encoding: gzip")))
    tables = dynamic_blocks(most)
    attempts.append(
        Attack("many tables", request("/stateless", tables, bearer, kind, "Content-Encoding: gzip"))
    )
    for name, body in (
        ("lines", times(b'{"data":1}\n', most)),
        ("empty lines", times(b"\n", most, b'{"data":1}')),
    ):
        attempts.append(Attack(f"NDJSON: {name}", request("/stateless", body, bearer, lines)))
    numbered = [{"sequence": number, "data": 1} for number in range(10_000)]
    batch = json.dumps({"epoch": "e", "events": numbered}).encode()
    attempts.append(Attack("numbered events", request("/stateful", batch, bearer, kind)))
    result = times(b"[1],", most, b'{"result":[', b"1]}")
    attempts.append(Attack("a confirmation", request("/commands/1", result, bearer, kind)))
    return attempts
