"""One file that is being read: open, and how far the reading has come."""

import os
from pathlib import Path

from wavetank.protocol.lines import Tail
from wavetank.protocol.marks import Mark
from wavetank.protocol.rotation import Seen, Step
from wavetank.real.agent.files.family import has
from wavetank.real.agent.files.texts import CHUNK_BYTES, Packed, Plain, Unfinished, open_text


class Reader:
    """An open file, and how far it is read. `heard_s` is the monotonic time of its latest byte."""

    def __init__(self, text: Plain | Packed, tail: Tail, now_s: float, modified_ns: int, seen: Seen) -> None:
        """Begin to read. `modified_ns`: time of the last change already read; `seen`: how it was found."""
        self.text = text
        self._modified_ns = modified_ns
        self.tail = tail
        self.heard_s = now_s
        self.broken = False
        # As it was found, and not as it is now: it may have been copied and cut since.
        self._state = (seen.modified_ns, seen.size_bytes)

    def was_touched(self) -> bool:
        """Whether a file of which nothing was read was written since this was last asked, or it was found.

        It may have been copied and cut since, and no byte would tell. The size is asked as well: a file that
        is written and cut within 4 ms can have the same time.
        """
        if self.tail.offset or isinstance(self.text, Packed):
            return False
        before, self._state = self._state, (self.text.modified_ns(), self.text.size_bytes())
        return self._state != before

    @property
    def ended(self) -> bool:
        """Whether nobody writes it any more."""
        return isinstance(self.text, Packed)

    def is_file(self, there: os.stat_result | None) -> bool:
        """Whether this is the open file."""
        return there is not None and (there.st_dev, there.st_ino) == (self.text.device, self.text.inode)

    def mark(self) -> Mark:
        """How far it is read."""
        return self.tail.mark(self._modified_ns)

    def next_chunk(self) -> bytes | None:
        """Read on: the next bytes, b"" where there are none yet, None where the file that was read is gone.

        The bytes before are read along: a file that was cut and has grown past the place has others.
        """
        seam = self.tail.seam
        # Asked before the reading: a cut changes the time, and the copy that was made before is not so new.
        modified_ns = self.text.modified_ns()
        try:
            data = self.text.read_at(self.tail.offset - len(seam), len(seam) + CHUNK_BYTES)
        except Unfinished:
            self.broken = True
            return b""
        if not data.startswith(seam):
            return None
        if len(data) > len(seam):
            self._modified_ns = modified_ns
        return data[len(seam) :]


def reader_of(path: Path, step: Step, mark: Mark | None, now_s: float) -> Reader | None:
    """Open the file of a step; None where it is another one by now."""
    seen = step.seen
    try:
        text = open_text(path.with_name(seen.name))
    except OSError:
        return None
    same = (text.device, text.inode) == (seen.device, seen.inode)
    # One that was cut meanwhile is looked at again: what was taken for its copy has to be read by then.
    whole = isinstance(text, Packed) or text.size_bytes() >= seen.size_bytes
    if same and whole and (mark is None or has(text, mark)):
        if mark is None:
            return Reader(text, Tail(seen.device, seen.inode), now_s, seen.modified_ns, seen)
        head, seam = text.read_at(0, mark.head_bytes), text.read_at(mark.seam_offset, mark.seam_bytes)
        tail = Tail(seen.device, seen.inode, mark, head, seam)
        return Reader(text, tail, now_s, mark.modified_ns, seen)
    text.close()
    return None
