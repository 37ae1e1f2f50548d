"""Group clients into classes that send at about the same rate."""

from typing import NamedTuple

import numpy as np

from wavetank.imports.clients import PerClient
from wavetank.imports.records import Floats, Ints
from wavetank.imports.special import chi2_sf

MOST_CLASSES = 6  # as many as a person tells apart
LEVEL = 0.001  # a class is split at this level; low, since up to eleven tests are made
REGULAR_CV = 0.3
"""Clients whose gaps vary less than this send in a rhythm of their own."""


class ClientClass(NamedTuple):
    """Clients that are alike: how many, their requests, and whether their gaps are about equal.

    `dispersion` is the variance of requests per client over their mean; 1 where only chance tells them apart.
    """

    clients: int
    requests: int
    regular: bool
    dispersion: float


def classes_of(table: PerClient) -> tuple[ClientClass, ...]:
    """Split clients by their number of requests until chance explains what is left, the busiest class first.

    A class is split in two where the square roots of the counts (whose variance is the same for any mean)
    fall apart best; at most six classes are made.
    """
    order = np.argsort(table.requests, kind="stable")
    requests, cv = table.requests[order], table.gap_cv[order]
    pieces = [(0, len(requests))] if len(requests) else []
    while len(pieces) < MOST_CLASSES:
        worst = max(pieces, key=lambda piece: _excess(requests[slice(*piece)]), default=None)
        if worst is None or _excess(requests[slice(*worst)]) <= 0:
            break
        at = worst[0] + _split(np.sqrt(requests[slice(*worst)]))
        pieces.remove(worst)
        pieces += [(worst[0], at), (at, worst[1])]
    return tuple(_class(requests[a:b], cv[a:b]) for a, b in sorted(pieces, reverse=True))


def _class(requests: Ints, cv: Floats) -> ClientClass:
    known = cv[np.isfinite(cv)]
    regular = bool(len(known)) and float(np.median(known)) < REGULAR_CV
    return ClientClass(len(requests), int(requests.sum()), regular, _dispersion(requests))


def _dispersion(requests: Ints) -> float:
    return float(requests.var(ddof=1) / requests.mean()) if len(requests) > 1 else 1.0


def _excess(requests: Ints) -> float:
    """The squared deviation beyond chance; 0 where the test of dispersion (Fisher 1950) sees none."""
    if len(requests) < 2 or requests[0] == requests[-1]:
        return 0.0
    df = len(requests) - 1
    chi2 = _dispersion(requests) * df
    return chi2 - df if chi2_sf(chi2, df) < LEVEL else 0.0


def _split(values: Floats) -> int:
    """Where to part ascending values so that the two parts vary the least within."""
    n = np.arange(1, len(values))
    total, squares = np.cumsum(values)[:-1], np.cumsum(values**2)[:-1]
    left = squares - total**2 / n
    rest, rest_n = values.sum() - total, len(values) - n
    right = (values**2).sum() - squares - rest**2 / rest_n
    # equal values stay together
    spread = np.where(values[1:] > values[:-1], left + right, np.inf)
    return int(np.argmin(spread)) + 1
