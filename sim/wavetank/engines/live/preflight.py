"""Whether this machine has room for a live run: open files and ports, counted before anything is started."""

import resource
from pathlib import Path

from wavetank.errors import CannotRun
from wavetank.policy.codes import Channel, ProcessKind, StartKind, Strategy
from wavetank.scenario.resolved import Resolved

SPARE_FILES = 256
"""For the database, logs, pipes, and connections that are just being closed."""

_NET = Path("/proc/sys/net/ipv4")
TIME_WAIT_S = 60
"""For so long Linux keeps the port of a closed connection (TCP_TIMEWAIT_LEN)."""

REUSED_AFTER_S = 1
"""Where the system may use a port again that waits (tcp_tw_reuse, tcp(7)): on loopback after a second."""


def lanes_of(resolved: Resolved) -> int:
    """Connections that all agents have open at most: one a stream, if no request overlaps another."""
    polls = resolved.commands.channel != Channel.NONE
    return sum(
        kind.agents
        * (1 + polls + sum(process.kind != ProcessKind.NONE for process in (kind.stateless, kind.stateful)))
        for kind in resolved.classes
    )


def new_connections_per_s(resolved: Resolved) -> float:
    """How many connections a second the fleet makes when all is well, at most."""
    if resolved.connection.strategy == Strategy.KEEP_ALIVE:
        return 0.0
    total = 0.0
    for kind in resolved.classes:
        for source, batching in zip((kind.stateless, kind.stateful), resolved.batching, strict=True):
            rate_per_s = source.rate_per_s
            if batching.age_ns and batching.count != 1:
                period_s = (batching.age_ns + batching.pause_after_ns) / 1e9
                rate_per_s = min(rate_per_s, 1 / period_s)
            total += kind.agents * rate_per_s
    return total


def check(resolved: Resolved, own_server: bool, relayed: bool) -> None:
    """Raises CannotRun where a limit would be reached, naming it and what would help."""
    lanes = lanes_of(resolved)
    # The relay holds two ends of every connection.
    files = lanes * (2 if relayed else 1) + SPARE_FILES
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and files > hard:
        raise CannotRun(
            f"{resolved.agents:,} agents need {files:,} open files in one process, and this system allows "
            f"{hard:,} (ulimit -Hn); take fewer agents, or raise that limit"
        )
    if not own_server and not relayed:
        return
    ports, reused = _ports()
    waiting = new_connections_per_s(resolved) * (REUSED_AFTER_S if reused else TIME_WAIT_S)
    if resolved.start == StartKind.COLD:
        waiting += resolved.agents
    needed = int(lanes + waiting) + SPARE_FILES
    if needed > ports:
        raise CannotRun(
            f"the fleet needs {needed:,} ports at once, and this system has {ports:,} "
            "(net.ipv4.ip_local_port_range); take fewer agents or keep connections alive "
            "(connection.strategy), or widen that range"
        )


def _ports() -> tuple[int, bool]:
    """How many ports there are for connections from here, and whether they are used again at once."""
    try:
        low, high = (_NET / "ip_local_port_range").read_text().split()
        reuse = int((_NET / "tcp_tw_reuse").read_text())
    except (OSError, ValueError):
        return 1 << 16, True
    return int(high) - int(low) + 1, reuse > 0
