"""The metrics that people are told first, in words: in tables of the command line and in notebooks.

Every table takes the names from here, so that a metric has one name for people. Metrics that matter only
when something happened, such as retries, are left out where they are 0 in every result shown.
"""

from collections.abc import Sequence

from wavetank.results.summary import Summary

HEADLINES: tuple[tuple[str, str], ...] = (
    ("recovery_s", "back after"),
    ("echoes_total", "echoes"),
    ("echo_height_max", "highest echo, share of the first peak"),
    ("events_produced", "events produced"),
    ("events_dropped", "events lost"),
    ("events_queued", "events queued at the end"),
    ("event_latency_p50_s", "event latency, median"),
    ("event_latency_p99_s", "event latency, p99"),
    ("command_latency_p99_s", "command latency, p99"),
    ("goodput_per_s", "events delivered"),
    ("request_rate_per_s", "requests"),
    ("login_rate_per_s", "logins"),
    ("login_peak_per_s", "logins, busiest second"),
    ("handshake_rate_per_s", "TLS handshakes"),
    ("retries_total", "retries"),
    ("timeouts_total", "time-outs"),
    ("rejected_total", "rejected"),
    ("silent_total", "met with silence"),
    ("polls_unheard_total", "polls at a dead node, unheard"),
    ("server_utilisation", "server utilisation"),
    ("server_utilisation.wasted", "CPU wasted on abandoned requests"),
    ("server_wait_p99_s", "queueing delay, p99"),
    ("connections_open_max", "connections open, peak"),
    ("agents_offline_max", "agents offline, peak"),
    ("offline_alarms_total", "offline alarms"),
)
"""The metrics that people are told first, in words."""

_DULL = (
    "echo",
    "login",
    "handshake",
    "retries",
    "timeouts",
    "rejected",
    "silent",
    "polls_unheard",
    "agents_offline",
    "server_utilisation.wasted",
)


def headlines(summaries: Sequence[Summary]) -> list[tuple[str, str]]:
    """Return the metrics that any of these summaries has, with their names, but for those left out."""
    lines = []
    for metric, text in HEADLINES:
        values = [summary[metric] for summary in summaries if metric in summary]
        dull = metric.startswith(_DULL) and not any(value is None or value for value in values)
        if values and not dull:
            lines.append((metric, text))
    return lines
