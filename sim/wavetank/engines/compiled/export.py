"""The counts of a finished run, as a `Tally`.

Counts are copied as they are, histograms and series become the same objects that `reference` fills.
Nothing is computed here that could differ between engines.
"""

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wavetank.engines.compiled.build import Build
from wavetank.engines.compiled.build.arena import Memory
from wavetank.engines.compiled.containers import layouts
from wavetank.engines.compiled.containers.histogram import OVERFLOW
from wavetank.engines.compiled.model import parts
from wavetank.engines.compiled.model.measure import (
    ACTIVITIES,
    CARRIED_IN,
    DELIVERED,
    DROPPED,
    DROPPED_BUT_RECEIVED,
    DUPLICATED,
    EVENT_COUNTS,
    PRODUCED,
    QUEUED,
    RECEIVED,
)
from wavetank.engines.compiled.model.tracing import CONNECTION, LOG_WORDS, ROW_WORDS
from wavetank.engines.compiled.room import columns_of
from wavetank.engines.compiled.toolchain.structs import Layout, offset_of
from wavetank.results.histogram import UNIT, Histogram, bin_of
from wavetank.results.requests import REQUEST, in_order
from wavetank.results.tally import EventCounts, EventLatency, LatencyWindow, Tally, empty_tally, together
from wavetank.results.trace import TraceRow

if TYPE_CHECKING:
    from wavetank.results.requests import Requests


def words_at(address: int, count: int) -> NDArray[np.int64]:
    """A copy of so many int64 at an address."""
    return _view(address, count, np.int64).copy()


def _view(address: int, count: int, kind: type[np.integer[Any]]) -> NDArray[Any]:
    """So many numbers at an address, where they are."""
    if not count:
        return np.zeros(0, kind)
    memory: Any = (ctypes.c_char * (count * np.dtype(kind).itemsize)).from_address(address)
    return np.frombuffer(memory, kind)


def _word(memory: Memory, layout: type[Layout], name: str, at: int) -> int:
    begin = at + offset_of(layout, name).offset
    return int(memory[begin : begin + 8].view(np.int64)[0])


def histogram(memory: Memory, index: int = 0) -> Histogram:
    """Copy a histogram from kernel memory into a `Histogram` of results."""
    at = index * layouts.HISTOGRAM_BYTES

    def word(name: str) -> int:
        return _word(memory, layouts.Histogram, name, at)

    def array(name: str) -> NDArray[np.int64]:
        begin = at + offset_of(layouts.Histogram, name).offset
        address, size = memory[begin : begin + 16].view(np.int64)
        return words_at(int(address), min(int(size), bins))

    if not word("count"):
        return Histogram()
    # nothing lies above the maximum
    bins = bin_of(word("max_ns")) + 1
    weights = UNIT * _view(word("counts"), bins, np.uint32).astype(np.int64)
    steps = array("steps")
    if steps.size:
        weights += np.cumsum(steps)
    if steps.size or word("count") >= OVERFLOW:
        weights += array("weights")
    total = (word("sum.high") << 62) + word("sum.low")
    return Histogram.from_parts(weights, word("count"), total, word("max_ns"))


def _area(build: Build, name: str) -> int:
    return (build.get(f"{name}_area.high") << 62) + build.get(f"{name}_area.low")


def tally_of(build: Build) -> Tally:
    """Return the exact counts as they are now."""
    tally = empty_tally(build.resolved)
    arrays = {name: array.tolist() for name, array in build.arrays.items()}
    for name in ("issued", "carried_in", "ok", "rejected", "timed_out", "lost", "open", "causes", "silent",
                 "window_requests", "window_handshakes", "wasted_ns", "peaks"):  # fmt: skip
        setattr(tally, name, arrays[name])
    for name in (
        "window_delivered", "window_logins", "commands_created", "commands_delivered", "commands_due",
        "polls_unheard", "offline_alarms", "offline_max", "cold_begins", "wait_waited", "wait_jobs",
        "queue_max", "connections_max", "login_peak",
        "bytes_up", "bytes_down", "outbox_max", "backlog_age_max_ns",
    ):  # fmt: skip
        setattr(tally, name, build.get(name))
    tally.retries = build.get("retried")
    for name in ("queue", "system", "connections"):
        setattr(tally, f"{name}_area_ns", _area(build, name))
    tally.events = [_events(arrays["events"][i : i + EVENT_COUNTS]) for i in (0, EVENT_COUNTS)]
    busy = arrays["busy_ns"]
    tally.busy_ns = [busy[i : i + ACTIVITIES] for i in range(0, len(busy), ACTIVITIES)]
    for index in range(len(tally.node_requests)):
        _node(build, tally, index)
    _histograms(build, tally)
    if build.get("logs_requests"):
        tally.requests = _requests(build)
    complete(build, tally, build.get("now"))
    return tally


