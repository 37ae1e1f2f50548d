"""A log that is written and rotated as logrotate does it, one step at a time."""

import gzip
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

KINDS = ("rename", "compress", "delaycompress", "copytruncate")


class Log:
    """A log and its writer; `lines` are the whole ones that were written.

    After a renaming the writer goes on in the renamed file until it reopens, as one that has not had its
    signal yet. Each file that it creates begins with the `banner`, if there is one.
    """

    def __init__(self, path: Path, banner: str = "") -> None:
        self.path = path
        self.lines: list[str] = []
        self._half = ""
        self._banner = banner
        self._file = path.open("ab", buffering=0)
        self.reopen()

    def write(self, *texts: str) -> None:
        """Write whole lines; the first of them ends a line that was begun."""
        self.put("".join(f"{text}\n" for text in texts))

    def put(self, text: str) -> None:
        """Write whatever it is: a line without its end waits for it."""
        self._file.write(text.encode())
        *whole, self._half = (self._half + text).split("\n")
        self.lines += whole

    def reopen(self) -> None:
        """Go on in the file that has the name now. A line that was begun is not ended any more."""
        if self._half:
            self.lines.append(self._half)
            self._half = ""
        self._file.close()
        self._file = self.path.open("ab", buffering=0)
        if self._banner and not os.fstat(self._file.fileno()).st_size:
            self.write(self._banner)

    def rotate(self, kind: str) -> Iterator[str]:
        """Rotate once; what lies between two steps can be seen by others."""
        old = [(number, packed) for packed in ("", ".gz") for number in self._old(packed)]
        for number, packed in sorted(old, reverse=True):
            self._named(number, packed).rename(self._named(number + 1, packed))
            yield "moved one"
        if kind == "copytruncate":
            shutil.copyfile(self.path, self._named(1))
            yield "copied"
            os.truncate(self.path, 0)
        else:
            self.path.rename(self._named(1))
            yield "renamed"
            self.path.touch()
            yield "created"
            if kind == "compress":
                self.reopen()
        yield "rotated"
        if kind == "compress":
            yield from self._compress(1)
        if kind == "delaycompress":
            for number in sorted(self._old("")):
                if number > 1:
                    yield from self._compress(number)

    def _compress(self, number: int) -> Iterator[str]:
        plain, packed = self._named(number), self._named(number, ".gz")
        data = gzip.compress(plain.read_bytes())
        with packed.open("wb", buffering=0) as file:
            yield "begun to compress"
            file.write(data[: len(data) // 2])
            yield "half compressed"
            file.write(data[len(data) // 2 :])
        there = plain.stat()
        os.utime(packed, ns=(there.st_atime_ns, there.st_mtime_ns))
        yield "compressed"
        plain.unlink()
        yield "deleted"

    def forget(self, most: int) -> None:
        """Delete the oldest, so that `most` are left."""
        for packed in ("", ".gz"):
            for number in self._old(packed):
                if number > most:
                    self._named(number, packed).unlink()

    def _named(self, number: int, packed: str = "") -> Path:
        return self.path.with_name(f"{self.path.name}.{number}{packed}")

    def _old(self, packed: str) -> list[int]:
        names = [path.name for path in self.path.parent.glob(f"{self.path.name}.*")]
        texts = [name.removeprefix(f"{self.path.name}.") for name in names]
        return [
            int(text.removesuffix(packed)) for text in texts
            if text.endswith(packed) and text.removesuffix(packed).isdecimal()
        ]  # fmt: skip

    def close(self) -> None:
        """End the writing; the last line ends."""
        if self._half:
            self.write("")
        self._file.close()
