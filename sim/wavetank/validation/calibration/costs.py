"""From slices to costs: medians, differences, and one line through the batches."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wavetank.validation.calibration.operations import Operation
from wavetank.validation.calibration.readings import Slice

STREAMS = ("stateless", "stateful")
Floats = NDArray[np.float64]


class Spread(NamedTuple):
    """The median of some repetitions, the least and the greatest; in us."""

    low: float
    mid: float
    high: float

    def __str__(self) -> str:
        return f"{self.mid:.4g} us ({self.low:.4g} to {self.high:.4g})"


class Costs(NamedTuple):
    """CPU time of the server in us, as a cost card has it.

    Attributes
    ----------
    service : dict
        Each key of [service] with its cost.
    misfit : float
        The greatest relative error of the line through the batches, over all sizes and both streams.
    """

    service: dict[str, float]
    misfit: float


def spread(values: Sequence[float]) -> Spread:
    """The median with the least and the greatest."""
    return Spread(min(values), median(values), max(values))


def server_spreads(slices: Mapping[Operation, Sequence[Slice]]) -> dict[Operation, Spread]:
    """CPU time of the server for each request."""
    return {operation: spread([each.server_us for each in turns]) for operation, turns in slices.items()}


def costs_of(spreads: Mapping[Operation, Spread]) -> Costs:
    """Take the operations apart into what a card knows.

    An operation costs what its request costs less what reading one costs (`parse`), and less checking its
    token (`auth`). A batch costs `stream + events x per_event + bytes x per_byte`; the line goes through all
    measured batches of both streams, by least squares of the relative errors. What comes out below zero is
    zero: it is smaller than the spread.
    """
    by_name = {operation.name: each.mid for operation, each in spreads.items()}
    parse = by_name["parse"]
    auth = max(0.0, by_name["auth"] - parse)
    batches = [operation for operation in spreads if operation.events]
    rows = [
        [float(operation.name.startswith(stream)) for stream in STREAMS]
        + [operation.events, operation.body_bytes]
        for operation in batches
    ]
    wanted = np.array([spreads[operation].mid - parse - auth for operation in batches])
    weights = 1 / np.maximum(1.0, np.array([spreads[operation].mid for operation in batches]))
    line = _not_negative(np.array(rows) * weights[:, None], wanted * weights)
    whole = np.array([spreads[operation].mid for operation in batches])
    missed = np.abs(np.array(rows) @ line + parse + auth - whole)
    misfit = float(np.max(missed / np.where(whole > 0, whole, 1)))
    service = {
        "handshake": by_name["handshake"] - parse,
        "handshake_resumed": by_name["handshake, resumed"] - parse,
        "parse": parse,
        "auth": auth,
        "login": by_name["login"] - parse,
        "stateless": float(line[0]),
        "stateful": float(line[1]),
        "commands": by_name["poll"] - parse - auth,
        "per_event": float(line[2]),
        "per_byte": float(line[3]),
    }
    return Costs({key: max(0.0, us) for key, us in service.items()}, misfit)


def _not_negative(rows: Floats, wanted: Floats) -> Floats:
    """Least squares in which no cost is below zero: what comes out below is left out, one after the other."""
    used = list(range(rows.shape[1]))
    line = np.zeros(rows.shape[1])
    while used:
        part = np.linalg.lstsq(rows[:, used], wanted, rcond=None)[0]
        if part.min() >= 0:
            line[used] = part
            break
        used.pop(int(part.argmin()))
    return line
