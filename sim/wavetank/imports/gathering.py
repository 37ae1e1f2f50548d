"""Takes blocks in one after the other and keeps what the statistics need, in bounded memory."""

from itertools import compress
from typing import NamedTuple

import numpy as np

from wavetank.imports.clients import Clients
from wavetank.imports.counts import Counts
from wavetank.imports.problems import Drop, Drops
from wavetank.imports.records import Block, Floats
from wavetank.imports.reservoir import Reservoir

CLOCK_SLACK_S = 5.0
"""Workers of a server write their lines a little out of order; this much is no clock that goes back."""


class Gathered(NamedTuple):
    """What was read: arrivals by time and client, samples of durations (s) and sizes (bytes)."""

    rows: int
    arrivals: Counts
    clients: Clients
    service_s: Reservoir
    up_bytes: Reservoir
    down_bytes: Reservoir
    drops: Drops
    whole_seconds: bool


class Gathering:
    """Takes in the blocks of all files. `seed` chooses which values are kept when there are too many."""

    def __init__(self, seed: int) -> None:
        self._arrivals = Counts()
        self._clients = Clients()
        self._samples = [Reservoir(seed + index) for index in range(3)]
        self.drops = Drops()
        self._rows = 0
        self._latest_s = -np.inf
        self._whole = True

    def begin_file(self) -> None:
        """Forget the clock of the file before: files may be given in any order."""
        self._latest_s = -np.inf

    def add(self, file: str, found: Block) -> None:
        """Take in a block of a file."""
        self.drops.add(file, found.drops)
        if not len(found.lines):
            return
        # requests that have no line are those that were still open
        keep = self._keep(file, found) if found.lines[0] else np.ones(len(found.lines), dtype=np.bool_)
        for sample, values in zip(
            self._samples, (found.service_s, found.up_bytes, found.down_bytes), strict=True
        ):
            sample.add(values[keep])
        timed = keep & np.isfinite(found.stamps_s)
        if timed.any():
            self._add_arrivals(found, timed)
        self._rows += int(keep.sum() if found.weights is None else found.weights[keep].sum())

    def result(self) -> Gathered:
        """Return what was gathered so far."""
        service, up, down = self._samples
        return Gathered(self._rows, self._arrivals, self._clients, service, up, down, self.drops, self._whole)

    def _add_arrivals(self, found: Block, timed: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> None:
        stamps: Floats = found.stamps_s[timed]
        self._whole = self._whole and bool(np.all(stamps == np.floor(stamps)))
        if found.at_end:
            stamps = stamps - np.nan_to_num(found.service_s[timed])
        weights = None if found.weights is None else found.weights[timed]
        self._arrivals.add(stamps, weights)
        clients = found.clients if timed.all() else list(compress(found.clients, timed.tolist()))
        self._clients.add(clients, stamps, weights)

    def _keep(self, file: str, found: Block) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Which rows count: those whose clock does not go back, and that say anything at all."""
        stamps = found.stamps_s
        known = np.isfinite(stamps)
        latest = np.maximum.accumulate(np.where(known, stamps, -np.inf))
        latest = np.maximum(latest, self._latest_s)
        self._latest_s = float(latest[-1])
        back = known & (stamps < latest - CLOCK_SLACK_S)
        empty = ~known & np.isnan(found.service_s) & np.isnan(found.up_bytes) & np.isnan(found.down_bytes)
        reasons = ((back, "the clock goes back by more than 5 s"), (empty, "neither time, duration nor size"))
        for which, reason in reasons:
            self.drops.add(file, (Drop(int(line), reason) for line in found.lines[which]))
        keep: np.ndarray[tuple[int], np.dtype[np.bool_]] = ~(back | empty)
        return keep
