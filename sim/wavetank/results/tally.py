"""The counts of an engine: exact integers, the same from every engine, before anything is divided.

Everything a result says is derived from a `Tally` (by `results.summary`); a float appears nowhere, so
neither engine nor order can change a figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wavetank.policy.codes import EVENT_STREAMS, Activity, Cause, DropCause, Stream
from wavetank.results.histogram import Histogram
from wavetank.results.peaks import PEAKS
from wavetank.results.trace import TraceRow
from wavetank.results.windows import windows_of
from wavetank.scenario.resolved import Resolved

if TYPE_CHECKING:
    from wavetank.results.requests import Requests

OPERATIONS = ("handshake", "login", "stateless", "stateful", "commands", "heartbeat")


def _per_stream() -> list[int]:
    return [0] * len(Stream)


def _histograms(count: int) -> list[Histogram]:
    return [Histogram() for _ in range(count)]


@dataclass(slots=True)
class EventCounts:
    """The fate of the events of one stream (whole run).

    produced + carried_in = delivered + dropped + queued; `carried_in` were created before the run.
    """

    produced: int = 0
    carried_in: int = 0
    delivered: int = 0
    dropped: list[int] = field(default_factory=lambda: [0] * len(DropCause))
    queued: int = 0
    received: int = 0
    duplicated: int = 0
    dropped_but_received: int = 0


@dataclass(slots=True)
class EventLatency:
    """Latency of one class's events of one stream, created in [warm-up, duration - tail).

    `delivered` deposits sum to `sum_ns` exactly. `created` counts all of them, so the undelivered are
    `created - delivered`. `censor_ns` is the smallest age at `Tally.ended_ns` among those that are neither
    delivered nor dropped (0: there are none): the latency of each of them is at least that.
    """

    histogram: Histogram = field(default_factory=Histogram)
    created: int = 0
    delivered: int = 0
    sum_ns: int = 0
    censor_ns: int = 0

    def merge(self, other: "EventLatency") -> None:
        """Add all of `other` to this one."""
        self.histogram.merge(other.histogram)
        self.created += other.created
        self.delivered += other.delivered
        self.sum_ns += other.sum_ns
        self.censor_ns = least_age(self.censor_ns, other.censor_ns)


def _event_latencies(classes: int) -> list[list[EventLatency]]:
    return [[EventLatency() for _ in EVENT_STREAMS] for _ in range(classes)]


@dataclass(slots=True)
class LatencyWindow:
    """The latencies of what was created in one window: as the fields of `Tally` of the same names."""

    event_latency: list[list[EventLatency]]
    command_latency: Histogram = field(default_factory=Histogram)
    command_censor_ns: int = 0
    commands_due: int = 0


def together(windows: Sequence[LatencyWindow]) -> LatencyWindow:
    """Return the latencies of several windows as those of one; a single one is returned as it is."""
    if len(windows) == 1:
        return windows[0]
    whole = LatencyWindow(_event_latencies(len(windows[0].event_latency)))
    for window in windows:
        for mine, theirs in zip(whole.event_latency, window.event_latency, strict=True):
            for own, other in zip(mine, theirs, strict=True):
                own.merge(other)
        whole.command_latency.merge(window.command_latency)
        whole.command_censor_ns = least_age(whole.command_censor_ns, window.command_censor_ns)
        whole.commands_due += window.commands_due
    return whole


def least_age(one_ns: int, other_ns: int) -> int:
    """Return the lesser of two ages of which 0 stands for none."""
    return min(one_ns, other_ns) if one_ns and other_ns else one_ns or other_ns


@dataclass(slots=True)
class Series:
    """Per bin of `bin_ns` (lists of length bins): flows are sums in the bin, levels are at its end.

    `produced` is the cumulative number of events produced, known at every `sample_bins`-th bin's end
    only (length samples), `carried_in` events of before the run among them. `busy_ns` is per node.
    """

    requests: list[int]
    logins: list[int]
    handshakes: list[int]
    delivered: list[int]
    dropped: list[int]
    rejected: list[int]
    timed_out: list[int]
    lost: list[int]
    retries: list[int]
    queue_length: list[int]
    connections: list[int]
    busy_ns: list[list[int]]
    produced: list[int]
    carried_in: int = 0


@dataclass(slots=True)
class Tally:
    """Everything counted in one run. Lists without a note are indexed by `Stream`.

    Rates and utilisation use the window [warm-up, duration): fields named `window_*`, the areas, the busy
    times and the histograms hold only that; the two accountings hold the whole run.
    `busy_ns[node][activity]`, `wasted_ns[node]`; the `node_*` lists are empty unless there are several
    nodes. Areas are level x time in ns; `server_wait` is indexed by `OPERATIONS`; `request_latency` covers
    ok attempts answered in the window. `event_latency[class][0 stateless | 1 stateful]`. `login_peak` is the
    greatest number of logins granted in one whole second, from the second of the warm-up's end on, as are
    `peaks` (see `results.peaks`). `causes[Cause]` counts refusals that are said, `silent[Cause]` SYNs and
    requests that a limit met with silence; `polls_unheard` are polls whose node died, and whose agent never
    heard of it. `wait_waited` / `wait_jobs`: jobs of the window that waited / all of them. `states` is uint8
    rows of at most 1,000 bins up to the duration, and more of the same width where the run went on, for at
    most 2,000 agents (0 connected, 1 waiting, 2 retrying, 3 offline), sorted by token expiry at the first
    fault. `trace` holds one row per message (see `results.trace`), `trace_cut` whether the cap was reached;
    `requests` is the log of `results.requests` where it was asked for (not compared by ==).
    `commands_created` and `commands_delivered` cover the whole run, as the bytes do; `commands_due` are the
    commands created in [warm-up, duration - tail), and `command_latency` holds those of them that were
    delivered; `command_censor_ns` is the smallest age at `ended_ns` among the others (0: there are none).
    `windows` cuts the latencies of events and commands by the instant of creation: by WINDOWS, empty without
    faults (`results.windows`); together they are the latencies of the whole run. `ended_ns` is the instant
    at which the simulation ended: the duration, or later. Past the duration only the series, `states`, the
    trace and the latencies of events and commands go on. `cold_begins` counts agents that began without a
    token (each restart again), `logged_in` holds how long it took them to get one. `said` are sentences
    about the run that belong into its result. `measured` names the metrics and the columns of the series
    that the engine has figures for (None: all; see `measures`).
    """

    events: list[EventCounts]
    issued: list[int]
    carried_in: list[int]
    ok: list[int]
    rejected: list[int]
    timed_out: list[int]
    lost: list[int]
    open: list[int]
    causes: list[int]
    silent: list[int]
    polls_unheard: int
    retries: int
    window_requests: list[int]
    window_delivered: int
    window_logins: int
    window_handshakes: list[int]
    login_peak: int
    peaks: list[int]
    event_latency: list[list[EventLatency]]
    request_latency: list[Histogram]
    command_latency: Histogram
    command_censor_ns: int
    commands_created: int
    commands_delivered: int
    commands_due: int
    windows: list[LatencyWindow]
    offline_detection: Histogram
    node_detection: Histogram
    offline_alarms: int
    offline_max: int
    cold_begins: int
    logged_in: Histogram
    server_wait: list[Histogram]
    wait_waited: int
    wait_jobs: int
    busy_ns: list[list[int]]
    wasted_ns: list[int]
    queue_area_ns: int
    queue_max: int
    system_area_ns: int
    connections_area_ns: int
    connections_max: int
    node_requests: list[int]
    node_rejected: list[int]
    node_connections_area_ns: list[int]
    node_connections_max: list[int]
    bytes_up: int
    bytes_down: int
    outbox_max: int
    backlog_age_max_ns: int
    series: Series
    states: list[bytes]
    trace: list[TraceRow]
    trace_cut: bool
    ended_ns: int
    requests: "Requests | None" = field(default=None, compare=False)
    said: list[str] = field(default_factory=list)
    measured: tuple[str, ...] | None = None

    def measures(self, name: str) -> bool:
        """Whether the engine has a figure for a metric or column: `measured` has it, or `STEM.*`.

        `STEM.*` stands for a metric with all its labels. Windows go with their metric.
        """
        if self.measured is None:
            return True
        plain = name.partition("@")[0]
        return plain in self.measured or f"{plain.partition('.')[0]}.*" in self.measured


def with_window(tally: Tally, window: int) -> list[Tally | LatencyWindow]:
    """Return where something created in a window counts: the whole run, and the window if there are any."""
    return [tally, *tally.windows[window : window + 1]]


def _empty_series(bins: int, nodes: int) -> Series:
    return Series(
        requests=[0] * bins,
        logins=[0] * bins,
        handshakes=[0] * bins,
        delivered=[0] * bins,
        dropped=[0] * bins,
        rejected=[0] * bins,
        timed_out=[0] * bins,
        lost=[0] * bins,
        retries=[0] * bins,
        queue_length=[0] * bins,
        connections=[0] * bins,
        busy_ns=[[0] * bins for _ in range(nodes)],
        produced=[],
    )


def _per_node(resolved: Resolved) -> list[int]:
    nodes = resolved.server.nodes
    return [0] * nodes if nodes > 1 else []


def empty_tally(resolved: Resolved) -> Tally:
    """A tally with every count at zero, shaped for this scenario."""
    bins = -(-resolved.duration_ns // resolved.bin_ns)
    nodes = range(resolved.server.nodes)
    return Tally(
        events=[EventCounts() for _ in EVENT_STREAMS],
        issued=_per_stream(),
        carried_in=_per_stream(),
        ok=_per_stream(),
        rejected=_per_stream(),
        timed_out=_per_stream(),
        lost=_per_stream(),
        open=_per_stream(),
        causes=[0] * len(Cause),
        silent=[0] * len(Cause),
        polls_unheard=0,
        retries=0,
        window_requests=_per_stream(),
        window_delivered=0,
        window_logins=0,
        window_handshakes=[0, 0],
        login_peak=0,
        peaks=[0] * PEAKS,
        event_latency=_event_latencies(len(resolved.classes)),
        request_latency=_histograms(len(Stream)),
        command_latency=Histogram(),
        command_censor_ns=0,
        commands_created=0,
        commands_delivered=0,
        commands_due=0,
        windows=[
            LatencyWindow(_event_latencies(len(resolved.classes))) for _ in range(windows_of(resolved).number)
        ],
        offline_detection=Histogram(),
        node_detection=Histogram(),
        offline_alarms=0,
        offline_max=0,
        cold_begins=0,
        logged_in=Histogram(),
        server_wait=_histograms(len(OPERATIONS)),
        wait_waited=0,
        wait_jobs=0,
        busy_ns=[[0] * len(Activity) for _ in nodes],
        wasted_ns=[0 for _ in nodes],
        queue_area_ns=0,
        queue_max=0,
        system_area_ns=0,
        connections_area_ns=0,
        connections_max=0,
        node_requests=_per_node(resolved),
        node_rejected=_per_node(resolved),
        node_connections_area_ns=_per_node(resolved),
        node_connections_max=_per_node(resolved),
        bytes_up=0,
        bytes_down=0,
        outbox_max=0,
        backlog_age_max_ns=0,
        series=_empty_series(bins, len(nodes)),
        states=[],
        trace=[],
        trace_cut=False,
        ended_ns=resolved.duration_ns,
    )
