"""WebSockets as no server should speak them, byte by byte: the opening, and the frames behind it."""

import base64
import hashlib
import struct
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import NamedTuple

KIB, MIB = 2**10, 2**20
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, 1.3: what is hashed with the key of a client."""

Pieces = Callable[[], Iterator[bytes]]


class Frames(NamedTuple):
    """A server that sends: `opening` behind the key of the agent, and then `pieces`, which may have no end.

    `holds`: it leaves the connection open then, and says nothing more.
    """

    name: str
    opening: Callable[[bytes], bytes]
    pieces: Pieces
    holds: bool = False


def frame(code: int, payload: bytes = b"", *, end: bool = True, reserved: int = 0) -> bytes:
    """A frame as a server sends it, unmasked."""
    first, size = bytes([end << 7 | reserved << 4 | code]), len(payload)
    if size < 126:
        return first + bytes([size]) + payload
    if size < 2**16:
        return first + struct.pack(">BH", 126, size) + payload
    return first + struct.pack(">BQ", 127, size) + payload


def accept(key: bytes) -> bytes:
    return base64.b64encode(hashlib.sha1(key + _MAGIC).digest())


def opened(key: bytes, *more: bytes, status: bytes = b"HTTP/1.1 101 Switching Protocols") -> bytes:
    """A right opening, and more headers."""
    lines = (status, b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Accept: " + accept(key))
    return b"\r\n".join((*lines, *more, b"", b""))


def _said(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, struct.pack(">H", code) + reason)


def _limited() -> dict[str, bytes]:
    """Frames of which there are only so many."""
    masked = b"\x81\x82mask" + bytes(a ^ b for a, b in zip(b"{}", b"ma", strict=True))
    kinds = {
        "masked text": masked,
        "a masked ping": b"\x89\x80mask",
        "a continuation of nothing": frame(0, b"x"),
        "text inside a message": frame(TEXT, b"a", end=False) + frame(TEXT, b"b"),
        "a fragmented ping": frame(PING, b"x", end=False) + frame(0, b"y"),
        "a fragmented close": frame(CLOSE, b"\x03", end=False) + frame(0, b"\xe8"),
        "a ping of 126 bytes": frame(PING, bytes(126)),
        "a ping of 64 KiB": frame(PING, bytes(2**16)),
        "a pong of 2^63": b"\x8a\x7f" + struct.pack(">Q", 2**63),
        "text of 2^64 - 1": b"\x81\x7f" + b"\xff" * 8 + b"x",
        "a short length in 16 bits": b"\x81\x7e\x00\x02{}",
        "a short length in 64 bits": b"\x81\x7f" + struct.pack(">Q", 2) + b"{}",
        "text that is no UTF-8": frame(TEXT, b'"\xff\xfe"'),
        "half a character": frame(TEXT, b"\xe2\x98", end=False) + frame(0, b""),
        "half a pair": frame(TEXT, b'{"commands":[{"id":"\\ud800","command":"echo"}]}'),
        "a surrogate": frame(TEXT, b'"\xed\xa0\x80"'),
        "a binary message": frame(BINARY, b'{"commands": []}'),
        "no JSON": frame(TEXT, b"hello"),
        "an empty message": frame(TEXT),
        "JSON of depth": frame(TEXT, b'{"commands":' + b"[" * 100_000),
        "a message of 5 MiB": frame(TEXT, b" " * 5 * MIB),
        "10,000 closes": frame(CLOSE) * 10_000,
        "a close of one byte": frame(CLOSE, b"x"),
        "a close with no UTF-8": _said(1000, b"\xff"),
        "a close, and more": _said(1000) + frame(TEXT, b"{}") * 1_000,
        "a close in a message": frame(TEXT, b"{", end=False) + _said(1001),
        "half a header": b"\x81",
        "half a frame": frame(TEXT, b"x" * 1_000)[:500],
    }
    kinds |= {f"opcode {code}": frame(code, b"x") for code in (3, 7, 11, 15)}
    kinds |= {f"reserved bits {bits}": frame(TEXT, b"{}", reserved=bits) for bits in (1, 2, 4, 7)}
    kinds |= {f"closed with {code}": _said(code) for code in (0, 999, 1000, 1005, 1006, 1008, 1015, 65535)}
    return kinds


def _endless() -> dict[str, Pieces]:
    """Frames without an end, in pieces of about 64 KiB."""
    return {
        "pings": lambda: repeat(frame(PING) * 32 * KIB),
        "pings of 125 bytes": lambda: repeat(frame(PING, b"x" * 125) * 512),
        "pongs": lambda: repeat(frame(PONG) * 32 * KIB),
        "empty fragments": lambda: _behind(frame(TEXT, end=False), frame(0, end=False) * 32 * KIB),
        "fragments of a byte": lambda: _behind(frame(TEXT, end=False), frame(0, b"x", end=False) * 21 * KIB),
        "empty messages": lambda: repeat(frame(TEXT, b'{"commands":[]}') * 4 * KIB),
        "binary frames": lambda: repeat(frame(BINARY, end=False) + frame(0, end=False) * 32 * KIB),
        "a binary frame": lambda: _behind(b"\x02\x7f" + struct.pack(">Q", 2**62), b"x" * 64 * KIB),
        "a text": lambda: _behind(b"\x01\x7f" + struct.pack(">Q", 2**62), b"x" * 64 * KIB),
    }


def _behind(first: bytes, more: bytes) -> Iterator[bytes]:
    yield first
    yield from repeat(more)


def _openings() -> dict[str, Callable[[bytes], bytes]]:
    """Openings that are none."""
    plain = b"HTTP/1.1 101 Switching Protocols\r\n"
    wrong = b"Sec-WebSocket-Accept: " + accept(b"another key")
    return {
        "nothing": lambda _: b"",
        "no HTTP": lambda _: frame(TEXT, b"{}") * 10,
        "no headers": lambda _: plain + b"\r\n",
        "another key": lambda _: (
            plain + b"Upgrade: websocket\r\nConnection: Upgrade\r\n" + wrong + b"\r\n\r\n"
        ),
        "no upgrade": lambda key: opened(key).replace(b"Upgrade: websocket", b"Upgrade: h2c"),
        "no connection": lambda key: opened(key).replace(b"Connection: Upgrade", b"Connection: close"),
        "two keys": lambda key: opened(key, wrong),
        "a protocol": lambda key: opened(key, b"Sec-WebSocket-Protocol: chat"),
        "an extension": lambda key: opened(key, b"Sec-WebSocket-Extensions: permessage-deflate"),
        "no ASCII": lambda key: opened(key, b"Sec-WebSocket-Protocol: \xff", b"Upgrade: \xff"),
        "HTTP/1.0": lambda key: opened(key, status=b"HTTP/1.0 101 Switching"),
        "a length": lambda key: opened(key, b"Content-Length: 1000000"),
        "100": lambda _: b"HTTP/1.1 100 Continue\r\n\r\n" * 100,
        "103": lambda _: b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" * 100,
        "200": lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "200 and a socket": lambda key: opened(key, status=b"HTTP/1.1 200 OK"),
        "426": lambda _: b"HTTP/1.1 426 Upgrade\r\nSec-WebSocket-Version: 99\r\nContent-Length: 0\r\n\r\n",
        "500 without an end": lambda _: b"HTTP/1.1 500 X\r\n\r\n" + b"x" * MIB,
        "headers of 1 MiB": lambda key: opened(key, *[b"X: y"] * (MIB // 6)),
        "a header of 1 MiB": lambda key: opened(key, b"X: " + b"y" * MIB),
    }


def everything() -> list[Frames]:
    """Each kind, with the connection closed behind it; some also with silence behind them."""
    limited = _limited()
    kinds = [Frames(name, opened, lambda more=more: iter([more])) for name, more in limited.items()]  # type: ignore[misc]
    kinds += [
        Frames(f"{name}, then silence", opened, lambda more=limited[name]: iter([more]), True)  # type: ignore[misc]
        for name in ("half a header", "half a frame", "opcode 3", "closed with 1000", "a message of 5 MiB")
    ]
    kinds += [Frames(f"endless: {name}", opened, pieces) for name, pieces in _endless().items()]
    openings = _openings().items()
    kinds += [Frames(f"opening: {name}", opening, lambda: iter(())) for name, opening in openings]
    kinds.append(Frames("opening: nothing, then silence", lambda _: b"", lambda: iter(()), True))
    kinds.append(Frames("closed at once", opened, lambda: iter(())))
    return kinds
