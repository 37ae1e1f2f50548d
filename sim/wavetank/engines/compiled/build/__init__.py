"""A world in memory from what `resolve` returns: numbers by name, tables as arrays, room allotted.

Kernels know no Python objects: what they read lies in arrays, at places that the layouts give. What a
scenario does not use gets no memory.
"""

from collections.abc import Iterable

from wavetank.engines.compiled.build.arena import Memory, Words
from wavetank.engines.compiled.build.servers import ServerMemory
from wavetank.engines.compiled.model.measure import ACTIVITIES, EVENT_COUNTS
from wavetank.policy.codes import EVENT_STREAMS, Cause, Stream
from wavetank.policy.shares import spread
from wavetank.results.peaks import PEAKS, PLACES
from wavetank.results.states import WAVE_BINS, WAVE_ROWS
from wavetank.results.tally import OPERATIONS
from wavetank.scenario.resolved import Resolved


class Build(ServerMemory):
    """One world; everything that its addresses point to is kept alive here."""

    def __init__(
        self, resolved: Resolved, trace_agents: Iterable[int], trace_rows: int, requests: bool
    ) -> None:
        super().__init__(resolved)
        self._numbers()
        self._plans()
        self._fleet(frozenset(trace_agents))
        self._servers()
        self._calendar()
        self._deadlines()
        self._faults()
        self._counts()
        self._wave()
        self.set("trace_rows", trace_rows)
        self.set("logs_requests", requests)

    def _counts(self) -> None:
        r = self.resolved
        bins = self.get("bins")
        for name in (
            "issued",
            "carried_in",
            "ok",
            "rejected",
            "timed_out",
            "lost",
            "open",
            "window_requests",
        ):
            self.array(name, len(Stream))
        self.array("causes", len(Cause))
        self.array("silent", len(Cause))
        self.array("window_handshakes", 2)
        self.array("second_counts", PLACES)
        self.array("peaks", PEAKS)
        self.array("events", len(EVENT_STREAMS) * EVENT_COUNTS)
        self.array("busy_ns", r.server.nodes * ACTIVITIES)
        self.array("wasted_ns", r.server.nodes)
        for name in (
            "requests", "logins", "handshakes", "delivered", "dropped", "rejected", "timed_out", "lost",
            "retries", "queue_length", "connections",
        ):  # fmt: skip
            self.array(f"s_{name}", bins)
        self.array("s_busy_ns", r.server.nodes * bins)
        self.array("s_produced", bins // r.sample_bins + 2)
        self.request_latency = self.histograms("request_latency", len(Stream))
        self.server_wait = self.histograms("server_wait", len(OPERATIONS))
        self.command_latency = self.histograms("command_latency", self.entries)
        self.array("window_commands_due", self.entries)
        self.array("window_command_censor_ns", self.entries)
        self.offline_detection = self.histograms("offline_detection", 1)
        self.node_detection = self.histograms("node_detection", int(bool(r.balancer.health_check_ns)))
        self.logged_in = self.histograms("logged_in", 1)
        self.set("ring", 0)

    def _wave(self) -> None:
        r = self.resolved
        rows = min(WAVE_ROWS, r.agents)
        bins = min(WAVE_BINS, max(1, r.duration_ns // 1_000_000))
        self.set("wave_rows", rows)
        self.set("wave_bins", bins)
        self.set("wave_room", bins)
        self.set("wave_agents", spread(r.agents, WAVE_ROWS))
        for name in ("wave_state", "wave_filled", "wave_expiry"):
            self.array(name, rows)
        self.lines = self.room(rows * bins)
        self.set("wave_lines", self.lines.ctypes.data)


__all__ = ["Build", "Memory", "Words"]
