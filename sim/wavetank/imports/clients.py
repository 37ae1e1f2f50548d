"""Requests by client: how many, and how evenly they come."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wavetank.imports.records import Floats, Ints

MOST_CLIENTS = 200_000  # some 30 MB of names and counts


class PerClient(NamedTuple):
    """A row for each client: its name, its requests, the coefficient of variation of its gaps (or NaN)."""

    names: tuple[str, ...]
    requests: Ints
    gap_cv: Floats


class _Codes(dict[str, int]):
    def __missing__(self, name: str) -> int:
        if len(self) >= MOST_CLIENTS:
            return -1
        self[name] = code = len(self)
        return code


class Clients:
    """Counts requests of each client, of at most 200,000; `others` counts requests of further ones."""

    def __init__(self) -> None:
        self._codes = _Codes()
        self._requests: Ints = np.zeros(0, dtype=np.int64)
        self._last_s: Floats = np.zeros(0)
        self._gaps = np.zeros((3, 0))
        self.others = 0
        self.unknown = 0

    def add(self, names: Sequence[str], times_s: Floats, weights: Ints | None = None) -> None:
        """Count requests of clients of these names at these times."""
        code = np.fromiter(
            (self._codes[name] if name else -2 for name in names), dtype=np.int64, count=len(names)
        )
        self.others += int((code == -1).sum())
        self.unknown += int((code == -2).sum())
        self._grow()
        known = code >= 0
        code, times_s = code[known], times_s[known]
        if not len(code):
            return
        np.add.at(self._requests, code, 1 if weights is None else weights[known])
        order = np.lexsort((times_s, code))
        code, times_s = code[order], times_s[order]
        new = np.concatenate(([True], code[1:] != code[:-1]))
        before = np.concatenate(([0.0], times_s[:-1]))
        before[new] = self._last_s[code[new]]
        gap = times_s - before
        met = np.isfinite(gap) & (gap >= 0)
        for row, values in zip(self._gaps, (np.ones_like(gap), gap, gap * gap), strict=True):
            np.add.at(row, code[met], values[met])
        ends = np.concatenate((np.flatnonzero(new)[1:] - 1, [len(code) - 1]))
        self._last_s[code[ends]] = times_s[ends]

    def _grow(self) -> None:
        more = len(self._codes) - len(self._requests)
        self._requests = np.pad(self._requests, (0, more))
        self._last_s = np.pad(self._last_s, (0, more), constant_values=np.nan)
        self._gaps = np.pad(self._gaps, ((0, 0), (0, more)))

    def table(self) -> PerClient:
        """Return every client in the order in which they came."""
        count, total, square = self._gaps
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = total / count
            cv = np.sqrt(np.maximum(0.0, square / count - mean * mean)) / mean
        cv[count < 10] = np.nan
        return PerClient(tuple(self._codes), self._requests, cv)
