"""From the exact counts of a run to the metrics of its summary (see `results.metrics`).

A metric is computed from integers in one division at the end, so equal tallies give equal summaries. What
had nothing to measure is absent (docs/model.md#absent-metrics).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from wavetank.policy.codes import EVENT_STREAMS, Activity, Cause, Channel, DropCause, FaultKind
from wavetank.results.histogram import Histogram
from wavetank.results.judge.verdict import Verdict, echo_metrics
from wavetank.results.metrics import ENDPOINTS, LIMITS, stem_of
from wavetank.results.peaks import ALL_HANDSHAKES, ALL_REQUESTS, CONNECTS, EVENTS, FULL, REQUESTS, RESUMED
from wavetank.results.tally import OPERATIONS, EventLatency, LatencyWindow, Tally
from wavetank.scenario.resolved import Resolved
from wavetank.scenario.slo_words import WINDOWS

Number = float | int | None
Summary = dict[str, Number]

QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
STATISTICS = {
    "event_latency": ("mean", "p50", "p95", "p99", "max"),
    "request_latency": ("mean", "p50", "p95", "p99", "max"),
    "command_latency": ("mean", "p50", "p95", "p99", "max"),
    "server_wait": ("mean", "p50", "p95", "p99"),
    "offline_detection": ("mean", "p95", "max"),
    "node_detection": ("mean", "max"),
    "time_to_logged_in": ("p50", "p99", "max"),
}
"""The statistics of each distribution that a summary has."""

MOST_NODES_SHOWN = 64
"""Figures of each of more nodes than this nobody reads one by one; the series have them all."""


class Distribution(NamedTuple):
    """Observed durations, and those that had not ended when the run ended.

    Attributes
    ----------
    histogram : Histogram
        The durations that ended.
    infinite : int
        How many more had not ended: still open, or given up.
    censor_ns : int
        The smallest age of the open ones when the run ended (0: none is open, all were given up). Each of
        them is at least that long.
    """

    histogram: Histogram
    infinite: int
    censor_ns: int = 0

    def statistics(self, names: Sequence[str]) -> list[float | None]:
        """Return "mean", "max" or keys of QUANTILES in s; None where one falls on what had not ended.

        The mean is that of the durations that ended, and None where others are open.
        """
        asked = [QUANTILES[name] for name in names if name in QUANTILES]
        quantiles = iter(self.histogram.quantiles(asked, self.infinite))
        values = [next(quantiles) if name in QUANTILES else self._plain(name) for name in names]
        return [None if value is None else value / 1e9 for value in values]

    def _plain(self, name: str) -> float | None:
        if name == "mean":
            return None if self.is_censored else self.histogram.mean()
        return None if self.infinite else float(self.histogram.max_ns)

    def statistic(self, name: str) -> float | None:
        """Return one of `statistics`."""
        return self.statistics([name])[0]

    @property
    def is_censored(self) -> bool:
        """Whether some had not ended and may still end."""
        return self.infinite > 0 and self.censor_ns > 0

    def at_least_s(self, name: str) -> float | None:
        """Return a lower bound in s of a statistic that falls on an open duration; None where it does not.

        The bound takes every duration that had not ended as `censor_ns` long.
        """
        if not self.is_censored or self.statistic(name) is not None:
            return None
        counted = self.histogram.count + self.infinite
        if name == "mean":
            return (self.histogram.sum_ns + self.infinite * self.censor_ns) / counted / 1e9
        if name == "max":
            return max(self.censor_ns, self.histogram.max_ns) / 1e9
        above = QUANTILES[name] * counted - self.infinite
        ended = (
            self.histogram.quantile(max(0.0, above / self.histogram.count)) if self.histogram.count else None
        )
        return max(float(self.censor_ns), ended or 0.0) / 1e9


def merged(parts: Sequence[Distribution]) -> Distribution:
    """All observations together; the parts stay as they are."""
    histogram = Histogram()
    for part in parts:
        histogram.merge(part.histogram)
    censors_ns = [part.censor_ns for part in parts if part.is_censored]
    return Distribution(histogram, sum(part.infinite for part in parts), min(censors_ns, default=0))


def distributions(resolved: Resolved, tally: Tally) -> dict[str, Distribution]:
    """Every distribution of the run that holds anything, by its metric's stem and label."""
    return {name: spread for name, spread in _distributions(resolved, tally) if _holds(spread)}


