"""What [slo] bounds: the words of `slo_words`, each with a value in the unit that fits."""

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from wavetank import units
from wavetank.scenario.resolved import Objective
from wavetank.scenario.schema.leaf import Misfit, shown
from wavetank.scenario.slo_words import SLO_WORDS, labels_of, slo_word


class Unknown(Misfit):
    """A name that is not known: the key is at fault, not its value."""


class _Quantity(NamedTuple):
    what: str
    example: str
    parse: Callable[[str], Any]
    scale: int


_QUANTITIES = {
    "duration": _Quantity("a duration", "30s", units.parse_duration, units.SECOND),
    "rate": _Quantity("a rate", "20/s", units.parse_rate, 1),
    "share": _Quantity("a share", "70%", units.parse_share, 1),
    "size": _Quantity("a size", "50MB", units.parse_size, 1),
}


def objectives(slo: Mapping[str, Any], classes: tuple[str, ...], faults: int) -> tuple[Objective, ...]:
    """The upper bounds of [slo] on metrics (in s, per s, bytes, shares of one, counts), in order.

    Raises Misfit, leading to the key at fault.
    """
    found: list[Objective] = []
    for where, word, value in _flat(slo):
        quantity = _quantity(word, where, classes, faults)
        try:
            bound = _bound(quantity, value)
        except ValueError as error:
            raise Misfit(str(error), *where) from None
        found.append(Objective(slo_word(word, classes, faults).metric, bound))
    return tuple(found)


def _flat(slo: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    """(path as written, word with its label, bound), whether written a.b = ... or "a.b" = ..."""
    for key, value in slo.items():
        if isinstance(value, dict):
            if not value:
                raise Misfit(f"an empty table bounds nothing; write {key}.LABEL, or the bound", key)
            for label, bound in value.items():
                yield (key, label), f"{key}.{label}", bound
        else:
            yield (key,), key, value


def _quantity(word: str, where: tuple[str, ...], classes: tuple[str, ...], faults: int) -> str:
    stem = word.partition(".")[0]
    if stem not in SLO_WORDS:
        near = get_close_matches(stem, SLO_WORDS, n=1)
        hint = f"did you mean {near[0]}?" if near else 'write metrics such as event_latency_p99 = "30s"'
        raise Unknown(f"not a metric that can be bounded; {hint}", *where)
    try:
        return slo_word(word, classes, faults).quantity
    except KeyError:
        labels = ", ".join(labels_of(stem, classes, faults)) or "none"
        raise Unknown(f"{stem} has no such label; known: {labels}", *where) from None


def _bound(quantity: str, value: Any) -> float:
    if quantity in _QUANTITIES:
        what, example, parse, scale = _QUANTITIES[quantity]
        if isinstance(value, str):
            return float(parse(value) / scale)
        raise Misfit(f'{shown(value)} is not {what}; write one such as "{example}", in quotes')
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e18:
        raise Misfit(f"{shown(value)} is not a number from 0 to 1e18; write a plain number such as 0")
    return float(value)
