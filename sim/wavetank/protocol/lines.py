"""Events from bytes: whole lines, each the text of one event.

Half a line waits for its other half. Of a line that is too long only a part that is too long remains,
which is then refused as a whole.
"""

from wavetank.protocol.marks import HEAD_BYTES, SEAM_BYTES, Mark, digest
from wavetank.protocol.wire import EVENT_MOST_BYTES


def text_of(line: bytes) -> str:
    """An event's text; what is not UTF-8 is written as escapes."""
    return line.decode("utf-8", errors="backslashreplace")


class Lines:
    """Cuts bytes into whole lines. Of a line too long to be an event only a part that is too long remains."""

    def __init__(self, inside: bool = False) -> None:
        """`inside`: the beginning of the first line was given away as too long before."""
        self.inside = inside
        self.rest = b""

    def feed(self, chunk: bytes) -> list[str]:
        """The events that are whole now."""
        *lines, self.rest = (self.rest + chunk).split(b"\n")
        if self.inside and lines:
            del lines[0]
            self.inside = False
        if not self.inside and len(self.rest) > EVENT_MOST_BYTES:
            lines.append(self.rest)
            self.inside = True
        if self.inside:
            self.rest = b""
        return [text_of(line) for line in lines]

    def end(self) -> list[str]:
        """The event that no line end follows, at the end of the input."""
        rest, self.rest, self.inside = self.rest, b"", False
        return [text_of(rest)] if rest else []


class Tail:
    """How far the reading of one growing file has come.

    Attributes
    ----------
    offset : int
        Bytes read so far, the unfinished last line included.
    """

    def __init__(
        self, device: int, inode: int, mark: Mark | None = None, head: bytes = b"", seam: bytes = b""
    ) -> None:
        """Begin, or go on behind `mark`; `head` and `seam` are the file's bytes of which it has digests."""
        self.device = device
        self.inode = inode
        self.offset = mark.offset if mark else 0
        self._lines = Lines(mark.inside if mark else False)
        self._head = head
        self._window = seam

    @property
    def seam(self) -> bytes:
        """The last bytes that were read."""
        return self._window[-SEAM_BYTES:]

    def feed(self, chunk: bytes) -> list[str]:
        """The events that are whole now."""
        self.offset += len(chunk)
        if len(self._head) < HEAD_BYTES:
            self._head += chunk[: HEAD_BYTES - len(self._head)]
        texts = self._lines.feed(chunk)
        self._window = (self._window + chunk)[-SEAM_BYTES - len(self._lines.rest) :]
        return texts

    def end(self) -> list[str]:
        """The event that no line end follows, in a file that nobody writes any more."""
        return self._lines.end()

    def mark(self, modified_ns: int) -> Mark:
        """Where to go on: behind the last whole line."""
        rest = len(self._lines.rest)
        head = self._head[: self.offset - rest]
        seam = self._window[: len(self._window) - rest][-SEAM_BYTES:]
        return Mark(
            self.device, self.inode, self.offset - rest, self._lines.inside, modified_ns,
            len(head), digest(head), len(seam), digest(seam),
        )  # fmt: skip
