"""The keys that a study varies, read from texts: KEY=A,B,C, KEY=A..B:N or KEY=A..B.

The text is the same on the command line and in Python. A key that the scenario does not have, or a value
that it refuses, is told before anything runs.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from wavetank.errors import ScenarioError
from wavetank.scenario import Override
from wavetank.scenario.overrides import parse
from wavetank.studies.sweeping.values import parts_of

SOURCE = "--vary"
MOST_VALUES = 10_000
"""More values of one key are a slip: a grid of two such keys has more designs than a sweep takes."""
_RANGE = re.compile(r"(?P<low>[^.].*?)\.\.(?P<high>[^:]+)(?::(?P<count>.*))?", re.DOTALL)
_BOUND = re.compile(r"\s*(?P<number>[-+]?[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>[A-Za-zµ/%]*)\s*", re.ASCII)


class Range(NamedTuple):
    """From `low` to `high`, both in `unit` ("" for plain numbers); `whole`: both ends are whole numbers."""

    low: Fraction
    high: Fraction
    unit: str
    whole: bool

    def at(self, share: Fraction | float) -> str:
        """Return the text of the value at a share of the way from `low` to `high`."""
        value = self.low + (self.high - self.low) * Fraction(share)
        if value.denominator == 1:
            return f"{value.numerator}{self.unit}"
        text = f"{float(value):.6g}"
        if "e" in text:  # quantities are written without exponents
            text = f"{float(value):.12f}".rstrip("0").rstrip(".")
        return f"{text}{self.unit}"

    def whole_at(self, share: Fraction | float) -> str:
        """Return the nearest whole number, each with the same share of the way."""
        low, high = int(self.low), int(self.high)
        step = min(int((high - low + 1) * Fraction(share)), high - low)
        return f"{low + step}{self.unit}"


class Axis(NamedTuple):
    """One key that is varied.

    Attributes
    ----------
    key : str
        The key, as for --set.
    values : tuple of str
        The texts of its values, in the order given; empty for a range without a number of values.
    span : Range or None
        The range, where it is one.
    number : int
        Which --vary it is, from 1.
    """

    key: str
    values: tuple[str, ...]
    span: Range | None = None
    number: int = 1

    def setting(self, value: str) -> Override:
        """Return the override that gives the key a value."""
        return Override(f"{self.key}={value}", self.number, SOURCE)


def axes_of(vary: Mapping[str, Sequence[object] | str] | Sequence[str]) -> tuple[Axis, ...]:
    """Return the axes of texts such as "server.nodes=3,4,5", or of a dict from key to values.

    Raises ScenarioError, at the number of the text and the column in it.
    """
    if isinstance(vary, str):
        vary = [vary]
    if isinstance(vary, Mapping):
        texts = [f"{key}={_joined(values)}" for key, values in vary.items()]
    else:
        texts = list(vary)
    axes = tuple(axis_of(text, number) for number, text in enumerate(texts, start=1))
    seen: set[str] = set()
    for axis in axes:
        if axis.key in seen:
            raise ScenarioError(
                f"{axis.key} is varied twice; give all its values at once", SOURCE, axis.number, 1
            )
        seen.add(axis.key)
    return axes


def _joined(values: Sequence[object] | str) -> str:
    return values if isinstance(values, str) else ",".join(str(value) for value in values)


def axis_of(text: str, number: int = 1) -> Axis:
    """Read one text. Raises ScenarioError."""
    given = parse(Override(text, number, SOURCE))
    key, _, rest = text.partition("=")
    column = len(key) + 2
    if given.parts[-1][0] == "" or not rest.strip():
        raise ScenarioError(f"{key} has no values; write {key}=A,B,C or {key}=A..B:N", SOURCE, number, column)
    match = _RANGE.fullmatch(rest.strip())
    if match and "," not in rest and '"' not in rest:
        return _ranged(key, match, number, column)
    values = tuple(parts_of(rest))
    if not all(values) or len(set(values)) < len(values):
        raise ScenarioError(f"{rest}: each value once, with a comma between them", SOURCE, number, column)
    return Axis(key, values, None, number)


def _ranged(key: str, match: "re.Match[str]", number: int, column: int) -> Axis:
    def wrong(message: str) -> ScenarioError:
        return ScenarioError(f"{match[0]}: {message}", SOURCE, number, column)

    low, high = _BOUND.fullmatch(match["low"]), _BOUND.fullmatch(match["high"])
    if low is None or high is None:
        raise wrong("a range goes from a number to a number, such as 3..8:6 or 5min..30min:6")
    unit = high["unit"]
    if low["unit"] not in ("", unit) or (low["unit"] == "" and unit and low["number"] != "0"):
        asked = "both ends in the same unit"
        if low["unit"]:
            raise wrong(f"{asked}; {match['low']} and {match['high']} have different ones")
        raise wrong(f"{asked}, such as {low['number']}{unit}..{high['number']}{unit}")
    ends = Fraction(low["number"]), Fraction(high["number"])
    if ends[0] >= ends[1]:
        raise wrong("the first end is the lower one")
    span = Range(*ends, unit, all(end.denominator == 1 for end in ends))
    if match["count"] is None:
        return Axis(key, (), span, number)
    count = match["count"].strip()
    if not (count.isascii() and count.isdecimal() and 2 <= int(count) <= MOST_VALUES):
        raise wrong(f"behind the colon is how many values, from 2 to {MOST_VALUES:,}")
    return Axis(key, spread(span, int(count)), span, number)


def spread(span: Range, count: int) -> tuple[str, ...]:
    """Return values at equal distances, both ends among them; whole numbers where the range is whole."""
    texts = [span.at(Fraction(step, count - 1)) for step in range(count)]
    return tuple(dict.fromkeys(texts))


def fitted(axis: Axis, accepts: Callable[[Override], bool]) -> Axis:
    """Return the axis with whole numbers only, where its key takes no others.

    `accepts` tells whether the scenario is valid with an override.
    """
    span = axis.span
    if span is None or not span.whole:
        return axis
    if accepts(axis.setting(f"{float(span.low) + 0.5}{span.unit}")):
        return axis._replace(span=span._replace(whole=False))
    count = len(axis.values)
    width = span.high - span.low
    rounded = (f"{round(span.low + width * Fraction(step, count - 1))}{span.unit}" for step in range(count))
    return axis._replace(values=tuple(dict.fromkeys(rounded)))
