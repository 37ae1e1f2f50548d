"""Bodies unpacked, in time that is linear in what goes in and comes out, and within a limit."""

import zlib
from collections.abc import Callable

import zstandard

from wavetank.real.transports.server.body import too_large
from wavetank.real.transports.server.messages import Refused

_GZIP = zlib.MAX_WBITS | 16
# zlib copies what is left behind the end of a member: in pieces, that is never much.
_GZIP_PIECE_BYTES = 4096
# A decoder must take windows of 8 MiB (RFC 8878, 3.1.1.1.2), and need not take larger ones.
_ZSTD_WINDOW_BYTES = 2**23
# Each may become 32 blocks of 128 KiB, and nothing else bounds what one call makes.
_ZSTD_PIECE_BYTES = 128


def unpack(coding: str, body: bytes, most: int, members: int) -> bytes:
    """Unpack a body.

    Parameters
    ----------
    coding
        One of `CODINGS`.
    most
        The largest result, in bytes.
    members
        How many members (gzip) or frames (zstd) the body may have.

    Raises
    ------
    Refused
        413 where one of the limits is passed, 400 where the body is not of this coding.
    """
    return CODINGS[coding](body, most, members)


def _plain(body: bytes, most: int, members: int) -> bytes:
    if len(body) > most:
        raise too_large(most)
    return body


def _gunzip(body: bytes, most: int, members: int) -> bytes:
    """All members of a gzip body (RFC 1952)."""
    out = bytearray()
    at = count = 0
    try:
        while at < len(body):
            count = _counted(count, members, "members")
            member = zlib.decompressobj(_GZIP)
            while not member.eof:
                piece = member.unconsumed_tail or body[at : at + _GZIP_PIECE_BYTES]
                if not piece:
                    raise Refused(400, "the gzip body ends too early", "encoding")
                at += 0 if member.unconsumed_tail else len(piece)
                out += member.decompress(piece, most + 1 - len(out))
                if len(out) > most:
                    raise too_large(most)
            at -= len(member.unused_data)
    except zlib.error:
        raise Refused(400, "the body is not gzip", "encoding") from None
    return bytes(out)


def _unzstd(body: bytes, most: int, members: int) -> bytes:
    """All frames of a zstd body (RFC 8878)."""
    out = bytearray()
    frame = None
    count = 0
    try:
        for first in range(0, len(body), _ZSTD_PIECE_BYTES):
            piece = body[first : first + _ZSTD_PIECE_BYTES]
            while piece:
                if frame is None or frame.eof:
                    count = _counted(count, members, "frames")
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


def _counted(count: int, most: int, noun: str) -> int:
    """One more. Raises Refused."""
    if count >= most:
        raise Refused(413, f"the body has more than {most} {noun}; pack it as one", "encoding")
    return count + 1


CODINGS: dict[str, Callable[[bytes, int, int], bytes]] = {
    "": _plain,
    "identity": _plain,
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "zstd": _unzstd,
}
