"""Up to where a file was read, and by what it is known again.

A file is known by device and inode, by its first bytes, and by the bytes before the place up to which it
was read (the seam). An inode alone is not enough: it is used again as soon as a file is deleted. The first
bytes alone are not enough either: many logs begin with the same banner.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

HEAD_BYTES = 256
"""Compared at the beginning of a file: as much as Splunk and Vector compare, a line or two of a log."""

SEAM_BYTES = 256
"""Compared before the place of reading: a line or two, so that a time or a counter is among them."""

DONE_MOST = 32
"""Files read to their end that are remembered. logrotate keeps 7 or 14; the mark of one is 150 bytes, and
all of them are written with each commit."""


class Mark(NamedTuple):
    """Up to where a file was read.

    Attributes
    ----------
    offset : int
        Bytes of text before the first line that is not accepted yet.
    inside : bool
        Whether `offset` lies within a line that was too long for an event.
    modified_ns : int
        When the file was last written, as of the latest reading that found anything. A cut is no part of it.
    head_bytes, head, seam_bytes, seam
        Length and digest of the first bytes, and of those before `offset`.
    """

    device: int
    inode: int
    offset: int
    inside: bool
    modified_ns: int
    head_bytes: int
    head: str
    seam_bytes: int
    seam: str

    @property
    def seam_offset(self) -> int:
        """Where the bytes of the seam begin."""
        return self.offset - self.seam_bytes


def digest(data: bytes) -> str:
    """64 bits that stand for some bytes."""
    return blake2b(data, digest_size=8).hexdigest()


def to_json(marks: Sequence[Mark], done: frozenset[int]) -> list[list[object]]:
    """The marks as they are kept, each with whether its file was read to its end."""
    return [[*mark, index in done] for index, mark in enumerate(marks)]


def from_json(kept: object) -> tuple[list[Mark], list[Mark]]:
    """The marks of files that were read to their end, and of the others; none from what cannot be read."""
    done, others = list[Mark](), list[Mark]()
    for row in kept if isinstance(kept, list) else ():
        if isinstance(row, list) and len(row) == len(Mark._fields) + 1:
            (done if row[-1] else others).append(Mark(*row[:-1]))
    return done, others


__all__ = ["DONE_MOST", "HEAD_BYTES", "SEAM_BYTES", "Mark", "digest", "from_json", "to_json"]
