"""Reads the measured values of an empirical law: one column of a CSV file with a header."""

import csv
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from wavetank.errors import ScenarioError, UnitError
from wavetank.scenario.file_kinds import HEAD_BYTES, converting, encoding_of, packed_kind
from wavetank.scenario.tree import printable
from wavetank.units import (
    DURATION_UNITS,
    MAX_DURATION_NS,
    MAX_SIZE_BYTES,
    SIZE_UNITS,
    parse_duration,
    parse_size,
)

MOST_VALUES = 1_000_000
"""Quantiles of more are the same to six digits."""
MOST_BYTES = 100_000_000
"""A million values of up to 100 characters."""
SHOWN_COLUMNS = 30
"""A message with more names than these is not read to its end."""
LONGEST_NUMBER = 40
"""More characters than any double, written in full, has; beyond it an exponent could fill the memory."""
BLOCK_BYTES = 1 << 20
"""Lines are counted in blocks of 1 MiB, which no memory notices."""

_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}

Complain = Callable[[str, str], ScenarioError]
"""Makes an error of a key of the law and a message."""


class Quantity(NamedTuple):
    """How values are read: with a unit of their own, or as numbers of `unit` ("" : none is said)."""

    timed: bool
    unit: str

    @property
    def units(self) -> Mapping[str, int]:
        """The units there are, in ns or bytes."""
        return DURATION_UNITS if self.timed else SIZE_UNITS

    def parse(self, text: str) -> int:
        """Whole ns or bytes of a text. Raises UnitError."""
        if self.unit and (number := _number(text)) is not None:
            return self._scaled(number, text)
        try:
            return self._own(text)
        except UnitError as error:
            if self.unit or _number(text) is None:
                raise
            example = 'unit = "ms"' if self.timed else 'unit = "B"'
            raise UnitError(f"{error}, or say the unit of the whole column in the law: {example}") from None

    def _scaled(self, number: Decimal, text: str) -> int:
        # A double has more digits than whole nanoseconds or bytes: it is rounded.
        value = round(number * self.units[self.unit])
        if value > (MAX_DURATION_NS if self.timed else MAX_SIZE_BYTES):
            most = "3650d" if self.timed else "1000TB"
            raise UnitError(f'"{printable(text, 40)}" ({self.unit}) is too much; the most is "{most}"')
        return value

    def _own(self, text: str) -> int:
        return parse_duration(text) if self.timed else parse_size(text)


def read_column(file: Path, column: str, quantity: Quantity, complain: Complain) -> list[int]:
    """Return the values of one column in ns or bytes.

    Raises ScenarioError, at the row for a value and at the law's key for anything else.
    """
    try:
        _check_size(file, complain)
        # utf-8-sig: spreadsheets begin their CSV files with a byte order mark
        with file.open(newline="", encoding="utf-8-sig") as stream:
            values = list(_values(csv.reader(stream, strict=True), file, column, quantity, complain))
    except UnicodeDecodeError:
        raise complain("file", _not_utf8(file.read_bytes())) from None
    except (OSError, csv.Error, ValueError) as error:
        reason = getattr(error, "strerror", None) or f"it is not a CSV text: {error}"
        raise complain("file", f"cannot be read ({reason}); give a CSV file with a header") from None
    if not values:
        raise complain("file", "the file has no values; give at least one row below the header")
    return values


def _check_size(file: Path, complain: Complain) -> None:
    """Refuse at once what is too large or no text: reading a million values takes seconds."""
    if file.exists() and not (file.is_file() and file.stat().st_size <= MOST_BYTES):
        raise complain("file", f"no file of at most {MOST_BYTES:,} bytes; give a CSV file")
    lines, quotes = 0, False
    with file.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
        if kind := packed_kind(head):
            raise complain("file", f"this is {kind}; give a CSV file with a header")
        if (encoding := encoding_of(head)) in ("UTF-16", "UTF-32"):
            raise complain("file", f"the text is {encoding}; {converting(encoding)}")
        block = head
        while block:
            lines += block.count(b"\n")
            quotes = quotes or b'"' in block
            block = stream.read(BLOCK_BYTES)
    if lines > MOST_VALUES + 1 and not quotes:  # a quoted value may hold lines
        raise _too_many(complain)


def _too_many(complain: Complain) -> ScenarioError:
    return complain("file", f"more than {MOST_VALUES:,} values; take a sample of them")


def _values(
    rows: Iterator[list[str]], file: Path, column: str, quantity: Quantity, complain: Complain
) -> Iterator[int]:
    index = _index([name.strip() for name in next(rows, [])], column, complain)
    for count, row in enumerate((row for row in rows if row), 1):
        if count > MOST_VALUES:
            raise _too_many(complain)
        try:
            yield quantity.parse(row[index].strip() if index < len(row) else "")
        except UnitError as error:
            line: int = rows.line_num  # type: ignore[attr-defined]
            raise ScenarioError(str(error), str(file), line, 1) from None


def _index(names: list[str], column: str, complain: Complain) -> int:
    """Where the column stands in the header."""
    if names.count(column) == 1:
        return names.index(column)
    if column in names:
        raise complain(
            "column", f'{names.count(column)} columns are called "{printable(column)}"; name each differently'
        )
    problem = f'the file has no column "{printable(column)}"'
    if not any(names):
        raise complain("column", f"{problem}: its first line is empty; it needs a header with {column}")
    shown = ", ".join(printable(name) for name in names[:SHOWN_COLUMNS])
    more = ", ..." if len(names) > SHOWN_COLUMNS else ""
    if all(name[:1].isdigit() for name in names):
        raise complain(
            "column",
            f"{problem}: its first line holds values ({shown}{more}); it needs a header with {column}",
        )
    advice = _separated(names) or "name one of them"
    raise complain("column", f"{problem}; its columns are: {shown}{more}; {advice}")


def _separated(names: list[str]) -> str:
    """Advice for a header that is separated by something else than commas; "" where commas are used."""
    line = ",".join(names)
    mark = max(_SEPARATORS, key=line.count)
    if line.count(mark) < len(names):
        return ""
    return f"they seem to be separated by {_SEPARATORS[mark]}, and commas are needed"


def _number(text: str) -> Decimal | None:
    """A bare number of zero or more, such as pandas writes it (1.25e-05)."""
    if len(text) > LONGEST_NUMBER or not text[:1].isdigit() or "_" in text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    most = 10 ** (LONGEST_NUMBER // 2)  # beyond all that a unit takes, and far from filling the memory
    return min(number, Decimal(most))


def _not_utf8(data: bytes) -> str:
    """Where a text is not UTF-8, and what it may be."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = f"line {line:,} has the byte 0x{data[error.start]:02x}"
        return f"{problem}, so it is not UTF-8 but most likely Latin-1; {converting('Latin-1')}"
    return "cannot be read as UTF-8; give a CSV file with a header"
