"""Value types of the schema: each checks one TOML value and says what would be right.

Values are kept as exact integers (ns, bytes), fractions, or the word that was written. Absence is 0,
"" or None. Nothing is converted between types: `true` is not 1 and 10.0 is not 10.
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from wavetank import units
from wavetank.scenario.tree import printable


class Misfit(ValueError):
    """A value that does not fit; `where` leads from the value checked to the part at fault."""

    def __init__(self, message: str, *where: str | int) -> None:
        super().__init__(message, *where)
        self.message = message
        self.where = where

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, eq=False)
class Leaf:
    """Marks a field as a value: its check, JSON Schema, and unit, range and default in words.

    `zero` says whether 0 is a value rather than absence.
    """

    check: Callable[[object], Any]
    json: dict[str, Any]
    unit: str
    span: str
    show: Callable[[Any], str] = str
    zero: bool = False

    def default_text(self, default: Any) -> str:
        """The default as a file would have it, "none" where it is absence."""
        if isinstance(default, bool) or (default == 0 and self.zero) or (default and default != -1):
            return self.show(default)
        return "none"

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return dict(self.json)


@dataclass(frozen=True, eq=False)
class ShortForm:
    """Marks a table that may also be written as a single value. `expand` makes the table from the value."""

    expand: Callable[[object], object]
    json: dict[str, Any]
    unit: str
    span: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.expand, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [dict(self.json), handler(schema)]}


def shown(value: object) -> str:
    """A TOML value as it would be written, cut short."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{printable(value, 40)}"'
    if isinstance(value, int):
        return str(value) if value.bit_length() < 64 else f"a whole number of {value.bit_length()} bits"
    if isinstance(value, dict):
        return "a table"
    return "an array" if isinstance(value, list) else printable(str(value), 40)


_ABSENT = "leave the key out for none, or write more than zero"


def _quantity(
    parse: Callable[[str], Any], kind: str, example: str, *, zero: bool
) -> Callable[[object], object]:
    def check(value: object) -> object:
        if isinstance(value, str):
            parsed = parse(value)
            if not parsed and not zero:
                raise Misfit(f'"{value}" is zero; {_ABSENT}')
            return parsed
        if isinstance(value, int | float) and not isinstance(value, bool):
            if not math.isfinite(value):
                raise Misfit(f'{value} is not a finite number; write {kind} such as "{example}"')
            if value == 0 and zero:
                return parse("0" + example.lstrip("0123456789"))
            if value == 0:
                raise Misfit(f"{shown(value)} is zero; {_ABSENT}")
            raise Misfit(f'{shown(value)} has no unit; write {kind} such as "{example}", in quotes')
        raise Misfit(f'{shown(value)} is not {kind}; write one such as "{example}"')

    return check


def _leaf(
    parse: Callable[[str], Any], kind: str, example: str, units_of: Any, show: Callable[[Any], str], span: str
) -> Callable[[bool], Leaf]:
    def make(zero: bool) -> Leaf:
        schema: dict[str, Any] = {"type": "string", "pattern": units.pattern(units_of), "examples": [example]}
        if zero:
            schema = {"anyOf": [schema, {"const": 0}]}
        check = _quantity(parse, kind, example, zero=zero)
        low = "0" if zero else "more than 0"
        return Leaf(check, schema, kind.partition(" ")[2], f"{low} to {span}", show, zero)

    return make


def _show_bandwidth(value: Fraction) -> str:
    return f"{float(value):g}B/s"


_DURATION = _leaf(
    units.parse_duration, "a duration", "10s", units.DURATION_UNITS, units.format_duration, "3650d"
)
_SIZE = _leaf(units.parse_size, "a size", "400B", units.SIZE_UNITS, units.format_size, "1000TB")
_RATE = _leaf(units.parse_rate, "a rate", "2/s", units.RATE_UNITS, units.format_rate, "1000000000/s")
_BANDWIDTH = _leaf(
    units.parse_bandwidth, "a bandwidth", "100Mbit/s", units.BANDWIDTH_UNITS, _show_bandwidth, "1000TB/s"
)


def _parse_loss(text: str) -> Fraction:
    share = units.parse_share(text)
    if share == 1:
        raise Misfit(f'{shown(text)} would let nothing arrive, ever; write less, such as "1%"')
    return share