def _holds(distribution: Distribution) -> bool:
    return distribution.histogram.count + distribution.infinite > 0


def _distributions(resolved: Resolved, tally: Tally) -> Iterator[tuple[str, Distribution]]:
    yield from _created(resolved, tally)
    for name, window in zip(WINDOWS, tally.windows, strict=False):
        yield from ((f"{stem}@{name}", latency) for stem, latency in _created(resolved, window))
    requests = [Distribution(tally.request_latency[stream], 0) for stream in ENDPOINTS]
    yield "request_latency", merged(requests)
    for stream, latency in zip(ENDPOINTS, requests, strict=True):
        yield f"request_latency.{stream.name.lower()}", latency
    waits = [Distribution(histogram, 0) for histogram in tally.server_wait]
    yield "server_wait", merged(waits)
    for operation, wait in zip(OPERATIONS, waits, strict=True):
        yield f"server_wait.{operation}", wait
    yield "offline_detection", Distribution(tally.offline_detection, 0)
    yield "node_detection", Distribution(tally.node_detection, 0)
    waiting = tally.cold_begins - tally.logged_in.count
    yield "time_to_logged_in", Distribution(tally.logged_in, waiting, _login_censor_ns(resolved))


def _created(resolved: Resolved, tally: Tally | LatencyWindow) -> Iterator[tuple[str, Distribution]]:
    """Yield the latencies of events and commands, of the whole run or of those created in a window."""
    per_class = [[_event_latency(latency) for latency in of_class] for of_class in tally.event_latency]
    yield "event_latency", merged([waits for of_class in per_class for waits in of_class])
    for fleet_class, of_class in zip(resolved.classes, per_class, strict=True):
        yield f"event_latency.{fleet_class.name}", merged(of_class)
    for index, stream in enumerate(EVENT_STREAMS):
        yield f"event_latency.{stream.name.lower()}", merged([of_class[index] for of_class in per_class])
    undelivered = max(0, tally.commands_due - tally.command_latency.count)
    yield "command_latency", Distribution(tally.command_latency, undelivered, tally.command_censor_ns)


def _login_censor_ns(resolved: Resolved) -> int:
    """Return how long the agents that are not logged in at the end have waited at least."""
    begins_ns = [f.at_ns for f in resolved.faults if f.kind == FaultKind.COLD_START]
    latest_ns = max([resolved.ramp_ns, *(at_ns for at_ns in begins_ns if at_ns < resolved.duration_ns)])
    return max(0, resolved.duration_ns - latest_ns)


def _event_latency(latency: EventLatency) -> Distribution:
    histogram = Histogram()
    histogram.merge(latency.histogram)
    histogram.sum_ns = latency.sum_ns  # a ramp's own sum is rounded
    return Distribution(histogram, latency.created - latency.delivered, latency.censor_ns)


def metrics_of(name: str) -> dict[str, str]:
    """Return the statistics of a distribution, each with its metric: p99 with "stem_p99_s.label@window"."""
    stem = stem_of(name)
    return {statistic: f"{stem}_{statistic}_s{name[len(stem) :]}" for statistic in STATISTICS[stem]}


def statistics_of(named: dict[str, Distribution]) -> Summary:
    """The metrics of these distributions, in s."""
    summary: Summary = {}
    for name, distribution in named.items():
        names = metrics_of(name)
        summary.update(zip(names.values(), distribution.statistics(tuple(names)), strict=True))
    return summary


def censored_of(named: Mapping[str, Distribution]) -> dict[str, float]:
    """Return lower bounds in s of the statistics that fall on durations that had not ended."""
    bounds: dict[str, float] = {}
    for name, distribution in named.items():
        for statistic, metric in metrics_of(name).items():
            least_s = distribution.at_least_s(statistic)
            if least_s is not None:
                bounds[metric] = least_s
    return bounds


def recovery_metrics(verdict: Verdict) -> Summary:
    """Return `recovery_s`, of the slowest and of each fault; None where the fleet was not back."""
    if verdict.recovery is None:
        return {}
    values = {f"recovery_s.{index}": r.value_s for index, r in enumerate(verdict.recoveries)}
    return {"recovery_s": verdict.recovery.value_s, **values}


