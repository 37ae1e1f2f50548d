"""Requests that are odd rather than large: what is meant by them is clear, refused, or hung up on."""

import base64
import gzip
import json
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import zstandard

from tests.chaos.attacks import request

JSON = "Content-Type: application/json"
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
LARGE, HALF = '{"exp":1e999}', '{"alg":"\\ud800"}'
EVENTS = b'{"events":[{"data":1}]}'


class Odd(NamedTuple):
    """Bytes to send in one go, and the API; `quiet`: nothing is answered, or much later."""

    name: str
    sent: bytes
    management: bool = False
    quiet: bool = False


def named(names: dict[str, bytes], group: str, management: bool = False) -> Iterator[Odd]:
    for name, sent in names.items():
        yield Odd(f"{group}: {name}", sent, management)


def plain(path: str, *headers: str, method: str = "GET") -> bytes:
    return request(path, b"", *headers, method=method)


def targets() -> Iterator[Odd]:
    """Odd targets and methods."""
    paths = (
        "//health",
        "/./health",
        "/../health",
        "/%2e%2e/health",
        "/health/",
        "/health%00",
        "/health;x=y",
        "/%68ealth",
        "/health?",
        "/health?&&&",
        "/health?a=1&a=2",
        "/health?%ff=%fe",
        "/health?" + "x=y&" * 7_000,
        "/commands/",
        "/commands/%2F",
        "/commands/-1",
        "/commands/9" + "9" * 400,
        "/commands/1/2",
        "/" + "a/" * 15_000,
        "http://other.example/health",
        "https://h:99999/health",
        "http://h",
        "*",
        "/agents/",
        "/stateless/x",
    )
    yield from named({path[:40]: plain(path) for path in paths}, "target")
    methods = ("get", "GETGET", "PATCH", "TRACE", "PRI", "M-SEARCH", "G" * 5_000, "POST", "DELETE")
    yield from named({word[:20]: plain("/health", method=word) for word in methods}, "method")
    yield Odd("method: the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")


def expectations(bearer: str) -> Iterator[Odd]:
    """100-continue and upgrades that come half way."""
    body = request("/stateless", EVENTS, bearer, JSON, "Expect: 100-continue")
    yield Odd("expect: with the body at once", body)
    yield Odd("expect: something else", body.replace(b"100-continue", b"200-ok"))
    yield Odd("expect: twice", body.replace(b"Expect:", b"Expect: 100-continue\r\nExpect:"))
    yield Odd("expect: the body never comes", body[: -len(EVENTS)], quiet=True)
    yield Odd("expect: on a poll", plain("/commands", bearer, "Expect: 100-continue", "Prefer: wait=0"))
    upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", KEY, bearer)
    tail = {
        "a body behind it": b"hello",
        "a request behind it": b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n",
        "a frame of 2^63": b"\x81\xff" + struct.pack(">Q", 2**63) + b"mask" + b"x" * 100,
        "no mask": b"\x81\x05hello",
        "reserved bits": b"\xf1\x85mask" + b"x" * 5,
        "a reserved opcode": b"\x83\x80mask",
        "a fragmented ping": b"\x09\x81maskx",
        "a ping of 126 bytes": b"\x89\xfe\x00\x7emask" + b"x" * 126,
        "10,000 pings": b"\x89\x80mask" * 10_000,
        "20,000 empty fragments": b"\x01\x80mask" + b"\x00\x80mask" * 20_000,
        "a continuation of nothing": b"\x80\x80mask",
        "text that is no UTF-8": b"\x81\x82\0\0\0\0\xff\xfe",
        "a close of one byte": b"\x88\x81\0\0\0\0x",
        "a close with a wrong code": b"\x88\x82\0\0\0\0\x00\x01",
        "10,000 closes": b"\x88\x80mask" * 10_000,
        "confirmations of nothing": b"\x81\x8d\0\0\0\0" + b'{"confirm":0}',
        "a binary message": b"\x82\x85\0\0\0\0hello",
    }
    for name, more in tail.items():
        yield Odd(
            f"upgrade: {name}",
            plain("/commands", *upgrade).replace(b"Connection: close\r\n", b"") + more,
            quiet=True,
        )
    yield Odd(
        "upgrade: of another version",
        plain("/commands", *upgrade[:2], "Sec-WebSocket-Version: 12", KEY, bearer),
    )
    yield Odd("upgrade: without a key", plain("/commands", *upgrade[:3], bearer))
    yield Odd(
        "upgrade: to h2c", plain("/commands", "Connection: Upgrade", "Upgrade: h2c", bearer, "Prefer: wait=0")
    )
    yield Odd("upgrade: with a body", request("/commands", b"x" * 10, *upgrade, method="GET"), quiet=True)


