"""Columns of requests, into which every format is turned."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wavetank.imports.problems import Drop

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Block(NamedTuple):
    """Requests of some lines of a file, a row each. NaN (of clients: "") stands for what a line lacks.

    `stamps_s` is the time the line says, in seconds since 1970; `at_end` when that is the end of the
    request, so that it arrived `service_s` earlier. `up_bytes` went to the server, `down_bytes` came back.
    `weights` says how many requests a row stands for; None: one each.
    """

    lines: Ints
    stamps_s: Floats
    clients: Sequence[str]
    service_s: Floats
    up_bytes: Floats
    down_bytes: Floats
    at_end: bool
    drops: tuple[Drop, ...] = ()
    weights: Ints | None = None


def block(
    lines: Sequence[int],
    *,
    stamps_s: Sequence[float] | Floats | None = None,
    clients: Sequence[str] | None = None,
    service_s: Sequence[float] | Floats | None = None,
    up_bytes: Sequence[float] | Floats | None = None,
    down_bytes: Sequence[float] | Floats | None = None,
    at_end: bool = False,
    drops: Sequence[Drop] = (),
    weights: Sequence[int] | None = None,
) -> Block:
    """Make a block; columns that are not given are unknown."""
    count = len(lines)

    def column(values: Any) -> Floats:
        return np.full(count, np.nan) if values is None else np.asarray(values, dtype=np.float64)

    return Block(
        np.asarray(lines, dtype=np.int64),
        column(stamps_s),
        [""] * count if clients is None else clients,
        column(service_s),
        column(up_bytes),
        column(down_bytes),
        at_end,
        tuple(drops),
        None if weights is None else np.asarray(weights, dtype=np.int64),
    )


def numbers(texts: Sequence[str], factor: float = 1.0, comma: bool = False) -> Floats:
    """Values of texts times `factor`; NaN where there is none ("-", "", or below zero as -1 in HAProxy's)."""
    if not any(texts):
        return np.full(len(texts), np.nan)
    if comma:
        texts = [text.replace(".", "").replace(",", ".") for text in texts]
    try:
        values = np.array(list(map(float, texts)), dtype=np.float64)
    except (ValueError, TypeError):
        values = np.array([_number(text) for text in texts], dtype=np.float64)
    values[~np.isfinite(values) | (values < 0)] = np.nan
    return values * factor


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return np.nan