def summarise(
    resolved: Resolved,
    tally: Tally,
    verdict: Verdict | None = None,
    named: dict[str, Distribution] | None = None,
) -> Summary:
    """Return all metrics of a run: name -> number, None where infinite or not over when the run ended.

    What has nothing to measure is absent; without a `verdict` recovery and echoes are. `named` are the
    `distributions` of the run, where you have them already.
    """
    summary = statistics_of(distributions(resolved, tally) if named is None else named)
    summary.update(_events(tally))
    summary.update(_requests(tally))
    summary.update(_rates(resolved, tally))
    summary.update(_peaks(tally))
    summary.update(_server(resolved, tally))
    summary.update(_nodes(resolved, tally))
    summary.update(_agents(resolved, tally))
    if verdict is not None:
        summary.update(recovery_metrics(verdict))
        summary.update(echo_metrics(verdict))
    return {name: value for name, value in summary.items() if tally.measures(name)}


def _window_s(resolved: Resolved) -> float:
    return (resolved.duration_ns - resolved.warmup_ns) / 1e9


def _labelled(name: str, labels: Sequence[str], counts: Sequence[int]) -> Summary:
    """The sum under the bare name, each count under its label."""
    summary: Summary = {name: sum(counts)}
    summary.update({f"{name}.{label}": count for label, count in zip(labels, counts, strict=True)})
    return summary


def _per_second(counts: Summary, window_s: float) -> Summary:
    return {name: count / window_s for name, count in counts.items() if count is not None}


def _events(tally: Tally) -> Summary:
    streams = [stream.name.lower() for stream in EVENT_STREAMS]
    counts = tally.events
    summary = _labelled("events_produced", streams, [e.produced for e in counts])
    summary.update(_labelled("events_carried_in", streams, [e.carried_in for e in counts]))
    summary.update(_labelled("events_delivered", streams, [e.delivered for e in counts]))
    summary.update(_labelled("events_dropped", streams, [sum(e.dropped) for e in counts]))
    for cause in DropCause:
        summary[f"events_dropped.{cause.name.lower()}"] = sum(e.dropped[cause] for e in counts)
    summary.update(_labelled("events_queued", streams, [e.queued for e in counts]))
    summary.update(_labelled("events_received", streams, [e.received for e in counts]))
    summary.update(_labelled("events_duplicated", streams, [e.duplicated for e in counts]))
    ghosts = [e.dropped_but_received for e in counts]
    summary.update(_labelled("events_dropped_but_received", streams, ghosts))
    summary["backlog_age_max_s"] = tally.backlog_age_max_ns / 1e9
    summary["commands_created"] = tally.commands_created
    summary["commands_delivered"] = tally.commands_delivered
    return summary


def _requests(tally: Tally) -> Summary:
    fates = {
        "requests_total": tally.issued,
        "requests_issued_total": tally.issued,
        "requests_carried_in_total": tally.carried_in,
        "requests_ok_total": tally.ok,
        "requests_rejected_total": tally.rejected,
        "requests_timed_out_total": tally.timed_out,
        "requests_lost_total": tally.lost,
        "requests_open_total": tally.open,
    }
    summary: Summary = {}
    endpoints = [stream.name.lower() for stream in ENDPOINTS]
    for name, counts in fates.items():
        summary.update(_labelled(name, endpoints, [counts[stream] for stream in ENDPOINTS]))
    causes = [cause for cause in Cause if cause is not Cause.NONE]
    rejections = [tally.causes[cause] for cause in causes]
    summary.update(_labelled("rejected_total", [cause.name.lower() for cause in causes], rejections))
    silent = [tally.silent[cause] for cause in LIMITS]
    summary.update(_labelled("silent_total", [cause.name.lower() for cause in LIMITS], silent))
    summary["retries_total"] = tally.retries
    summary["timeouts_total"] = sum(tally.timed_out)
    return summary


