"""Events from bytes: whole lines, each the text of one event."""

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
        return [text_of(self.rest)] if self.rest else []


class Tail:
    """Where the reading of a growing file is: in which file, behind which byte, in which line."""

    def __init__(self, inode: int, size_bytes: int, known: object) -> None:
        """`known` is the `position` of an earlier reading, None without one. Another file begins anew."""
        self.inode = inode
        self.offset, inside = 0, False
        if isinstance(known, list) and known[0] == inode and known[1] <= size_bytes:
            self.offset, inside = known[1:]
        self._lines = Lines(inside)

    def feed(self, chunk: bytes) -> list[str]:
        """The events that are whole now."""
        self.offset += len(chunk)
        return self._lines.feed(chunk)

    def position(self) -> list[int | bool]:
        """Where to go on: behind the last whole line."""
        return [self.inode, self.offset - len(self._lines.rest), self._lines.inside]

    def ended(self, inode: int, size_bytes: int) -> bool:
        """Whether the file that has the name now is another one, or was cut."""
        return inode != self.inode or size_bytes < self.offset
