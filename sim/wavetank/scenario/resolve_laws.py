"""Laws and sources as numbers, and the table of measured values that empirical laws share."""

import csv
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path as FilePath

from wavetank.errors import ScenarioError, UnitError
from wavetank.policy.arrivals import NO_SOURCE, Source, make_source
from wavetank.policy.laws import NO_LAW, Law
from wavetank.policy.registry import LAWS
from wavetank.scenario.positions import Path
from wavetank.scenario.schema.laws import SizeLaw, TimeLaw
from wavetank.scenario.tree import Tree
from wavetank.units import parse_duration, parse_size

MOST_VALUES = 1_000_000
"""Quantiles of more are the same to six digits."""

MOST_BYTES = 100_000_000
"""A million values of up to 100 characters."""


class Laws:
    """Turns laws of the schema into those of `policy`, gathering measured values on the way."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._values: list[int] = []
        self._known: dict[tuple[str, str, bool], tuple[int, int]] = {}

    def empirical(self) -> tuple[int, ...]:
        """All measured values (ns or bytes); each empirical law is a range of them."""
        return tuple(self._values)

    def law(self, law: TimeLaw | SizeLaw | None, path: Path) -> Law:
        """The law that stands at `path`; NO_LAW where there is none."""
        if law is None:
            return NO_LAW
        kind = LAWS[law.law]
        if law.law == "deterministic":
            return Law(kind, 0.0, 0.0, law.mean, 0)
        if law.law == "uniform":
            return Law(kind, 0.0, 0.0, law.low, law.high)
        if law.law == "empirical":
            return Law(kind, 0.0, 0.0, *self._range(law, path))
        return Law(kind, float(law.mean), float(law.k) if law.law == "erlang" else law.cv, 0, 0)

    def source(
        self,
        kind: int,
        rate: Fraction,
        profile: tuple[tuple[int, float], ...] = (),
        think: Law = NO_LAW,
        size: Law = NO_LAW,
        phase_ns: int = -1,
    ) -> Source:
        """A source of events; no rate and no think time make none."""
        if not rate and think == NO_LAW:
            return NO_SOURCE
        return make_source(kind, float(rate), profile, think, size, phase_ns)

    def _range(self, law: TimeLaw | SizeLaw, path: Path) -> tuple[int, int]:
        file = self._tree.folder((*path, "file")) / law.file
        timed = isinstance(law, TimeLaw)
        known = (str(file), law.column, timed)
        if known not in self._known:
            values = _column(file, law.column, parse_duration if timed else parse_size, self._tree, path)
            self._known[known] = (len(self._values), len(self._values) + len(values))
            self._values += values
        return self._known[known]


def _column(file: FilePath, column: str, parse: Callable[[str], int], tree: Tree, path: Path) -> list[int]:
    """The values of one column of a CSV file with a header, each with its unit."""
    values: list[int] = []
    try:
        if file.exists() and not (file.is_file() and file.stat().st_size <= MOST_BYTES):
            raise tree.error((*path, "file"), f"no file of at most {MOST_BYTES:,} bytes; give a CSV file")
        # utf-8-sig: spreadsheets begin their CSV files with a byte order mark
        with file.open(newline="", encoding="utf-8-sig") as stream:
            rows = csv.DictReader(stream, strict=True)
            if column not in (rows.fieldnames or ()):
                raise tree.error(
                    (*path, "column"), f"the file has no such column; it needs a header with {column}"
                )
            for row in rows:
                values.append(_value(row[column], parse, str(file), rows.line_num))
                if len(values) > MOST_VALUES:
                    raise tree.error(
                        (*path, "file"), f"more than {MOST_VALUES:,} values; take a sample of them"
                    )
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a CSV text"
        raise tree.error(
            (*path, "file"), f"cannot be read ({reason}); give a CSV file with a header"
        ) from None
    if not values:
        raise tree.error((*path, "file"), "the file has no values; give at least one row below the header")
    return values


def _value(text: str | None, parse: Callable[[str], int], file: str, line: int) -> int:
    try:
        return parse((text or "").strip())
    except UnitError as error:
        raise ScenarioError(str(error), file, line, 1) from None
