"""Requests that two readers could read as two, byte by byte: what is refused, and what is read in one way."""

import gzip
from collections.abc import Iterator
from typing import NamedTuple

import zstandard

from tests.chaos.odd_requests import EVENTS, JSON

HIDDEN = b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n"
"""A request that would be answered 200 if a body were taken for a request."""


class Framed(NamedTuple):
    """A request, and which statuses may be answered: one answer each, and then it is closed."""

    name: str
    sent: bytes
    right: tuple[int, ...]


def raw(bearer: str, *headers: str, body: bytes = b"", line: str = "POST /stateless HTTP/1.1") -> bytes:
    lines = (line, "Host: h", bearer, JSON, "Connection: close", *headers, "", "")
    return "\r\n".join(lines).encode("latin-1") + body


def chunks(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def lengths(bearer: str) -> Iterator[Framed]:
    """Lengths that are none, or two."""
    size = len(EVENTS)
    wrong = (
        f"+{size}",
        f"-{size}",
        f"0x{size:x}",
        f"{size},{size + 1}",
        f"{size} {size}",
        f"{size};",
        f"{size}.0",
        f"{size}e0",
        "",
        " ",
        "1_0",
        "\xb2",
        "9" * 20,
        "9" * 5_000,
        "-0",
        f"{size}\x0b",
        f"\x85{size}",
    )
    for value in wrong:
        yield Framed(
            f"length {value[:9]!r}", raw(bearer, f"Content-Length: {value}", body=EVENTS), (400, 413)
        )
    right = f"Content-Length: {size}"
    for name, headers in {
        "twice": (right, right),
        "twice, different": (right, "Content-Length: 0"),
        "with chunks": (right, "Transfer-Encoding: chunked"),
        "behind a space": (f"Content-Length : {size}",),
        "folded": ("Content-Length:", f" {size}"),
        "behind a NUL": (f"X: \0\r\n{right}",),
        "behind a carriage return": (f"X: a\r{right}", right),
        "with an underscore": (f"Content_Length: {size}", "Content-Length: 0"),
    }.items():
        yield Framed(
            f"length {name}",
            raw(bearer, *headers, body=EVENTS),
            (202, 400, 415, 422) if name == "twice" else (400, 415, 422),
        )
    yield Framed("length 0 before it", raw(bearer, f"Content-Length: 00{size}", body=EVENTS), (400, 202))
    yield Framed("too short a length", raw(bearer, f"Content-Length: {size - 1}", body=EVENTS), (400, 422))
    yield Framed("no length", raw(bearer, body=HIDDEN), (400, 411, 422))


def codings(bearer: str) -> Iterator[Framed]:
    """Transfer codings that others might not know."""
    for value in (
        "chunked, chunked",
        "gzip, chunked",
        "identity",
        "chunked;q=1",
        "xchunked",
        "chunked,",
        ", chunked",
        "chunked\x0b",
        "\x0bchunked",
        "chun\tked",
        "chunked, identity",
        '"chunked"',
        "",
    ):
        sent = raw(bearer, f"Transfer-Encoding: {value}", body=chunks(EVENTS))
        yield Framed(f"coding {value!r}", sent, (400, 501))
    twice = raw(bearer, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body=chunks(EVENTS))
    yield Framed("coding twice", twice, (400, 501))
    yield Framed(
        "coding behind a space", raw(bearer, "Transfer-Encoding : chunked", body=chunks(EVENTS)), (400,)
    )
    old = raw(bearer, "Transfer-Encoding: chunked", body=chunks(EVENTS), line="POST /stateless HTTP/1.0")
    yield Framed("coding in HTTP/1.0", old, (400,))
    yield Framed("coding in capitals", raw(bearer, "Transfer-Encoding: CHUNKED", body=chunks(EVENTS)), (202,))


def sizes(bearer: str) -> Iterator[Framed]:
    """Chunks whose size or end is odd."""
    size = len(EVENTS)
    good = b"\r\n%b\r\n0\r\n\r\n" % EVENTS
    heads = {
        "plus": b"+%x" % size,
        "0x": b"0x%x" % size,
        "a blank before": b" %x" % size,
        "minus": b"-%x" % size,
        "an underscore": b"1_7",
        "17 digits": b"%017x" % size,
        "2^64": b"1%016x" % size,
        "none": b"",
        "a carriage return": b"%x\r;" % size,
        "NUL": b"%x\0" % size,
        "digits of others": "٢".encode(),
    }
    for name, head in heads.items():
        yield Framed(
            f"chunk size: {name}", raw(bearer, "Transfer-Encoding: chunked", body=head + good), (400,)
        )
    known = b"%x" % size
    bodies = {
        "line feeds alone": known + good.replace(b"\r\n", b"\n"),
        "no end of the data": known + b"\r\n%b0\r\n\r\n" % EVENTS,
        "more data than said": known + b"\r\n%bxx\r\n0\r\n\r\n" % EVENTS,
        "a trailer with a length": known + good[:-2] + b"Content-Length: 3\r\n\r\n",
        "a folded trailer": known + good[:-2] + b"X: a\r\n b\r\n\r\n",
        "a trailer without a colon": known + good[:-2] + b"hello\r\n\r\n",
        "an extension of 64 KiB": known + b";x=" + b"y" * 65_536 + good,
        "a trailer of 64 KiB": known + good[:-2] + b"X: " + b"y" * 65_536 + b"\r\n\r\n",
        "5,000 trailers": known + good[:-2] + b"X: y\r\n" * 5_000 + b"\r\n",
    }
    for name, body in bodies.items():
        sent = raw(bearer, "Transfer-Encoding: chunked", body=body)
        yield Framed(f"chunks: {name}", sent, (202,) if name == "5,000 trailers" else (400, 413, 431))
    many_zeros = known + good[:-5] + b"0" * 15 + b"\r\n\r\n"
    yield Framed("chunks: many zeros", raw(bearer, "Transfer-Encoding: chunked", body=many_zeros), (202, 400))


def lines(bearer: str) -> Iterator[Framed]:
    """Request lines and headers that no standard has."""
    length = f"Content-Length: {len(EVENTS)}"
    for line in (
        "POST  /stateless HTTP/1.1",
        "POST\t/stateless\tHTTP/1.1",
        "POST /stateless  HTTP/1.1",
        "POST /stateless",
        "POST /stateless HTTP/1.1 ",
        "POST /stateless HTTP/1.10",
        "POST /stateless HTTP/2.0",
        "POST /a b HTTP/1.1",
        "POST /stateless http/1.1",
        "POST /stateless HTTP/01.1",
        "POST stateless HTTP/1.1",
        "POST / HTTP/1.1\r",
        " POST /stateless HTTP/1.1",
        "P\0ST /stateless HTTP/1.1",
        "POST /stateless\x7f HTTP/1.1",
        "POST \xff HTTP/1.1",
        "POST /stateless#x HTTP/1.1",
        "CONNECT h:1 HTTP/1.1",
        "POST * HTTP/1.1",
    ):
        sent = raw(bearer, length, body=EVENTS, line=line)
        yield Framed(f"line {line[:30]!r}", sent, (400, 404, 405, 501, 505))
    for header in (
        "X",
        ": x",
        "X Y: z",
        "X\t: y",
        "\xff: x",
        "X: a\0b",
        "X: a\rb",
        "X: a\nb",
        " X: y",
        "X: \x7f",
        "(x): y",
        "Xy:\x01",
    ):
        sent = raw(bearer, header, length, body=EVENTS)
        yield Framed(f"header {header!r}", sent, (400, 202) if header in ("X: \x7f",) else (400,))
    hosts = ("", "a b", "h/../x", "u@h", "h:99999", "h, h", "\xff", "h\r\nHost: h")
    for host in hosts:
        sent = raw(bearer, length, body=EVENTS).replace(b"Host: h\r\n", f"Host: {host}\r\n".encode("latin-1"))
        yield Framed(f"host {host!r}", sent, (400, 202))
    yield Framed("no host", raw(bearer, length, body=EVENTS).replace(b"Host: h\r\n", b""), (400,))


def hidden(bearer: str) -> Iterator[Framed]:
    """Requests in the body of a request that is refused early: nobody answers them."""
    many = HIDDEN * 2_000
    nobody = "Authorization: Bearer x"
    for name, header in {"no token": nobody, "a token": bearer}.items():
        large = f"Content-Length: {2**40}"
        yield Framed(f"hidden behind {name}, too large", raw(header, large, body=many), (401, 413))
        length = f"Content-Length: {len(many)}"
        coded = raw(header, length, "Content-Encoding: br", body=many)
        yield Framed(f"hidden behind {name}, a coding", coded, (401, 400, 415))
        nowhere = raw(header, length, body=many, line="POST /nowhere HTTP/1.1")
        yield Framed(f"hidden behind {name}, nowhere", nowhere, (401, 404))
        expects = raw(header, length, "Expect: 100-continue", body=many)
        yield Framed(f"hidden behind {name}, expected", expects, (401, 100, 400, 422))
        method = raw(header, length, body=many, line="PUT /stateless HTTP/1.1")
        yield Framed(f"hidden behind {name}, a method", method, (401, 405, 501))
        upgrade = raw(header, length, "Upgrade: websocket", "Sec-WebSocket-Version: 13", body=many)
        yield Framed(f"hidden behind {name}, an upgrade", upgrade, (401, 400, 422))
    get = raw(bearer, f"Content-Length: {len(HIDDEN)}", body=HIDDEN, line="GET /health HTTP/1.1")
    yield Framed("hidden behind a GET", get, (200, 400))


def packed(bearer: str) -> Iterator[Framed]:
    """Packed bodies in odd pieces."""
    gz, zs = gzip.compress(EVENTS), zstandard.compress(EVENTS)
    bomb, zbomb = gzip.compress(bytes(2**26)), zstandard.compress(bytes(2**26))
    for coding, body in (("gzip", gz), ("zstd", zs)):
        header = f"Content-Encoding: {coding}"
        single = chunks(*(body[at : at + 1] for at in range(len(body))))
        yield Framed(
            f"{coding} byte by byte", raw(bearer, header, "Transfer-Encoding: chunked", body=single), (202,)
        )
        halves = chunks(body[:11], body[11:])
        yield Framed(
            f"{coding} in halves", raw(bearer, header, "Transfer-Encoding: chunked", body=halves), (202,)
        )
    for coding, body in (("gzip", bomb), ("zstd", zbomb)):
        header = f"Content-Encoding: {coding}"
        single = chunks(*(body[at : at + 7] for at in range(0, len(body), 7)))
        sent = raw(bearer, header, "Transfer-Encoding: chunked", body=single)
        yield Framed(f"a {coding} bomb in crumbs", sent, (400, 413))
        sent = raw(bearer, header, f"Content-Length: {len(body)}", body=body)
        yield Framed(f"a {coding} bomb", sent, (400, 413))
    inner = gzip.compress(bytes(2**20))
    alternating = b"".join(gzip.compress(b" ") + inner for _ in range(4))
    sent = raw(bearer, "Content-Encoding: gzip", f"Content-Length: {len(alternating)}", body=alternating)
    yield Framed("small and large members in turn", sent, (400, 413))


def everything(token: str) -> list[Framed]:
    bearer = f"Authorization: Bearer {token}"
    return [case for kind in (lengths, codings, sizes, lines, hidden, packed) for case in kind(bearer)]
