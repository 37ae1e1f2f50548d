"""The text of a followed file, plain or compressed."""

import gzip
import os
import stat
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from wavetank.protocol.rotated import is_compressed

CHUNK_BYTES = 65_536
"""Read at once: a few hundred lines, committed together."""

_BROKEN = (EOFError, gzip.BadGzipFile, zlib.error)


class Text(Protocol):
    """The text of an open file."""

    device: int
    inode: int

    def read_at(self, offset: int, size_bytes: int) -> bytes:
        """Up to so many bytes from a place on. Raises Unfinished where a compressed file breaks off."""
        ...

    def modified_ns(self) -> int:
        """When the file was last written."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


class Unfinished(Exception):
    """A compressed file ends in the middle: it is still being written, or its writer was killed."""


class Plain:
    """The text of a file as it is."""

    def __init__(self, handle: int) -> None:
        status = os.fstat(handle)
        self.device, self.inode = status.st_dev, status.st_ino
        self._handle = handle

    def read_at(self, offset: int, size_bytes: int) -> bytes:
        """Up to so many bytes from a place on."""
        return os.pread(self._handle, size_bytes, offset)

    def size_bytes(self) -> int:
        """How long it is now."""
        return os.fstat(self._handle).st_size

    def modified_ns(self) -> int:
        """When the file was last written."""
        return os.fstat(self._handle).st_mtime_ns

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)


class Packed:
    """The text in a gzip file. Going back means to decompress from the beginning."""

    def __init__(self, handle: int) -> None:
        status = os.fstat(handle)
        self.device, self.inode, self._modified_ns = status.st_dev, status.st_ino, status.st_mtime_ns
        self._raw = os.fdopen(handle, "rb")
        self._file = gzip.GzipFile(fileobj=self._raw, mode="rb")

    def read_at(self, offset: int, size_bytes: int) -> bytes:
        """Up to so many bytes from a place on. Raises Unfinished."""
        if not os.fstat(self._raw.fileno()).st_size:  # even the text of nothing has a head and a tail
            raise Unfinished("nothing is written yet")
        try:
            self._file.seek(offset)
            return self._file.read(size_bytes)
        except _BROKEN as error:
            raise Unfinished(str(error)) from error

    def size_bytes(self) -> int:
        """How long the text is, by decompressing it; -1 where the file breaks off."""
        with suppress(Unfinished):
            size, chunk = 0, self.read_at(0, CHUNK_BYTES)
            while chunk:
                size += len(chunk)
                chunk = self.read_at(size, CHUNK_BYTES)
            return size
        return -1

    def modified_ns(self) -> int:
        """When the file was last written, as it was opened."""
        return self._modified_ns

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._raw.close()


def open_text(path: Path) -> Plain | Packed:
    """Open a file's text. Raises OSError, also for what is no regular file.

    Nothing else is opened, not even to look: some devices act on it, and a writer to a named pipe would
    take us for its reader.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(f"{path} is not a regular file")
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # by now it may be a named pipe, which makes one wait
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(f"{path} is not a regular file")
    return Packed(handle) if is_compressed(path.name) else Plain(handle)