def _node(build: Build, tally: Tally, index: int) -> None:
    """Copy the counts of one node among several."""

    def word(name: str) -> int:
        return _word(build.nodes, parts.Node, name, index * parts.NODE_BYTES)

    tally.node_requests[index], tally.node_rejected[index] = word("requests"), word("rejected")
    tally.node_connections_area_ns[index] = (word("open_area.high") << 62) + word("open_area.low")
    tally.node_connections_max[index] = word("open_max")


def complete(build: Build, tally: Tally, ended_ns: int) -> None:
    """Write into a tally what goes on past the measured window: series, states, trace, latencies."""
    tally.ended_ns = ended_ns
    _series(build, tally, -(-ended_ns // build.resolved.bin_ns))
    _states(build, tally, columns_of(build, ended_ns))
    _trace(build, tally)
    by_window = [_window(build, index) for index in range(build.entries)]
    if tally.windows:
        tally.windows = by_window
    whole = together(by_window)
    tally.event_latency, tally.command_latency = whole.event_latency, whole.command_latency
    tally.command_censor_ns = build.get("command_censor_ns")


def _window(build: Build, index: int) -> LatencyWindow:
    """The latencies of a window, or of the whole run where there are no windows."""
    latencies = [_latency(memory, histogram(inner[index]), index) for memory, inner in build.latencies]
    return LatencyWindow(
        [latencies[i : i + 2] for i in range(0, len(latencies), 2)],
        histogram(build.command_latency, index),
        int(build.arrays["window_command_censor_ns"][index]),
        int(build.arrays["window_commands_due"][index]),
    )


def _events(counts: list[int]) -> EventCounts:
    return EventCounts(
        counts[PRODUCED], counts[CARRIED_IN], counts[DELIVERED], counts[DROPPED:], counts[QUEUED],
        counts[RECEIVED], counts[DUPLICATED], counts[DROPPED_BUT_RECEIVED],
    )  # fmt: skip


def _histograms(build: Build, tally: Tally) -> None:
    tally.request_latency = [histogram(build.request_latency, i) for i in range(len(tally.request_latency))]
    tally.server_wait = [histogram(build.server_wait, i) for i in range(len(tally.server_wait))]
    tally.offline_detection = histogram(build.offline_detection)
    if build.resolved.balancer.health_check_ns:
        tally.node_detection = histogram(build.node_detection)
    tally.logged_in = histogram(build.logged_in)


def _latency(memory: Memory, waits: Histogram, index: int) -> EventLatency:
    at = index * parts.LATENCY_BYTES
    created, delivered, censor_ns = (
        _word(memory, parts.EventLatency, name, at) for name in ("created", "delivered", "censor_ns")
    )
    return EventLatency(waits, created, delivered, waits.sum_ns, censor_ns)


def _series(build: Build, tally: Tally, bins: int) -> None:
    series, arrays = tally.series, build.arrays
    for name in ("requests", "logins", "handshakes", "delivered", "dropped", "rejected", "timed_out", "lost",
                 "retries", "queue_length", "connections"):  # fmt: skip
        setattr(series, name, arrays[f"s_{name}"][:bins].tolist())
    busy = arrays["s_busy_ns"].reshape(-1, build.get("bin_room"))
    series.busy_ns = busy[:, :bins].tolist()
    series.carried_in = build.get("s_carried_in")
    series.produced = arrays["s_produced"][: build.get("produced_count")].tolist()


def _states(build: Build, tally: Tally, columns: int) -> None:
    rows, room = build.get("wave_rows"), build.get("wave_room")
    lines = build.lines[: rows * room].reshape(rows, room)[:, :columns]
    order = np.argsort(build.arrays["wave_expiry"], kind="stable").tolist()
    at_ease = bytes(columns)  # what most of them are: one for all
    troubled = set(np.flatnonzero(np.any(lines, axis=1)).tolist())
    tally.states = [lines[row].tobytes() if row in troubled else at_ease for row in order]


def _trace(build: Build, tally: Tally) -> None:
    count = build.get("trace_count")
    rows = words_at(build.get("trace"), count * ROW_WORDS).reshape(-1, ROW_WORDS).tolist()
    node = offset_of(parts.Connection, "node").offset // 8
    index = offset_of(parts.Node, "index").offset
    for row in rows:
        at = int(words_at(row[CONNECTION], node + 1)[node])
        row[7] = int(words_at(at + index - index % 8, 1).view(np.int32)[index % 8 // 4]) if at else -1
    rows.sort(key=lambda row: (row[0], *row[2:7]))
    tally.trace = [TraceRow(*row[:CONNECTION]) for row in rows]
    tally.trace_cut = bool(build.get("trace_cut"))


def _requests(build: Build) -> "Requests":
    """The log of all requests, from rows of one word a column."""
    count = build.get("log_count")
    cells = words_at(build.get("log"), count * LOG_WORDS).reshape(-1, LOG_WORDS)
    rows = np.empty(count, dtype=REQUEST)
    for column, (name, _) in enumerate(REQUEST):
        rows[name] = cells[:, column]
    return in_order(rows)
