"""Room for bins of the series and columns of the wave, which grows as long as a run goes on.

A run that settles does not know its end. Bins are added before they are needed and keep their width
(docs/model.md#settling).
"""

from wavetank.engines.compiled.build import Build

SERIES = (
    "s_requests", "s_logins", "s_handshakes", "s_delivered", "s_dropped", "s_rejected", "s_timed_out",
    "s_lost", "s_retries", "s_queue_length", "s_connections",
)  # fmt: skip


def columns_of(build: Build, until_ns: int) -> int:
    """Return how many of the wave's columns, as wide as in the window, the time before `until_ns` takes."""
    return (until_ns - 1) * build.get("wave_bins") // build.resolved.duration_ns + 1


def grow_series(build: Build, until_ns: int, most_ns: int) -> None:
    """Make room for the bins up to `until_ns`, and for as many as there are again, but not past `most_ns`."""
    width_ns, room = build.resolved.bin_ns, build.get("bin_room")
    if until_ns <= room * width_ns:
        return
    bins = max(-(-until_ns // width_ns), min(2 * room, -(-most_ns // width_ns)))
    for name in SERIES:
        old = build.arrays[name]
        build.array(name, bins)[: len(old)] = old
    old = build.arrays["s_busy_ns"].reshape(-1, room)
    build.array("s_busy_ns", len(old) * bins).reshape(-1, bins)[:, :room] = old
    old = build.arrays["s_produced"]
    build.array("s_produced", bins // build.resolved.sample_bins + 2)[: len(old)] = old
    build.set("bin_room", bins)


def grow_wave(build: Build, until_ns: int, most_ns: int) -> None:
    """The same for the wave's columns."""
    rows, room = build.get("wave_rows"), build.get("wave_room")
    columns = columns_of(build, until_ns)
    if columns <= room:
        return
    columns = max(columns, min(2 * room, columns_of(build, most_ns)))
    old = build.lines[: rows * room].reshape(rows, room)
    build.lines = build.room(rows * columns)
    build.lines[: rows * columns].reshape(rows, columns)[:, :room] = old
    build.set("wave_lines", build.lines.ctypes.data)
    build.set("wave_room", columns)


__all__ = ["columns_of", "grow_series", "grow_wave"]
