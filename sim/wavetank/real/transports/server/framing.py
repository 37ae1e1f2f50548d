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
# Honest clients send a dozen fields; each costs h11 some microseconds, and 32 KiB hold 6,000 of them.
_MOST_LINES = 128


def refused(message: str, status: int = 400) -> Refused:
    """Framing cannot be trusted any more: the answer is the connection's last."""
    return Refused(status, message, "framing")


def skip_blank_lines(buffer: bytearray, most: int) -> int:
    """Remove empty lines before a request; returns how many. Raises Refused for more than `most`."""
    blank = 0
    while buffer.startswith(b"\r\n", 2 * blank):
        blank += 1
        if blank > most:
            raise refused("nothing but empty lines")
    del buffer[: 2 * blank]
    return blank


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
    if head.count(b"\n") > _MOST_LINES:
        raise refused(f"the header has more than {_MOST_LINES} lines", 431)
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
    """Refuse malformed requests that h11 lets pass."""
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
