"""Logs with known laws."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

T0_S = 1_700_000_000
Floats = NDArray[np.float64]


def poisson(seed: int, count: int, rate_per_s: float) -> Floats:
    """Arrivals at random."""
    return np.asarray(T0_S + np.cumsum(np.random.default_rng(seed).exponential(1 / rate_per_s, count)))


def combined(arrivals_s: Floats, service_s: Floats, clients: Sequence[str] = ("10.0.0.1",)) -> str:
    """A log as nginx writes it: when a request ends, with $request_time at the end of the line."""
    ends = arrivals_s + service_s
    stamps = [time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(end)) for end in ends.tolist()]
    return "".join(
        f'{clients[index % len(clients)]} - - [{stamps[index]}] "GET /x HTTP/1.1" 200 512 "-" "curl/8.5" '
        f"{service_s[index]:.3f}\n"
        for index in np.argsort(ends).tolist()
    )


def a_log(folder: Path, count: int = 2000, seed: int = 1) -> Path:
    """50 requests a second of ten clients, 20 ms each on average (exponential)."""
    service = np.random.default_rng(seed + 100).exponential(0.02, count)
    names = [f"10.0.0.{index}" for index in range(10)]
    path = folder / "access.log"
    path.write_text(combined(poisson(seed, count, 50.0), service, names))
    return path
