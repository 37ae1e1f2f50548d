"""Objectives of [slo]: the words of `slo_words`, each with a value in the unit that fits."""

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from wavetank import units
from wavetank.scenario.resolved import Objective
from wavetank.scenario.schema.leaf import Misfit, shown
from wavetank.scenario.slo_words import (
    SLO_WORDS,
    WINDOWS,
    WITH_WINDOWS,
    has_windows,
    labels_of,
    slo_word,
)


class Unknown(Misfit):
    """A name that is not known, or has no place here: the key is at fault, not its value."""


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
    bounds: list[Objective] = []
    for written in _written(slo):
        where, window, word = written.where, written.window, written.word
        quantity = _quantity(word, where, classes, faults)
        if window:
            _check_window(window, word, where, faults)
        try:
            bound = bound_of(quantity, written.value)
        except ValueError as error:
            raise Misfit(str(error), *where) from None
        metric = slo_word(word, classes, faults).metric
        bounds.append(Objective(f"{metric}@{window}" if window else metric, bound))
    return tuple(bounds)


class _Written(NamedTuple):
    """One bound: its path as written, its window ("": the whole run), the word with its label, the value."""

    where: tuple[str, ...]
    window: str
    word: str
    value: Any


def _written(slo: Mapping[str, Any]) -> Iterator[_Written]:
    """Yield every bound, those of the windows too."""
    for key, value in slo.items():
        if key in WINDOWS:
            if not isinstance(value, dict) or not value:
                raise Misfit(f'a window needs bounds; write {key}.event_latency_p99 = "30s"', key)
            yield from _flat(value, key)
        else:
            yield from _flat({key: value}, "")


def _flat(slo: Mapping[str, Any], window: str) -> Iterator[_Written]:
    """Yield the bounds of a window, whether written a.b = ... or "a.b" = ..."""
    before = (window,) if window else ()
    for key, value in slo.items():
        if isinstance(value, dict):
            if not value:
                message = f"an empty table bounds nothing; write {key}.LABEL, or the bound"
                raise Misfit(message, *before, key)
            if not window and key.partition(".")[0] not in SLO_WORDS:
                raise Unknown(_neither(key), key)
            for label, bound in value.items():
                yield _Written((*before, key, label), window, f"{key}.{label}", bound)
        else:
            yield _Written((*before, key), window, key, value)


def _neither(key: str) -> str:
    near = get_close_matches(key, (*WINDOWS, *SLO_WORDS), n=1)
    hint = f"did you mean {near[0]}?" if near else f"the windows are {', '.join(WINDOWS)}"
    return f"neither a window nor a metric that can be bounded; {hint}"


def _check_window(window: str, word: str, where: tuple[str, ...], faults: int) -> None:
    if not has_windows(word):
        known = " and ".join(WITH_WINDOWS)
        raise Unknown(f"only {known} are known by window; bound it in [slo], for the whole run", *where)
    if not faults:
        message = "there is no fault, so there is nothing before, during or after it; bound it in [slo]"
        raise Unknown(message, window)


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


def bound_of(quantity: str, value: Any) -> float:
    """Return a bound in s, per s, bytes, of one or as a count.

    Raises Misfit or UnitError where the value does not fit.
    """
    if quantity in _QUANTITIES:
        wanted, example, parse, scale = _QUANTITIES[quantity]
        if isinstance(value, str):
            return float(parse(value) / scale)
        raise Misfit(f'{shown(value)} is not {wanted}; write one such as "{example}", in quotes')
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e18:
        raise Misfit(f"{shown(value)} is not a number from 0 to 1e18; write a plain number such as 0")
    return float(value)
