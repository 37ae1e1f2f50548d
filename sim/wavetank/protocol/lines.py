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
