"""Opens files and standard input as chunks of whole lines, in any known compression and encoding."""

import bz2
import codecs
import gzip
import lzma
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from io import BufferedReader, FileIO
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from wavetank.imports.problems import ImportProblem

CHUNK_BYTES = 1 << 22  # 4 MiB: large enough that a chunk costs little, small against any memory
LONGEST_LINE = 1 << 26
"""A line of more characters than this ends the import: then it is no file of lines."""
STDIN = "-"

_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz"}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Chunk(NamedTuple):
    """Some whole lines without their ends, the number of the first, and the share of the file read."""

    lines: list[str]
    first: int
    share: float


class Text(NamedTuple):
    """An open file: how it is packed and encoded, and its lines."""

    packing: str
    encoding: str
    chunks: Iterator[Chunk]


def open_text(file: str, stack: ExitStack, size: int = CHUNK_BYTES) -> Text:
    """Open `file` ("-": standard input). Raises ImportProblem, also while its chunks are read."""
    try:
        raw: Any = sys.stdin.buffer if file == STDIN else stack.enter_context(BufferedReader(FileIO(file)))
        total = 0 if file == STDIN else Path(file).stat().st_size
    except OSError as error:
        raise ImportProblem(
            f"{file}: cannot be read ({error.strerror or error}); name a log or a table"
        ) from None
    head = _peek(raw)
    packing = next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "")
    stream = _unpacked(raw, packing, stack)
    first = _read(stream, size, file, packing, 1)
    encoding, skip = _encoding(first, file)
    return Text(packing, encoding, _chunks(stream, first[skip:], encoding, file, packing, raw, total, size))


def _peek(raw: Any) -> bytes:
    if not hasattr(raw, "peek"):
        return b""
    head: bytes = raw.peek(8)[:8]
    return head


def _unpacked(raw: Any, packing: str, stack: ExitStack) -> IO[bytes]:
    if packing == "gzip":
        return stack.enter_context(cast(IO[bytes], gzip.GzipFile(fileobj=raw)))
    if packing == "bzip2":
        return stack.enter_context(bz2.BZ2File(raw))
    if packing == "xz":
        return stack.enter_context(lzma.LZMAFile(raw))
    if packing == "zstd":
        # pyarrow is needed anyway, and brings a decompressor
        import pyarrow

        unpacked: IO[bytes] = stack.enter_context(pyarrow.CompressedInputStream(raw, "zstd"))
        return unpacked
    opened: IO[bytes] = raw
    return opened


def _read(stream: IO[bytes], size: int, file: str, packing: str, line: int) -> bytes:
    try:
        return stream.read(size)
    except (EOFError, zlib.error, lzma.LZMAError, OSError) as error:
        if not packing:
            raise ImportProblem(f"{file}: cannot be read ({error})") from None
        cat = {"gzip": "zcat", "zstd": "zstdcat", "bzip2": "bzcat", "xz": "xzcat"}[packing]
        raise ImportProblem(
            f"{file}: the {packing} file is cut off or damaged after line {line:,}; fetch it again, or take "
            f"what can be read: {cat} {file} | wavetank import -"
        ) from None


def _encoding(first: bytes, file: str) -> tuple[str, int]:
    """Return the encoding, and how many bytes its mark takes. A text that is not UTF-8 is Latin-1."""
    for mark, name in _MARKS:
        if first.startswith(mark):
            return name, len(mark)
    if b"\0" in first[:4096]:
        even, odd = first[:4096:2].count(0), first[1:4096:2].count(0)
        if max(even, odd) > len(first[:4096]) // 8 and min(even, odd) == 0:
            return ("utf-16-be" if even else "utf-16-le"), 0
        raise ImportProblem(f"{file}: not a text; wavetank import reads logs, tables and JSON")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(first)
    except UnicodeDecodeError:
        return "latin-1", 0
    return "utf-8", 0


def _chunks(
    stream: IO[bytes], data: bytes, encoding: str, file: str, packing: str, raw: Any, total: int, size: int
) -> Iterator[Chunk]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    rest, first = "", 1
    while data:
        lines = (rest + decoder.decode(data)).split("\n")
        rest = lines.pop()
        if len(rest) > LONGEST_LINE:
            raise ImportProblem(
                f"{file}: line {first + len(lines):,} is longer than {LONGEST_LINE:,} characters"
            )
        if lines:
            yield Chunk(_bare(lines), first, raw.tell() / total if total else 0.0)
            first += len(lines)
        data = _read(stream, size, file, packing, first)
    rest += decoder.decode(b"", final=True)
    if rest:
        yield Chunk(_bare([rest]), first, 1.0)


def _bare(lines: list[str]) -> list[str]:
    return [line[:-1] if line.endswith("\r") else line for line in lines] if "\r" in lines[0] else lines
