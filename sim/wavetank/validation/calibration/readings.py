"""Readings of clocks at two points in time, and whether a measurement between them counts."""

import os
import time
from pathlib import Path
from typing import NamedTuple

from wavetank.errors import TooBusy
from wavetank.libraries.noise import cores
from wavetank.libraries.process import cpu_ns, waited_ns
from wavetank.validation.calibration.placing import is_ahead

MOST_NOISE = 0.02
"""A slice is void when others took more of it: of the client's time, or of the machine's cores."""


class MachineTooBusy(TooBusy):
    """Too much else ran: `waited` is the share that others took of the median slice."""

    def __str__(self) -> str:
        return (
            f"the machine is too busy to measure {self.what}: other processes or the host took "
            f"{100 * self.waited:.0f} % of the median slice, where at most {100 * MOST_NOISE:g} % counts; "
            "try again when it is quiet"
        )


class Reading(NamedTuple):
    """Clocks at one instant, all in ns.

    Attributes
    ----------
    wall_ns : int
        The machine's clock.
    server_ns, client_ns : int
        CPU time of both processes, by their own clocks.
    waited_ns : int
        How long the client has waited for its core. The server's threads share one and wait for one another,
        so that its waits say nothing.
    stolen_ns : int
        Time that the host took from all cores.
    others_ns : int
        CPU time of all other processes, by their own clocks; 0 where the server runs ahead of them, or is
        out of reach.
    """

    wall_ns: int
    server_ns: int
    client_ns: int
    waited_ns: int
    stolen_ns: int
    others_ns: int


class Slice(NamedTuple):
    """The time that passed between two readings, with the fields of `Reading`.

    In it, `requests` were answered within `asking_ns`; the rest of the wall time is a pause.
    """

    requests: int
    asking_ns: int
    wall_ns: int
    server_ns: int
    client_ns: int
    waited_ns: int
    stolen_ns: int
    others_ns: int

    @property
    def noise(self) -> float:
        """The largest share that others took: of the client's time, or of all cores (processes; the host)."""
        span_ns = max(1, self.wall_ns)
        share = max(self.waited_ns, self.stolen_ns / cores(), self.others_ns / cores()) / span_ns
        # The clocks are read one after the other, which takes time itself on a busy machine.
        return min(1.0, share)

    @property
    def rate_per_s(self) -> float:
        """Answers per second of asking."""
        return self.requests / max(1, self.asking_ns) * 1e9

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
        waited_ns(client),
        stolen_ns(),
        0 if not server_pid or is_ahead(server_pid) else others_ns({client, server_pid}),
    )


def between(before: Reading, after: Reading, requests: int, asking_ns: int) -> Slice:
    """Return the time that passed between two readings. Others that have ended meanwhile are left out."""
    spans = (late - early for early, late in zip(before, after, strict=True))
    slice_ = Slice(requests, asking_ns, *spans)
    return slice_._replace(others_ns=max(0, slice_.others_ns))


def others_ns(ours: set[int]) -> int:
    """CPU time of every process that is there, except ours, by their own clocks."""
    pids = (int(name) for name in os.listdir("/proc") if name.isdecimal())
    return sum(cpu_ns(pid) for pid in pids if pid not in ours)


def stolen_ns() -> int:
    """Time that the host has taken from this machine's cores (the field `steal` of proc_stat(5))."""
    words = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    return int(words[8]) * 10**9 // os.sysconf("SC_CLK_TCK")