def packed(bearer: str) -> Iterator[Odd]:
    """Codings with odd members."""
    gz, zs = gzip.compress(EVENTS), zstandard.compress(EVENTS)
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    bodies = {
        "gzip and rubbish": ("gzip", gz + b"rubbish"),
        "gzip and zeros": ("gzip", gz + bytes(100)),
        "half gzip": ("gzip", gz[:-9]),
        "gzip with a wrong sum": ("gzip", gz[:-8] + b"\0\0\0\0" + gz[-4:]),
        "gzip with a wrong length": ("gzip", gz[:-4] + b"\xff" * 4),
        "gzip with a name without an end": ("gzip", gz[:3] + b"\x08" + gz[4:10] + b"x" * 60_000),
        "gzip with reserved flags": ("gzip", gz[:3] + b"\xe0" + gz[4:]),
        "two members": ("gzip", gzip.compress(EVENTS[:9]) + gzip.compress(EVENTS[9:])),
        "zlib as gzip": ("gzip", zlib.compress(EVENTS)),
        "raw deflate": ("deflate", raw.compress(EVENTS) + raw.flush()),
        "zstd and rubbish": ("zstd", zs + b"rubbish"),
        "half zstd": ("zstd", zs[:-2]),
        "a skippable frame": ("zstd", b"\x50\x2a\x4d\x18\x04\0\0\0abcd" + zs),
        "a skippable frame of 4 GiB": ("zstd", b"\x50\x2a\x4d\x18\xff\xff\xff\xffabcd"),
        "a window of 2 GiB": ("zstd", b"\x28\xb5\x2f\xfd\x00\xa8\x01\0\0"),
        "a dictionary": ("zstd", b"\x28\xb5\x2f\xfd\x21\x07" + zs[5:]),
        "gzip in gzip": ("gzip, gzip", gzip.compress(gz)),
        "br": ("br", b"x"),
        "identity": ("identity", EVENTS),
        "GZIP": ("GZIP", gz),
        "empty gzip": ("gzip", b""),
        "empty zstd": ("zstd", b""),
    }
    for name, (coding, body) in bodies.items():
        yield Odd(f"packed: {name}", request("/stateless", body, bearer, JSON, f"Content-Encoding: {coding}"))


def tokens(good: str) -> Iterator[Odd]:
    """Tokens with odd claims, none of them signed by the server."""
    head, claims, signature = good.split(".")

    def coded(value: object) -> str:
        text = value if isinstance(value, str) else json.dumps(value)
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    known = json.loads(base64.urlsafe_b64decode(claims + "=="))
    odd: dict[str, str] = {
        "year 9999": f"{head}.{coded({**known, 'exp': 253402300799})}.{signature}",
        "1e999": f"{head}.{coded(LARGE)}.{signature}",
        "depth": f"{head}.{coded('[' * 5_000)}.{signature}",
        "no claims": f"{head}..{signature}",
        "four parts": f"{good}.x",
        "a hundred parts": ".".join("x" * 100),
        "another last bit": good[:-1] + ("A" if good[-1] != "A" else "B"),
        "padding": good + "==",
        "half a pair": f"{coded(HALF)}.{claims}.{signature}",
        "alg none": f"{coded({'alg': 'none'})}.{claims}.",
        "alg a list": f"{coded({'alg': ['ES256']})}.{claims}.{signature}",
        "b64 false": f"{coded({'alg': 'ES256', 'b64': False, 'crit': ['b64']})}.{claims}.{signature}",
        "30 KB": good + "x" * 30_000,
    }
    for name, token in odd.items():
        yield Odd(f"token: {name}", request("/stateless", EVENTS, f"Authorization: Bearer {token}", JSON))
    for name, value in {
        "twice": f"Bearer {good}\r\nAuthorization: Bearer {good}",
        "a list": f"Bearer {good}, Bearer {good}",
        "no scheme": good,
    }.items():
        yield Odd(f"token: {name}", request("/stateless", EVENTS, f"Authorization: {value}", JSON))


def batches(bearer: str) -> Iterator[Odd]:
    """Odd epochs, sequences and bodies."""
    epochs: tuple[object, ...] = (
        7,
        "7",
        "",
        "x" * 129,
        "\0",
        "é",
        None,
        True,
        1.0,
        [],
        {},
        "\ud800",
        "a b",
        "\x7f",
    )
    for epoch in epochs:
        body = json.dumps({"epoch": epoch, "events": [{"sequence": 1, "data": 1}]}).encode()
        yield Odd(f"epoch: {epoch!r:.20}", request("/stateful", body, bearer, JSON))
    for sequence in (
        b"-1",
        b"1.0",
        b"1e0",
        b"9223372036854775808",
        b"01",
        b"true",
        b"null",
        b'"1"',
        b"1" * 5_000,
        b"-0",
    ):
        body = b'{"epoch":"e","events":[{"sequence":%b,"data":1}]}' % sequence
        yield Odd(f"sequence: {sequence[:20]!r}", request("/stateful", body, bearer, JSON))
    bodies = {
        "a byte order mark": b"\xef\xbb\xbf" + EVENTS,
        "UTF-16": EVENTS.decode().encode("utf-16"),
        "a lone surrogate": b'{"events":[{"data":"\xed\xa0\x80"}]}',
        "two values": EVENTS * 2,
        "a NUL behind": EVENTS + b"\0",
        "comments": b"/**/" + EVENTS,
        "the same name twice": b'{"events":[],"events":[]}',
        "an escaped name": b'{"\\u0065vents":[{"d\\u0061ta":1}]}',
        "data twice": b'{"events":[{"data":1,"data":2}]}',
        "no end": EVENTS[:-2],
    }
    for name, body in bodies.items():
        yield Odd(f"body: {name}", request("/stateless", body, bearer, JSON))


def everything(token: str) -> list[Odd]:
    bearer = f"Authorization: Bearer {token}"
    return [*targets(), *expectations(bearer), *packed(bearer), *tokens(token), *batches(bearer)]
