"""Answers that no agent should get: broken, endless, slow and odd ones, and what they are given to."""

import gzip
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from typing import NamedTuple

from tests.unit.real.agent.wire_server import Handler

KIB, MIB = 2**10, 2**20
WORDS: tuple[object, ...] = ("echo", "x", "", None, [])
ECHO = b'{"commands":[{"id":1,"command":"echo","arguments":%b}]}'
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SECONDS = 1.5
"""How long an endless answer goes on: longer than the agent's patience in these tests."""

LIES = (
    "status 204 with a body",
    "too short a length",
    "two answers",
    "a thousand answers",
    "folded headers",
    "bare line feeds",
    "a bomb",
    "closed after each byte",
)
"""Whole answers with a status of success, for all that is odd about them."""


class Hostile(NamedTuple):
    """The answer to requests whose path begins with `path`; `lies`: the server says that it stored events."""

    name: str
    path: str
    script: Callable[[Handler], bool]
    lies: bool = False


def send(handler: Handler, pieces: Iterator[bytes] | list[bytes], rest_s: float = 0.0) -> bool:
    """Send raw bytes for a while, and hang up."""
    until = time.monotonic() + SECONDS
    with suppress(OSError):
        for piece in pieces:
            handler.connection.sendall(piece)
            if time.monotonic() > until:
                break
            time.sleep(rest_s)
    return handler.hang_up()


def endless(*pieces: bytes, before: bytes = b"HTTP/1.1 200 OK\r\n") -> Iterator[bytes]:
    yield before
    for number in count():
        yield b"".join(pieces) % number if any(b"%d" in piece for piece in pieces) else b"".join(pieces)


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", "")
    return "\r\n".join(lines).encode("latin-1") + body


def announced(length: str) -> bytes:
    """An answer whose body of two bytes is announced as another length."""
    return f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{{}}".encode("latin-1")


