"""The names that rotations give: which there are, and which file is the older.

Names with numbers and names with dates are known. A name that fits neither is no rotation. Nothing is
opened here; which of these files is a known one is decided in `rotation`.
"""

import re
from collections.abc import Iterable

_ROTATED = re.compile(r"(?:[-._](?P<number>\d[\dT:._+-]*)|\.(?:old|prev))(?P<packed>\.gz)?")
_NUMBER_MOST_DIGITS = 4
"""More digits than that are a date: 2026, 20261130, 1764527400."""


def rotated(name: str, followed: str) -> bool:
    """Whether a file of this name can be what a rotation has left of the followed one.

    Examples
    --------
    >>> [rotated(name, "a.log") for name in ("a.log.1", "a.log-20261130.gz", "a-20261130.log", "a.log.bak")]
    [True, True, True, False]
    """
    return _suffix(name, followed) is not None


def is_compressed(name: str) -> bool:
    """Whether a file of this name is compressed."""
    return name.endswith(".gz")


def _suffix(name: str, followed: str) -> re.Match[str] | None:
    if name.startswith(followed):
        return _ROTATED.fullmatch(name, len(followed))
    stem, dot, extension = followed.rpartition(".")
    plain = name.removesuffix(".gz")
    if dot and stem and name.startswith(stem) and plain.endswith(f".{extension}"):
        return _ROTATED.fullmatch(plain, len(stem), len(plain) - len(extension) - 1)
    return None


def ages(names: Iterable[str], followed: str) -> dict[str, str] | None:
    """Keys that put the names of rotated files in order, oldest first.

    None where their names do not tell: some have a number, some a date, or neither.
    """
    texts = {name: _number(name, followed) for name in names}
    short = {len(text) <= _NUMBER_MOST_DIGITS for text in texts.values()}
    if "" in texts.values() or len(short) > 1:
        return None
    if False in short:
        return texts
    return {name: f"{10**_NUMBER_MOST_DIGITS - int(text):05}" for name, text in texts.items()}


def _number(name: str, followed: str) -> str:
    """The number or the date in a name, "" where there is none."""
    match = _suffix(name, followed)
    text = (match["number"] if match else None) or ""
    return text if text.isdecimal() or len(text) > _NUMBER_MOST_DIGITS else ""


__all__ = ["ages", "is_compressed", "rotated"]
