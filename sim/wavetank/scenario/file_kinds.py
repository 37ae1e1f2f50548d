"""Tells what a file is by its first bytes and its ending, for messages about a file of the wrong kind."""

import codecs
from pathlib import PurePath

HEAD_BYTES = 4096
"""A page: enough to tell a kind, an encoding and a header by."""

_MAGIC = {
    b"\x1f\x8b": "a gzip file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ\x00": "an xz file",
    b"PAR1": "a Parquet file",
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"SQLite format 3\x00": "an SQLite database",
}
_ENDINGS = {
    ".csv": "a CSV table",
    ".tsv": "a table separated by tabs",
    ".parquet": "a Parquet file",
    ".json": "JSON",
    ".jsonl": "JSON lines",
    ".ndjson": "JSON lines",
    ".log": "a log",
    ".gz": "a gzip file",
    ".zst": "a zstd file",
    ".bz2": "a bzip2 file",
    ".xz": "an xz file",
    ".xlsx": "a spreadsheet",
    ".yml": "YAML",
    ".yaml": "YAML",
    ".conf": "a configuration",
}
_UNREADABLE = ("a zip archive or a spreadsheet", "a spreadsheet", "an SQLite database")
_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_ZEROS = 8
"""One byte in so many is zero in UTF-16 of a Latin text at the very least: in fact it is every other one."""


def packed_kind(head: bytes) -> str:
    """Return what a file is that is no text, by its first bytes, such as "a gzip file"; "" for any other."""
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), "")


def data_kind(name: str, head: bytes) -> str:
    """Return what a file is that holds data rather than a scenario, by bytes and ending; "" if it does not.

    Examples
    --------
    >>> data_kind("arrivals.csv", b"time,client")
    'a CSV table'
    """
    return packed_kind(head) or _ENDINGS.get(PurePath(name).suffix.lower(), "")


def instead_of_scenario(kind: str, name: str) -> str:
    """Return the message about a data file that was given for a scenario."""
    if kind in _UNREADABLE:
        advice = "save the table as CSV, then: wavetank import FILE.csv --out NAME"
        return f"this is {kind}, not a scenario; {advice}"
    return f"this is {kind}, not a scenario; make one of it: wavetank import {name} --out NAME"


def encoding_of(data: bytes) -> str:
    """Return the name of the encoding of a text: UTF-8, UTF-16, UTF-32, or Latin-1 for any other.

    The data may be cut within a character.
    """
    for mark, name in _MARKS.items():
        if data.startswith(mark):
            return name
    head = data[:HEAD_BYTES]
    if head.count(0) > len(head) // _ZEROS:
        return "UTF-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return "Latin-1"
    return "UTF-8"


def converting(encoding: str) -> str:
    """Return how to turn a text into UTF-8."""
    return f"save it as UTF-8 (iconv -f {encoding} -t UTF-8 FILE > NEW)"