def framed() -> list[Hostile]:
    """Broken and endless framing, whatever was asked."""
    raw: dict[str, Callable[[], Iterator[bytes] | list[bytes]]] = {
        "nothing": list,
        "no HTTP": lambda: [b"\x00\xff" * 1_000],
        "HTTP/0.9": lambda: [b"hello"],
        "ICY": lambda: [b"ICY 200 OK\r\n\r\n"],
        "HTTP/2.0": lambda: [b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"],
        "status 99": lambda: [answer(b"", status="99 x")],
        "status 600": lambda: [answer(b"", status="600 x")],
        "status 999": lambda: [answer(b"{}", status="999 x")],
        "status 101": lambda: [b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n{}"],
        "status 204 with a body": lambda: [b"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello"],
        "status 304": lambda: [answer(b"", status="304 x")],
        "redirect to itself": lambda: [answer(b"", "Location: /login", status="307 x")],
        "redirect elsewhere": lambda: [answer(b"", "Location: http://169.254.169.254/", status="301 x")],
        "100 without an end": lambda: endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, before=b""),
        "103 without an end": lambda: endless(b"HTTP/1.1 103 E\r\nLink: %d\r\n\r\n", before=b""),
        "a header without an end": lambda: endless(b"X" * KIB),
        "headers without an end": lambda: endless(b"X-%d: y\r\n"),
        "headers of 1 MB": lambda: [answer(b"{}", *[f"X-{n}: {'y' * 100}" for n in range(10_000)])],
        "a body without an end": lambda: endless(b"x" * MIB, before=b"HTTP/1.1 200 OK\r\n\r\n"),
        "a length of 10^18": lambda: endless(b"x" * MIB, before=announced("1" + "0" * 18)),
        "a negative length": lambda: [announced("-1")],
        "a length with digits of other scripts": lambda: [announced("²")],
        "a length of 10,000 digits": lambda: [announced("9" * 10_000)],
        "two lengths": lambda: [answer(b"{}", "Content-Length: 3")],
        "too short a length": lambda: [announced("1") + b"{}{}"],
        "too long a length": lambda: [announced("9")],
        "length and chunks": lambda: [answer(b"2\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked")],
        "an unknown coding": lambda: [answer(b"{}", "Transfer-Encoding: zip")],
        "a chunk of 2^64": lambda: endless(b"x" * MIB, before=CHUNKED + b"ffffffffffffffff\r\n"),
        "a chunk of no size": lambda: [CHUNKED + b"zz\r\n"],
        "a long line of a chunk": lambda: endless(b";x" * KIB, before=CHUNKED + b"1"),
        "tiny chunks without an end": lambda: endless(b"1\r\nx\r\n" * KIB, before=CHUNKED),
        "a trailer without an end": lambda: endless(b"X-%d: y\r\n", before=CHUNKED + b"0\r\n"),
        "a bomb": lambda: [answer(gzip.compress(bytes(100 * MIB), 9), "Content-Encoding: gzip")],
        "two answers": lambda: [answer(b"{}") * 2],
        "a thousand answers": lambda: [answer(b"{}") * 1_000],
        "folded headers": lambda: [b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\n{}"],
        "NUL in a header": lambda: [b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\n{}"],
        "bare line feeds": lambda: [b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}"],
    }
    answers = [
        Hostile(name, "/", lambda handler, made=made: send(handler, made()), name in LIES)  # type: ignore[misc]
        for name, made in raw.items()
    ]
    answers.append(Hostile("a slow header", "/", lambda handler: send(handler, endless(b"X"), 0.05)))
    slow = b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"
    answers.append(
        Hostile("a slow body", "/", lambda handler: send(handler, endless(b" ", before=slow), 0.05))
    )
    answers.append(Hostile("closed after each byte", "/", Cut(), lies=True))
    return answers


class Cut:
    """Hangs up one byte later each time."""

    def __init__(self) -> None:
        self._bytes = count(1)

    def __call__(self, handler: Handler) -> bool:
        return send(handler, [answer(b'{"commands": []}')[: next(self._bytes)]])


def said(path: str, name: str, body: bytes | object, *headers: str, status: str = "200 OK") -> Hostile:
    """A whole answer."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()

    def script(handler: Handler) -> bool:
        time.sleep(0.01)
        with suppress(OSError):
            handler.connection.sendall(answer(text, *headers, status=status))
        return True

    return Hostile(name, path, script)


def tokens() -> list[Hostile]:
    """Answers to a login."""

    def granted(text: object, life_s: object = 900) -> bytes:
        return json.dumps({"access_token": text, "token_type": "Bearer", "expires_in": life_s}).encode()

    bodies = {
        "nothing": b"",
        "null": b"null",
        "a list": b"[]",
        "depth": b"[" * 100_000,
        "no UTF-8": b'"\xff"',
        "a token of 1 MB": granted("x" * MIB),
        "a token of lines": granted("a\r\nX: y"),
        "a token of null": granted(None),
        "a token of no ASCII": granted("é\ud800"),
        "an empty token": granted(""),
        "a token of blanks": granted(" "),
        "a life of NaN": granted("t").replace(b"900", b"NaN"),
        "a life of 1e999": granted("t").replace(b"900", b"1e999"),
        "a life of 1e308": granted("t").replace(b"900", b"1e308"),
        "a negative life": granted("t", -1),
        "a life of text": granted("t", "900"),
        "a life of 10^5000": granted("t").replace(b"900", b"9" * 5_000),
        "no life": granted("t", 0),
        "a moment's life": granted("t", 0.000_001),
        "two tokens": b'{"access_token":"a","access_token":[]}',
        "JWT of the year 9999": granted("eyJhbGciOiJub25lIn0.eyJleHAiOjI1MzQwMjMwMDc5OX0."),
    }
    return [said("/login", f"login: {name}", body) for name, body in bodies.items()]


def commands() -> list[Hostile]:
    """Answers to a poll."""

    def one(identifier: object, **more: object) -> dict[str, object]:
        return {"commands": [{"id": identifier, "command": "echo", **more}]}

    bodies: dict[str, bytes | object] = {
        "nothing": b"",
        "null": b"null",
        "no list": {"commands": {}},
        "depth": b'{"commands":' + b"[" * 100_000,
        "NaN": ECHO % b"[NaN]",
        "1e999": b'{"commands":[{"id":1e999,"command":"echo","arguments":[1e999]}]}',
        "a fraction as id": one(1.5),
        "true as id": one(True),
        "a negative id": one(-1),
        "10^4000 as id": b'{"commands":[{"id":1%b}]}' % (b"0" * 4_000),
        "half a pair in an id": one("\ud800"),
        "an id of 1 MB": one("x" * MIB),
        "an id of a path": one("../../login?x#y"),
        "an id of lines": one("1\r\nX: y\r\n\r\n"),
        "an id of NUL": one("\0"),
        "an empty id": one(""),
        "one id, other bodies": {"commands": [{"id": 7, "command": name} for name in WORDS]},
        "two ids": b'{"commands":[{"id":1,"id":2,"command":"echo","command":"x"}]}',
        "no command": {"commands": [1, None, [], "x", {}, {"command": "echo"}]},
        "an unknown command": one(1, command=["rm"]),
        "arguments of depth": ECHO % (b"[" * 900 + b"]" * 900),
        "arguments of 3 MB": one(1, arguments=["x" * 3 * MIB]),
        "an object of 100,000 names": one(1, **{f"n{n}": n for n in range(100_000)}),
        "a million lists": b'{"commands":[' + b"[]," * MIB + b"[]]}",
        "text of half pairs": one(1, arguments=["\ud800"]),
    }
    return [said("/commands", f"commands: {name}", body) for name, body in bodies.items()]


def waits() -> list[Hostile]:
    """Refusals that ask to wait."""
    values = (
        "-1",
        "1e3",
        "0",
        "²",
        "",
        "1, 2",
        "9" * 30_000 + "x",
        "Fri, 31 Dec 99999 23:59:59 GMT",
        "Fri, 99 Foo 2026 99:99:99 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Thu, 01 Jan 1970 00:00:00 +99999999999999999999",
    )
    dated = [("503 x", "Fri, 31 Dec 9999 23:59:59 GMT"), ("429 x", "x" * 1_000)]
    return [
        said(
            "/state",
            f"{status} and Retry-After: {value[:30]}",
            b"",
            f"Retry-After: {value}",
            f"Date: {date}",
            status=status,
        )
        for status, date in dated
        for value in values
    ]


def everything() -> list[Hostile]:
    return [*framed(), *tokens(), *commands(), *waits()]
