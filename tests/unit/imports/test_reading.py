"""Files as they come: packed, encoded, broken."""

import bz2
import gzip
import lzma
from contextlib import ExitStack
from pathlib import Path

import pyarrow
import pytest

from wavetank.imports.instants import Instants, instant
from wavetank.imports.opening import open_text
from wavetank.imports.problems import Drop, Drops, ImportProblem

LINES = [f"line {index} é" for index in range(1000)]
TEXT = "\n".join(LINES) + "\n"


def read(path: Path, size: int = 1000) -> tuple[str, list[str], list[int]]:
    """Encoding, lines, and the number of each chunk's first."""
    with ExitStack() as stack:
        text = open_text(str(path), stack, size)
        chunks = list(text.chunks)
    return (
        text.encoding,
        [line for chunk in chunks for line in chunk.lines],
        [chunk.first for chunk in chunks],
    )


def zstd(data: bytes) -> bytes:
    packed: bytes = pyarrow.compress(data, "zstd", asbytes=True)
    return packed


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, bz2.compress, lzma.compress, zstd], ids=["plain", "gz", "bz2", "xz", "zst"]
)
def test_packed_files_are_unpacked(pack: object, tmp_path: Path) -> None:
    assert callable(pack)
    path = tmp_path / "some"
    path.write_bytes(pack(TEXT.encode()))
    encoding, lines, firsts = read(path)
    assert (encoding, lines) == ("utf-8", LINES)
    assert firsts[0] == 1
    assert all(LINES[first - 1] == lines[first - 1] for first in firsts)
    assert len(firsts) > 3


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (TEXT.encode("utf-16"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("latin-1"), "latin-1"),
        (TEXT.replace("\n", "\r\n").encode(), "utf-8"),
    ],
)
def test_encodings_are_recognised(data: bytes, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "some"
    path.write_bytes(data)
    assert read(path)[:2] == (encoding, LINES)


def test_last_line_needs_no_end(tmp_path: Path) -> None:
    path = tmp_path / "some"
    path.write_text("a\nb")
    assert read(path)[1] == ["a", "b"]


def test_truncated_gzip_names_the_line_and_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(TEXT.encode())[:-40])
    with pytest.raises(ImportProblem, match=r"gzip file is cut off or damaged after line .*; .* zcat"):
        read(path)


def test_binary_and_absent_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "some"
    path.write_bytes(bytes(range(256)) * 8)
    with pytest.raises(ImportProblem, match="not a text"):
        read(path)
    with pytest.raises(ImportProblem, match="cannot be read"):
        read(tmp_path / "absent")


@pytest.mark.parametrize(
    "text",
    [
        "14/Nov/2023:22:13:20 +0000",
        "14/Nov/2023:23:13:20 +0100",
        "14/Nov/2023:22:13:20.000",
        "2023-11-14T22:13:20Z",
        "2023-11-14 22:13:20,000",
        "2023-11-14T22:13:20.000000000Z",
        "1700000000",
        "1700000000000",
        "1700000000000000000",
    ],
)
def test_instants_in_every_spelling(text: str) -> None:
    assert instant(text) == pytest.approx(1_700_000_000)
    assert Instants()[text] == instant(text)


def test_other_numbers_are_seconds_and_words_are_none() -> None:
    assert instant("12.5") == 12.5
    assert instant("yesterday") != instant("yesterday")


def test_drops_are_counted_by_reason_with_their_first_lines() -> None:
    drops = Drops()
    drops.add("a.log", [Drop(line, "odd") for line in range(5, 15)] + [Drop(3, "even")])
    assert drops.total == 11
    assert [str(reason) for reason in drops.reasons()] == [
        "a.log: 10 lines left out: odd (lines 5, 6, 7, ...)",
        "a.log: 1 line left out: even (line 3)",
    ]
