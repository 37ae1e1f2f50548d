"""Translate the words of a claim into a metric, and its limit into the metric's unit.

A claim may use a word of `[slo]` or the full name of a metric with its window. Values are kept in SI units
(s, 1/s, bytes, shares of 1) and written for people by `value_text` alone. A limit whose unit does not fit
the metric is refused (`Misfit`), never converted by guess.
"""

from difflib import get_close_matches
from typing import Any, NamedTuple

from wavetank import units
from wavetank.results.metrics import BY_NAME, is_metric, unit_of
from wavetank.results.windows import RECOVERY
from wavetank.scenario.objectives import bound_of
from wavetank.scenario.schema.leaf import Misfit, shown
from wavetank.scenario.slo_words import SLO_WORDS, has_windows, slo_word
from wavetank.studies import formatting

RATIO = "ratio"
"""A metric without a unit: written as a share, "5%", or as a plain number, 1.5."""
_QUANTITIES = {"s": "duration", "1": RATIO, "bytes": "size"}
_UNITS = {"duration": "s", "rate": "1/s", "share": "1", "size": "bytes", "number": ""}


class Measure(NamedTuple):
    """A metric with its window, and the kind of its values.

    Attributes
    ----------
    metric : str
        The full name: "event_latency_p99_s@during".
    quantity : str
        "duration", "rate", "size", "share", "number" or "ratio".
    """

    metric: str
    quantity: str

    @property
    def is_echo(self) -> bool:
        """Whether it is known only after a token life."""
        return self.metric.startswith("echo")

    @property
    def is_recovery(self) -> bool:
        """Whether it is about coming back from a fault."""
        return self.metric.startswith((RECOVERY, "echo"))


def measure_of(word: str, window: str = "") -> Measure:
    """Return what a word of a claim means: a word of [slo], or a metric by its full name.

    Raises Misfit where there is no such metric, or where it is not known by window.
    """
    stem, _, label = word.partition(".")
    if stem in SLO_WORDS:
        known = slo_word(stem)
        name, quantity = known.metric + (f".{label}" if label else ""), known.quantity
    else:
        name = word
        quantity = _QUANTITIES.get(unit_of(word), "number") if is_metric(word) else ""
        if quantity == "number" and unit_of(word).endswith("/s"):
            quantity = "rate"
    if not is_metric(name):
        near = get_close_matches(stem, [*SLO_WORDS, *BY_NAME], n=1)
        hint = f"did you mean {near[0]}?" if near else "docs/metrics.md has all"
        raise Misfit(f"{shown(word)} is no metric; {hint}")
    if window and not has_windows(name):
        raise Misfit(f"{shown(word)} is not known by window; only latencies of events and commands are")
    if quantity == "share" and unit_of(name) == "1":
        quantity = RATIO
    return Measure(f"{name}@{window}" if window else name, quantity)


def limit_of(quantity: str, value: Any) -> float:
    """Return a limit in the metric's unit: s, per s, bytes, 1. Raises Misfit where it does not fit."""
    try:
        if quantity == RATIO:
            return float(units.parse_share(value)) if isinstance(value, str) else bound_of("number", value)
        if quantity == "duration" and value == 0:
            return 0.0
        return bound_of(quantity, value)
    except Misfit:
        raise
    except ValueError as error:
        raise Misfit(str(error)) from None


def value_text(quantity: str, value: float | None) -> str:
    """Return a value in words: "1 min 26 s", "4.7 %", "1.5"; "never" for infinite.

    Examples
    --------
    >>> value_text("duration", 86.0), value_text("ratio", 0.047)
    ('1 min 26 s', '4.7 %')
    """
    if value is None:
        return formatting.NEVER
    if quantity == "duration":
        return formatting.duration(value)
    if quantity in (RATIO, "share"):
        return f"{value:.3g}" if value > 1 else f"{100 * value:.3g} %"
    if quantity == "size":
        return formatting.figure("bytes_up_per_agent_day", value)
    if quantity == "rate":
        return f"{value:.3g}/s"
    return f"{int(value):,}" if float(value).is_integer() and abs(value) < 1e12 else f"{value:,.3g}"
