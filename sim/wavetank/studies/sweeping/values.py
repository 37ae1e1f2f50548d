"""Values of a sweep, as they are written and in SI units.

A value is kept as it was written, for the scenario and for titles, and as a number in SI units, for axes
and tables.
"""

from collections.abc import Callable

from wavetank import units
from wavetank.errors import UnitError
from wavetank.scenario import Override
from wavetank.scenario.overrides import parse

Typed = int | float | bool | str
_PARSERS: tuple[tuple[Callable[[str], object], int, str], ...] = (
    (units.parse_duration, units.SECOND, "s"),
    (units.parse_size, 1, "bytes"),
    (units.parse_rate, 1, "1/s"),
    (units.parse_share, 1, "share"),
)
"""How texts are read, what one SI unit is in what comes out, and its name."""


def parts_of(text: str) -> list[str]:
    """Cut a text at commas outside of quotes and brackets."""
    parts, depth, quote, part = [], 0, "", ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == "," and depth <= 0:
            parts.append(part.strip())
            part = ""
            continue
        else:
            depth += (letter in "[{(") - (letter in ")}]")
        part += letter
    return [*parts, part.strip()]


def typed(text: str) -> Typed:
    """Return a value in SI units: "5min" as 300.0, "20%" as 0.2, "4" as 4; other texts as they are."""
    return measured(text)[0]


def measured(text: str) -> tuple[Typed, str]:
    """Return a value in SI units, and the name of its unit, "" for none."""
    value = parse(Override(f"v={text}")).value
    if isinstance(value, bool | int | float):
        return value, ""
    if not isinstance(value, str):
        return text, ""
    for read, scale, unit in _PARSERS:
        try:
            return float(read(value)) / scale, unit  # type: ignore[arg-type]
        except UnitError:
            continue
    return value, ""
