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
    """The data that was read: arrivals by time and client, samples of durations (s) and sizes (bytes)."""

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

    def add(self, file: str, block: Block) -> None:
        """Take in a block of a file."""
        self.drops.add(file, block.drops)
        if not len(block.lines):
            return
        # requests that have no line are those that were still open
        keep = self._keep(file, block) if block.lines[0] else np.ones(len(block.lines), dtype=np.bool_)
        for sample, values in zip(
            self._samples, (block.service_s, block.up_bytes, block.down_bytes), strict=True
        ):
            sample.add(values[keep])
        timed = keep & np.isfinite(block.stamps_s)
        if timed.any():
            self._add_arrivals(block, timed)
        self._rows += int(keep.sum() if block.weights is None else block.weights[keep].sum())

    def result(self) -> Gathered:
        """Return what was gathered so far."""
        service, up, down = self._samples
        return Gathered(self._rows, self._arrivals, self._clients, service, up, down, self.drops, self._whole)

    def _add_arrivals(self, block: Block, timed: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> None:
        stamps: Floats = block.stamps_s[timed]
        self._whole = self._whole and bool(np.all(stamps == np.floor(stamps)))
        if block.at_end:
            stamps = stamps - np.nan_to_num(block.service_s[timed])
        weights = None if block.weights is None else block.weights[timed]
        self._arrivals.add(stamps, weights)
        clients = block.clients if timed.all() else list(compress(block.clients, timed.tolist()))
        self._clients.add(clients, stamps, weights)

    def _keep(self, file: str, block: Block) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Which rows count: those whose clock does not go back, and that say anything at all."""
        stamps = block.stamps_s
        known = np.isfinite(stamps)
        latest = np.maximum.accumulate(np.where(known, stamps, -np.inf))
        latest = np.maximum(latest, self._latest_s)
        self._latest_s = float(latest[-1])
        back = known & (stamps < latest - CLOCK_SLACK_S)
        empty = ~known & np.isnan(block.service_s) & np.isnan(block.up_bytes) & np.isnan(block.down_bytes)
        reasons = ((back, "the clock goes back by more than 5 s"), (empty, "neither time, duration nor size"))
        for which, reason in reasons:
            self.drops.add(file, (Drop(int(line), reason) for line in block.lines[which]))
        keep: np.ndarray[tuple[int], np.dtype[np.bool_]] = ~(back | empty)
        return keep