def _rates(resolved: Resolved, tally: Tally) -> Summary:
    window_s = _window_s(resolved)
    endpoints = [stream.name.lower() for stream in ENDPOINTS]
    requests = _labelled("request_rate_per_s", endpoints, [tally.window_requests[s] for s in ENDPOINTS])
    handshakes = _labelled("handshake_rate_per_s", ("full", "resumed"), tally.window_handshakes)
    per_day = 86_400e9 / (resolved.duration_ns * resolved.agents)
    return {
        **_per_second(requests, window_s),
        **_per_second(handshakes, window_s),
        "goodput_per_s": tally.window_delivered / window_s,
        "login_rate_per_s": tally.window_logins / window_s,
        "login_peak_per_s": tally.login_peak,
        "bytes_up_per_agent_day": tally.bytes_up * per_day,
        "bytes_down_per_agent_day": tally.bytes_down * per_day,
    }


def _peaks(tally: Tally) -> Summary:
    """The busiest seconds; the one of all requests need not be that of any endpoint."""
    peaks = tally.peaks
    by_endpoint = {
        f"request_peak_per_s.{stream.name.lower()}": peaks[REQUESTS + stream] for stream in ENDPOINTS
    }
    return {
        "request_peak_per_s": peaks[ALL_REQUESTS],
        **by_endpoint,
        "handshake_peak_per_s": peaks[ALL_HANDSHAKES],
        "handshake_peak_per_s.full": peaks[FULL],
        "handshake_peak_per_s.resumed": peaks[RESUMED],
        "connect_peak_per_s": peaks[CONNECTS],
        "goodput_peak_per_s": peaks[EVENTS],
    }


def _server(resolved: Resolved, tally: Tally) -> Summary:
    window_ns = resolved.duration_ns - resolved.warmup_ns
    capacity_ns = window_ns * resolved.server.nodes * resolved.server.cores
    busy = [sum(node[activity] for node in tally.busy_ns) for activity in Activity]
    summary: Summary = {"server_utilisation": sum(busy) / capacity_ns}
    for activity in Activity:
        summary[f"server_utilisation.{activity.name.lower()}"] = busy[activity] / capacity_ns
    summary["server_utilisation.wasted"] = sum(tally.wasted_ns) / capacity_ns
    if tally.wait_jobs:
        summary["server_wait_probability"] = tally.wait_waited / tally.wait_jobs
    summary["server_queue_length_mean"] = tally.queue_area_ns / window_ns
    summary["server_queue_length_max"] = tally.queue_max
    summary["server_in_system_mean"] = tally.system_area_ns / window_ns
    summary["connections_open_mean"] = tally.connections_area_ns / window_ns
    summary["connections_open_max"] = tally.connections_max
    return summary


def _nodes(resolved: Resolved, tally: Tally) -> Summary:
    """Figures of each of several nodes, and how uneven they are."""
    if not tally.node_requests:
        return {}
    window_ns = resolved.duration_ns - resolved.warmup_ns
    busy_ns = [sum(node) for node in tally.busy_ns]
    per_node: dict[str, list[Number]] = {
        "node_utilisation": [busy / (window_ns * resolved.server.cores) for busy in busy_ns],
        "node_connections_mean": [area / window_ns for area in tally.node_connections_area_ns],
        "node_connections_max": list(tally.node_connections_max),
        "node_requests_total": list(tally.node_requests),
        "node_rejected_total": list(tally.node_rejected),
    }
    summary: Summary = {}
    if len(busy_ns) <= MOST_NODES_SHOWN:
        for name, values in per_node.items():
            summary.update({f"{name}.{index}": value for index, value in enumerate(values)})
    for name, amounts in (("utilisation", busy_ns), ("connections", tally.node_connections_area_ns)):
        if any(amounts):
            summary[f"node_{name}_imbalance"] = max(amounts) * len(amounts) / sum(amounts)
    return summary


def _agents(resolved: Resolved, tally: Tally) -> Summary:
    summary: Summary = {
        "agent_outbox_events_max": tally.outbox_max,
        "agents_offline_max": tally.offline_max,
    }
    if resolved.commands.channel in (Channel.POLL, Channel.LONG_POLL):
        summary["polls_unheard_total"] = tally.polls_unheard
    if resolved.heartbeat.offline_after_ns:
        summary["offline_alarms_total"] = tally.offline_alarms
    return summary
