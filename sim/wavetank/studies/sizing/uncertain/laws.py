"""Laws of uncertain inputs, read from texts: KEY={law="uniform",low=8000,high=12000}.

A law says what is not known of an input, not what changes from run to run. All laws lie between two ends.
They are uniform, log-uniform and triangular (docs/studies.md, "When inputs are not known").
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import sqrt
from typing import NamedTuple

from wavetank.errors import ScenarioError
from wavetank.scenario import Override
from wavetank.scenario.overrides import parse
from wavetank.studies.sweeping.axes import Axis, axis_of

SOURCE = "--uncertain"
LAWS = ("uniform", "log-uniform", "triangular")
EXAMPLE = 'fleet.agents={law="uniform",low=8000,high=12000}'


class Uncertain(NamedTuple):
    """An input of which a law is known.

    Attributes
    ----------
    axis : Axis
        The key with its range.
    law : str
        One of `LAWS`.
    mode : float
        Of a triangular law: where on the way from the low to the high end the most likely value is.
    """

    axis: Axis
    law: str
    mode: float = 0.5

    def text_at(self, quantile: float) -> str:
        """Return the value of a quantile between 0 and 1."""
        span = self.axis.span
        assert span is not None
        share = self._share(quantile)
        return span.whole_at(share) if span.whole else span.at(Fraction(share))

    def _share(self, quantile: float) -> float:
        """How far on the way from the low to the high end a quantile lies."""
        if self.law == "triangular":
            if quantile < self.mode:
                return sqrt(quantile * self.mode)
            return 1 - sqrt((1 - quantile) * (1 - self.mode))
        if self.law == "log-uniform":
            span = self.axis.span
            assert span is not None
            ratio = float(span.high / span.low)
            return float((ratio**quantile - 1) / (ratio - 1))
        return quantile


def uncertain_of(texts: Mapping[str, object] | Sequence[str]) -> tuple[Uncertain, ...]:
    """Return the uncertain inputs of texts such as `KEY={law="uniform",low=8000,high=12000}`.

    Raises ScenarioError, at the number of the text.
    """
    if isinstance(texts, Mapping):
        texts = [f"{key}={law}" for key, law in texts.items()]
    inputs = tuple(_read(text, number) for number, text in enumerate(texts, start=1))
    keys = [each.axis.key for each in inputs]
    for number, key in enumerate(keys, start=1):
        if key in keys[: number - 1]:
            raise ScenarioError(f"{key} has two laws; give one", SOURCE, number, 1)
    return inputs


def _read(text: str, number: int) -> Uncertain:
    key, _, _ = text.partition("=")
    column = len(key) + 2

    def wrong(message: str) -> ScenarioError:
        return ScenarioError(message, SOURCE, number, column)

    table = parse(Override(text, number, SOURCE)).value
    if not isinstance(table, dict) or "law" not in table:
        raise wrong(f"{key} needs a law, such as {EXAMPLE}")
    if table["law"] not in LAWS:
        raise wrong(f"there is no law {table['law']!r} for an uncertain input; take {', '.join(LAWS)}")
    if key.startswith("slo."):
        raise wrong(f"{key}: an objective is a choice and not uncertain")
    wanted = {"law", "low", "high", *(("mode",) if table["law"] == "triangular" else ())}
    if set(table) != wanted:
        raise wrong(f"the law {table['law']} has {', '.join(sorted(wanted - {'law'}))}")
    try:
        axis = axis_of(f"{key}={table['low']}..{table['high']}", number)
    except ScenarioError as error:
        raise wrong(error.message) from None
    assert axis.span is not None
    if table["law"] == "log-uniform" and axis.span.low <= 0:
        raise wrong("a log-uniform law begins above 0")
    mode = _mode(axis, str(table["mode"])) if table["law"] == "triangular" else 0.5
    if mode is None:
        raise wrong(f"mode {table['mode']}: between low and high, and in the same unit")
    return Uncertain(axis, table["law"], mode)


def _mode(axis: Axis, text: str) -> float | None:
    """Where on the way from the low to the high end a value lies; None beyond them, or in another unit."""
    span = axis.span
    assert span is not None
    unit = span.unit
    try:
        value = Fraction(text.removesuffix(unit) if unit else text)
    except ValueError:
        return None
    return float((value - span.low) / (span.high - span.low)) if span.low <= value <= span.high else None
