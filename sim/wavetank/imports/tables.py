"""Tables: CSV, TSV, semicolons or bars, and the columns that the user or a well-known header names."""

import csv
from collections.abc import Sequence
from typing import NamedTuple

from wavetank.imports.asking import ROLE_OF, ROLES, Asked
from wavetank.imports.problems import Drop, ImportProblem, shown
from wavetank.imports.reading import NOTHING, Found
from wavetank.imports.records import Block, block
from wavetank.imports.units import Units

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


class Header(NamedTuple):
    """The first line of a table: its separator, its columns, and whether they are names or values already."""

    separator: str
    names: tuple[str, ...]
    named: bool

    @property
    def told(self) -> str:
        """The columns for a message."""
        how = f"separated by a {SEPARATORS[self.separator]}" if len(self.names) > 1 else "a single one"
        return f"the columns are {', '.join(shown(name) for name in self.names[:30])} ({how})"


def header_of(file: str, first: str) -> Header:
    """Read the first line of a table. Raises ImportProblem for a column that comes twice."""
    separator = max(SEPARATORS, key=lambda mark: first.count(mark))
    names = tuple(name.strip() for name in next(csv.reader([first], delimiter=separator), []))
    if all(_is_value(name) for name in names):
        return Header(separator, tuple(str(index) for index in range(1, len(names) + 1)), False)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ImportProblem(f'{file}:1: the column "{shown(twice[0])}" comes twice; name each differently')
    return Header(separator, names, True)


def columns_of(file: str, header: Header, asked: Asked) -> dict[str, str]:
    """Return the column of each role. Raises ImportProblem where one is not there, or none is said."""
    if asked.columns:
        for name in asked.columns.values():
            if name not in header.names:
                raise ImportProblem(f'{file}:1: no column "{shown(name)}"; {header.told}')
        return asked.columns
    if asked.aspect and len(header.names) == 1:
        return {ROLE_OF[asked.aspect]: header.names[0]}
    raise ImportProblem(
        f"{file}: say what the columns hold with --column ROLE=NAME and one of {', '.join(ROLES)} as ROLE; "
        f"{header.told}"
    )


class TableReader:
    """Reads the rows of a table."""

    def __init__(self, file: str, header: Header, columns: dict[str, str], asked: Asked) -> None:
        self._header = header
        self._index = {role: header.names.index(name) for role, name in columns.items()}
        self._units = Units(file, asked)

    @property
    def name(self) -> str:
        """The name of the format."""
        return (
            f"table separated by a {SEPARATORS[self._header.separator]}" if self._wide else "column of values"
        )

    @property
    def _wide(self) -> bool:
        return len(self._header.names) > 1

    def read(self, lines: Sequence[str], first: int) -> Block:
        """Read these lines, past the header if it is among them."""
        skip = 1 if first == 1 and self._header.named else 0
        return self.take(*split(lines[skip:], first + skip, self._header))

    def take(self, rows: list[list[str]], kept: list[int], drops: Sequence[Drop] = ()) -> Block:
        """Make a block of rows that are as wide as the header; `kept` are their line numbers."""
        kept, rows, more = self._with_values(kept, rows)
        column = {role: [row[index] for row in rows] for role, index in self._index.items()}
        nothing = [""] * len(rows)
        return block(
            kept,
            stamps_s=self._units.instants(column["time"]) if "time" in column else None,
            clients=column.get("client"),
            service_s=self._units.durations(column.get("service", nothing), kept),
            up_bytes=self._units.sizes(column.get("up", nothing), kept),
            down_bytes=self._units.sizes(column.get("down", nothing), kept),
            drops=(*drops, *more),
        )

    def end(self) -> tuple[None, Found]:
        """Return nothing more: rows say all."""
        return None, NOTHING

    def _with_values(
        self, kept: list[int], rows: list[list[str]]
    ) -> tuple[list[int], list[list[str]], list[Drop]]:
        """Without the rows that have none of the values asked for."""
        index = tuple(self._index.values())
        some = [any(row[i].strip() for i in index) for row in rows]
        drops = [Drop(line, "no value") for line, good in zip(kept, some, strict=True) if not good]
        if not drops:
            return kept, rows, drops
        good = [position for position, has in enumerate(some) if has]
        return [kept[i] for i in good], [rows[i] for i in good], drops


Rows = tuple[list[list[str]], list[int], list[Drop]]
"""Rows, their line numbers, and what was left out."""


def split(lines: Sequence[str], first: int, header: Header) -> Rows:
    """Split lines into rows as wide as the header."""
    rows: list[list[str]] = []
    kept: list[int] = []
    drops: list[Drop] = []
    width = len(header.names)
    reader = csv.reader(lines, delimiter=header.separator)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return rows, kept, drops
        except csv.Error as error:
            drops.append(Drop(first + reader.line_num - 1, f"not a row ({error})"))
            continue
        if len(row) == width:
            rows.append(row)
            kept.append(first + reader.line_num - 1)
        elif row:
            drops.append(Drop(first + reader.line_num - 1, f"not {width} columns"))


def _is_value(text: str) -> bool:
    return text[:1].isdigit()
