"""Whether a fleet fits into the memory there is."""

import os
from pathlib import Path

from wavetank.scenario.tree import Tree

LEAST_BYTES_PER_AGENT = 60
"""Bytes that an agent takes in the engine that needs the least; other engines check their own need later."""
BYTES_PER_WORKER = 500
"""About what a worker of a node takes."""

_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup/memory.max")


def available_bytes() -> int:
    """Memory that a run may take, in bytes: what is free or can be freed, within the container's limit."""
    bounds_bytes = [_meminfo() or os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    try:
        text = _CGROUP.read_text(encoding="ascii").strip()
    except OSError:
        text = ""
    if text.isdecimal():
        bounds_bytes.append(int(text))
    return min(bounds_bytes)


def _meminfo() -> int:
    """MemAvailable of Linux in bytes, 0 where there is none."""
    try:
        lines = _MEMINFO.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), 0)


def check_memory(agents: int, workers: int, available: int, tree: Tree) -> None:
    """Raises ScenarioError when so many agents, or workers of all nodes, need more than `available` bytes."""
    need = workers * BYTES_PER_WORKER
    if need > available:
        message = f"{workers:_} workers of all nodes need about {need / 1e9:.1f} GB; take fewer"
        raise tree.error(("server", "workers"), message)
    need = agents * LEAST_BYTES_PER_AGENT
    if need > available:
        most = available // LEAST_BYTES_PER_AGENT
        message = f"{agents:_} agents need about {need / 1e9:.1f} GB, and {available / 1e9:.1f} GB are free"
        raise tree.error(("fleet", "agents"), f"{message}; take at most {most:_}")
