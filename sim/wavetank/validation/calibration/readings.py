"""Readings of clocks at two points in time, and whether a measurement between them counts."""

import os
import time
from pathlib import Path
from typing import NamedTuple

from wavetank.errors import TooBusy
from wavetank.libraries.noise import cores
from wavetank.libraries.process import cpu_ns, waited_ns

MOST_NOISE = 0.02
"""A slice is void when its processes waited for a core, or the host took one away, for more of its time."""


class MachineTooBusy(TooBusy):
    """Too much else ran: `waited` is the share of their time for which the processes waited for a core."""

    def __str__(self) -> str:
        return (
            f"the machine is too busy to measure {self.what}: in the median slice the processes waited for a "
            f"core, or the host took one away, {100 * self.waited:.0f} % of the time, and "
            f"{100 * MOST_NOISE:g} % is the most that counts; try again when it is quiet"
        )


class Reading(NamedTuple):
    """Clocks at one instant, all in ns: CPU times by the processes' own clocks, waits by the scheduler's."""

    wall_ns: int
    server_ns: int
    client_ns: int
    waited_ns: int
    stolen_ns: int


class Slice(NamedTuple):
    """The time that passed between two readings, in which `requests` were answered."""

    requests: int
    wall_ns: int
    server_ns: int
    client_ns: int
    waited_ns: int
    stolen_ns: int

    @property
    def noise(self) -> float:
        """The larger of two shares of the wall time: waiting for a core, and cores that the host took."""
        span_ns = max(1, self.wall_ns)
        return max(self.waited_ns / span_ns, self.stolen_ns / (span_ns * cores()))

    @property
    def server_us(self) -> float:
        """CPU time of the server for each request, in us."""
        return self.server_ns / max(1, self.requests) / 1e3

    @property
    def client_us(self) -> float:
        """CPU time of the client for each request, in us."""
        return self.client_ns / max(1, self.requests) / 1e3


def read(server_pid: int) -> Reading:
    """Read all clocks; this process is the client. A server of pid 0 is out of reach: its times are 0."""
    client = os.getpid()
    return Reading(
        time.monotonic_ns(),
        cpu_ns(server_pid) if server_pid else 0,
        cpu_ns(client),
        waited_ns(client) + (waited_ns(server_pid) if server_pid else 0),
        stolen_ns(),
    )


def between(before: Reading, after: Reading, requests: int) -> Slice:
    """Return the time that passed between two readings."""
    spans = (late - early for early, late in zip(before, after, strict=True))
    return Slice(requests, *spans)


def stolen_ns() -> int:
    """Time that the host has taken from this machine's cores (the field `steal` of proc_stat(5))."""
    words = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    return int(words[8]) * 10**9 // os.sysconf("SC_CLK_TCK")
