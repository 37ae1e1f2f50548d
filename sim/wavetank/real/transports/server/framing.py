"""Which bytes are a request of HTTP/1.1: stricter than h11 where two readers could differ (RFC 9112).

What a lenient reader would put right is refused, so that no proxy in front sees other requests than we.
"""

import re
from urllib.parse import urlsplit

import h11

from wavetank.real.transports.server.messages import Refused

_BARE_LF = re.compile(rb"(?<!\r)\n")
_BARE_CR = re.compile(rb"\r(?!\n)")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FOLD = re.compile(rb"\r\n[ \t]")
_HOST = re.compile(rb"(?:[A-Za-z0-9._~%!$&'()*+;=-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")
_TARGET = re.compile(r"[!-~]+")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})(?:;[\t -~\x80-\xff]*)?\r\n")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t -~\x80-\xff]*\r\n")
_FRAMING = frozenset((b"transfer-encoding", b"content-length", b"host"))
_LONGEST_LINE = 4096
_SPARE_EVENT_BYTES = 4096


def refused(message: str, status: int = 400) -> Refused:
    """Framing cannot be trusted any more: the answer is the connection's last."""
    return Refused(status, message, "framing")


def head_end(buffer: bytearray, looked: int, most: int) -> int:
    """Where the header of the next request ends in `buffer`, its blank line included; 0 if it is not whole.

    The first `looked` bytes were seen before. Raises Refused for what can never become a header.
    """
    begin = max(0, looked - 3)
    end = buffer.find(b"\r\n\r\n", begin) + 4
    if end > most or (end < 4 and len(buffer) >= most):
        raise refused(f"the header is larger than {most} bytes", 431)
    stop = end if end >= 4 else len(buffer)
    if _BARE_LF.search(buffer, begin, stop):
        raise refused("a line of the header ends without carriage return")
    if _CONTROL.search(buffer, begin, stop):
        raise refused("a control character in the header")
    return end if end >= 4 else 0


def parse_head(connection: h11.Connection, head: bytes) -> h11.Request:
    """The request whose whole header is `head`. Raises Refused."""
    if _BARE_CR.search(head):
        raise refused("a carriage return in the header that ends no line")
    if _FOLD.search(head):
        raise refused("a folded header line")
    try:
        connection.receive_data(head)
        request = connection.next_event()
    except h11.RemoteProtocolError as error:
        raise refused(str(error), error.error_status_hint) from None
    if not isinstance(request, h11.Request):
        raise refused("not a request")
    _check(request)
    return request


def _check(request: h11.Request) -> None:
    """What h11 lets pass."""
    if request.http_version not in (b"1.0", b"1.1"):
        raise refused("not HTTP/1.1")
    names = [name for name, _ in request.headers]
    if b"transfer-encoding" in names:
        if b"content-length" in names:
            raise refused("Content-Length and Transfer-Encoding")
        if request.http_version == b"1.0":
            raise refused("Transfer-Encoding in HTTP/1.0")
    if names.count(b"host") != 1:
        raise refused("not exactly one Host header")
    if not all(_HOST.fullmatch(value) for name, value in request.headers if name == b"host"):
        raise refused("a Host that names none")


def split_target(request: h11.Request) -> tuple[str, str]:
    """Path and query of the request target, which may be a whole URL. Raises Refused."""
    target = request.target.decode("ascii", "replace")
    if not _TARGET.fullmatch(target) or "#" in target:
        raise refused("a request target that is none")
    if not target.startswith("/") and target != "*":
        try:
            parts = urlsplit(target)
        except ValueError:
            raise refused("a request target that is none") from None
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise refused("a request target that is none")
        return parts.path or "/", parts.query
    path, _, query = target.partition("?")
    return path, query


def declared_bytes(request: h11.Request) -> int | None:
    """The body's announced length; 0 without a body, None when it comes in chunks."""
    for name, value in request.headers:
        if name == b"content-length":
            return int(value)
        if name == b"transfer-encoding":
            return None
    return 0


class Chunks:
    """Sees a body in the chunked coding go by, and refuses what h11 would put right (RFC 9112, 7.1)."""

    def __init__(self, most: int) -> None:
        """`most` bytes are allowed in all chunks together."""
        self._most = most
        self._left = most
        self._line = bytearray()
        self._data = 0
        self._trailer = self._done = False

    def feed(self, piece: bytes) -> None:
        """The next bytes; those behind the end of the body are not looked at. Raises Refused."""
        at = 0
        while at < len(piece) and not self._done:
            if self._data:
                step = min(self._data, len(piece) - at)
                self._data -= step
            else:
                step = (piece.find(b"\n", at) + 1 or len(piece)) - at
                self._line += piece[at : at + step]
                self._look()
            at += step

    def _look(self) -> None:
        """At the line so far: the size of a chunk, or a field of the trailer."""
        if len(self._line) > _LONGEST_LINE:
            raise refused("a line of the chunked coding is too long")
        if not self._line.endswith(b"\n"):
            return
        line = bytes(self._line)
        self._line.clear()
        if self._trailer:
            field = _FIELD.fullmatch(line)
            self._done = line == b"\r\n"
            if not self._done and (field is None or field[1].lower() in _FRAMING):
                raise refused("a bad field behind the last chunk")
            return
        size = _SIZE.fullmatch(line)
        if size is None:
            raise refused("a bad line of the chunked coding")
        length = int(size[1], 16)
        self._left -= length
        if self._left < 0:
            raise Refused(413, f"the body is larger than {self._most} bytes", "body")
        self._trailer = length == 0
        self._data = length + 2 if length else 0


def raw_bound(body_bytes: int) -> int:
    """How many bytes on the wire a body of `body_bytes` may take: chunks cost their frames."""
    return 2 * body_bytes + _SPARE_EVENT_BYTES