_LOSS = _leaf(_parse_loss, "a share", "1%", units.SHARE_UNITS, units.format_share, "less than 100%")
_SHARE = _leaf(units.parse_share, "a share", "20%", units.SHARE_UNITS, units.format_share, "100%")

DURATION = _DURATION(True)
POSITIVE_SIZE = _SIZE(False)
Duration = Annotated[int, DURATION]
PositiveDuration = Annotated[int, _DURATION(False)]
Size = Annotated[int, _SIZE(True)]
PositiveSize = Annotated[int, POSITIVE_SIZE]
Rate = Annotated[Fraction, _RATE(True)]
PositiveRate = Annotated[Fraction, _RATE(False)]
Bandwidth = Annotated[Fraction, _BANDWIDTH(False)]
Share = Annotated[Fraction, _SHARE(True)]
Loss = Annotated[Fraction, _LOSS(True)]
PositiveShare = Annotated[Fraction, _SHARE(False)]


def whole(low: int, high: int) -> Leaf:
    """A whole number from `low` to `high`, written without quotes."""

    def check(value: object) -> object:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        number = isinstance(value, int) and not isinstance(value, bool)
        problem = "is out of range" if number else "is not a whole number"
        raise Misfit(f"{shown(value)} {problem}; write a whole number from {low:_} to {high:_}")

    schema = {"type": "integer", "minimum": low, "maximum": high}
    return Leaf(check, schema, "whole number", f"{low:_} to {high:_}", zero=low == 0)


def number(low: float, high: float) -> Leaf:
    """A number from `low` to `high`, written without quotes."""

    def check(value: object) -> object:
        right = f"write a number from {low:g} to {high:g}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Misfit(f"{shown(value)} is not a number; {right}")
        if isinstance(value, float) and not math.isfinite(value):
            raise Misfit(f"{value} is not a finite number; {right}")
        if not low <= value <= high:
            raise Misfit(f"{shown(value)} is out of range; {right}")
        return float(value)

    schema = {"type": "number", "minimum": low, "maximum": high}
    return Leaf(check, schema, "number", f"{low:g} to {high:_.12g}", lambda value: f"{value:g}")


def _flag(value: object) -> object:
    if isinstance(value, bool):
        return value
    raise Misfit(f"{shown(value)} is neither true nor false; write true or false, without quotes")


Flag = Annotated[
    bool, Leaf(_flag, {"type": "boolean"}, "-", "true, false", lambda v: "true" if v else "false")
]


def text(noun: str, most: int = 1000) -> Leaf:
    """Free text of 1 to `most` characters."""

    def check(value: object) -> object:
        if not isinstance(value, str) or not 0 < len(value) <= most:
            raise Misfit(f"{shown(value)} is not {noun}; write text of 1 to {most} characters in quotes")
        odd = next((c for c in value if not c.isprintable() and c not in "\n\t"), "")
        if odd:
            raise Misfit(f"{noun} with the control character U+{ord(odd):04X}; leave it out")
        return value

    return Leaf(
        check,
        {"type": "string", "minLength": 1, "maxLength": most},
        "text",
        f"{noun} of 1 to {most} characters",
    )


_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}", re.ASCII)


def _name(value: object) -> object:
    if isinstance(value, str) and _NAME.fullmatch(value):
        return value
    raise Misfit(f"{shown(value)} is not a name; write up to 64 letters, digits, - and _ in quotes")


Name = Annotated[
    str, Leaf(_name, {"type": "string", "pattern": f"^{_NAME.pattern}$"}, "name", "letters, digits, -, _")
]


def choice(words: Iterable[str]) -> Leaf:
    """One of a few words."""
    known = tuple(words)

    def check(value: object) -> object:
        word = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
        if isinstance(word, str) and word in known:
            return word
        near = get_close_matches(str(word), known, n=1) if isinstance(word, str) else []
        hint = f'did you mean "{near[0]}"? (known: ' if near else "write one of ("
        raise Misfit(f"{shown(value)} is not known; {hint}{', '.join(known)})")

    return Leaf(check, {"type": "string", "enum": list(known)}, "word", ", ".join(known))
