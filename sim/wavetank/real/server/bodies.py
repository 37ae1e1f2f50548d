"""Bodies: decompressed within bounds, parsed, and refused in the right words.

400 broken JSON or too deep, 413 too large, 415 a type or coding not known here, 422 the wrong fields.
"""

import json
import zlib
from collections.abc import Iterable

import zstandard

from wavetank.real.transports.server.messages import Refused, Request

Container = dict[str, object] | list[object]

JSON = "application/json"
NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl")
FORM = "application/x-www-form-urlencoded"
_DEEPEST = 64
_ZSTD_WINDOW_BYTES = 2**23
_ZSTD_PIECE_BYTES = 128


def too_large(most: int) -> Refused:
    """The answer to a body over the limit."""
    return Refused(413, f"the body is larger than {most} bytes", "body")


def content_type(request: Request) -> str:
    """The media type, without parameters. Raises Refused where a character set is not UTF-8."""
    kind, _, parameters = request.header("content-type").partition(";")
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "charset" and value.strip('"').lower() not in ("utf-8", "utf8"):
            raise Refused(415, "text is UTF-8 here", "type")
    return kind.strip().lower()


async def read(request: Request, types: Iterable[str], most: int) -> tuple[str, bytes]:
    """Type and decompressed body of a request of one of `types`. Raises Refused."""
    kind, coding = content_type(request), request.header("content-encoding").strip().lower()
    if kind not in types:
        raise Refused(415, f"a body of type {' or '.join(types)} is wanted", "type")
    if coding not in _CODINGS:
        accepted = (("Accept-Encoding", "gzip, zstd"),)
        raise Refused(415, "a body is plain, gzip or zstd", "encoding", accepted)
    return kind, _CODINGS[coding](await request.channel.body(), most)


def _plain(body: bytes, most: int) -> bytes:
    return body


def _gunzip(body: bytes, most: int) -> bytes:
    """All members of a gzip body (RFC 1952)."""
    out = b""
    try:
        while body:
            member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            out += member.decompress(body, most + 1 - len(out))
            if len(out) > most:
                raise too_large(most)
            if not member.eof:
                raise Refused(400, "the gzip body ends too early", "encoding")
            body = member.unused_data
    except zlib.error:
        raise Refused(400, "the body is not gzip", "encoding") from None
    return out


def _unzstd(body: bytes, most: int) -> bytes:
    """All frames of a zstd body (RFC 8878)."""
    out = bytearray()
    frame = None
    try:
        # In small pieces: each may become 32 blocks of 128 KiB, and nothing else bounds what one call makes.
        for first in range(0, len(body), _ZSTD_PIECE_BYTES):
            piece = body[first : first + _ZSTD_PIECE_BYTES]
            while piece:
                if frame is None or frame.eof:
                    frame = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES).decompressobj()
                out += frame.decompress(piece)
                if len(out) > most:
                    raise too_large(most)
                piece = frame.unused_data if frame.eof else b""
    except zstandard.ZstdError:
        raise Refused(400, "the body is not zstd, or its window is over 8 MiB", "encoding") from None
    if frame is not None and not frame.eof:
        raise Refused(400, "the zstd body ends too early", "encoding")
    return bytes(out)


_CODINGS = {"": _plain, "identity": _plain, "gzip": _gunzip, "x-gzip": _gunzip, "zstd": _unzstd}


def parse(body: bytes) -> object:
    """The value of a JSON text. Raises Refused."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused(400, "not JSON", "json") from None
    if body.count(b"[") + body.count(b"{") > _DEEPEST and _deeper(value, _DEEPEST):
        raise Refused(400, f"nested over {_DEEPEST} levels", "json")
    return value


def _no_number(text: str) -> object:
    raise ValueError(text)


def _deeper(value: object, most: int) -> bool:
    """Whether a value has more than `most` containers inside one another."""
    level = _containers([value])
    for _ in range(most):
        level = [
            inner
            for container in level
            for inner in _containers(container.values() if isinstance(container, dict) else container)
        ]
    return bool(level)


def _containers(values: Iterable[object]) -> list[Container]:
    return [one for one in values if isinstance(one, dict | list)]


def parse_lines(body: bytes) -> list[object]:
    """The values of an NDJSON text, one a line; empty lines are none. Raises Refused."""
    return [parse(line) for line in body.split(b"\n") if line.strip()]


def fields(value: object, known: Iterable[str], what: str) -> dict[str, object]:
    """A JSON object with no other than the `known` fields. Raises Refused."""
    if not isinstance(value, dict):
        raise Refused(422, f"{what} is a JSON object", "fields")
    unknown = sorted(value.keys() - set(known))
    if unknown:
        raise Refused(422, f"{what} has the fields {', '.join(known)}, and no others", "fields")
    return value
