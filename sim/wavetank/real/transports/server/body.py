"""The body of a request of HTTP/1.1 as it comes: counted, or in chunks (RFC 9112, 6 and 7.1).

A body is fed with what was read, and stops after a bounded number of steps, however small its chunks are.
"""

import re

from wavetank.real.transports.server.framing import refused
from wavetank.real.transports.server.messages import Refused

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})(?:;[\t -~\x80-\xff]*)?\r\n")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t -~\x80-\xff]*\r\n")
_FRAMING = frozenset((b"transfer-encoding", b"content-length", b"host"))
# Nobody needs longer extensions of a chunk or longer fields behind the last one.
_LONGEST_LINE = 4096
_SPARE_BYTES = 4096
# Some 2 microseconds each: together far below the 5 ms that the event loop may be kept.
_STEPS_AT_ONCE = 512


def too_large(most: int) -> Refused:
    """The answer to a body over the limit."""
    return Refused(413, f"the body is larger than {most} bytes", "body")


def raw_bound(body_bytes: int) -> int:
    """How many bytes on the wire a body of `body_bytes` may take: chunks cost their frames."""
    return 2 * body_bytes + _SPARE_BYTES


class Counted:
    """A body whose length was announced. `data` is what has come and was not taken."""

    def __init__(self, size_bytes: int) -> None:
        self._left = size_bytes
        self.data = bytearray()

    @property
    def done(self) -> bool:
        """Whether the whole body has come."""
        return self._left == 0

    def bound(self, most: int) -> None:
        """Raises Refused(413) when the body is larger than that."""
        if self._left > most:
            raise too_large(most)

    def feed(self, piece: bytes, at: int) -> int:
        """Take what belongs to the body from `piece` behind `at`; returns where that ends."""
        end = min(len(piece), at + self._left)
        self.data += piece[at:end]
        self._left -= end - at
        return end


class Chunked:
    """A body in the chunked coding, stricter than most: two readers must not see two bodies."""

    def __init__(self, most_bytes: int, most_chunks: int) -> None:
        self._most_bytes = self._left = most_bytes
        self._most_chunks = self._chunks = most_chunks
        self._line = bytearray()
        self._size = self._end = 0
        self._trailer = False
        self.done = False
        self.data = bytearray()

    def bound(self, most: int) -> None:
        """From here on no more than `most` bytes in all chunks together."""
        self._left -= self._most_bytes - most
        self._most_bytes = most

    def feed(self, piece: bytes, at: int) -> int:
        """Take some steps through `piece` from `at`; returns where to go on. Raises Refused."""
        for _ in range(_STEPS_AT_ONCE):
            if at == len(piece) or self.done:
                break
            if self._size:
                step = min(self._size, len(piece) - at)
                self.data += piece[at : at + step]
                self._size -= step
            else:
                step = (piece.find(b"\n", at) + 1 or len(piece)) - at
                self._line += piece[at : at + step]
                self._look()
            at += step
        return at

    def _look(self) -> None:
        """At the line so far: the end of a chunk, the size of the next, or a field of the trailer."""
        if len(self._line) > _LONGEST_LINE:
            raise refused("a line of the chunked coding is too long")
        if self._end and not b"\r\n".startswith(bytes(self._line)):
            raise refused("a chunk is longer than it says")
        if not self._line.endswith(b"\n"):
            return
        line = bytes(self._line)
        self._line.clear()
        if self._end:
            self._end = 0
        elif self._trailer:
            self._look_at_field(line)
        else:
            self._look_at_size(line)

    def _look_at_field(self, line: bytes) -> None:
        field = _FIELD.fullmatch(line)
        self.done = line == b"\r\n"
        if not self.done and (field is None or field[1].lower() in _FRAMING):
            raise refused("a bad field behind the last chunk")

    def _look_at_size(self, line: bytes) -> None:
        size = _SIZE.fullmatch(line)
        if size is None:
            raise refused("a bad line of the chunked coding")
        self._size = self._end = int(size[1], 16)
        self._left -= self._size
        self._chunks -= 1
        if self._left < 0:
            raise too_large(self._most_bytes)
        if self._chunks < 0:
            raise Refused(413, f"more than {self._most_chunks} chunks; send larger ones", "body")
        self._trailer = self._size == 0


Body = Counted | Chunked
