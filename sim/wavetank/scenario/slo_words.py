"""The words of `[slo]`: metrics without their unit, each with the kind of value that bounds it.

Every bound is an upper bound, so only metrics of which less is better are here.
"""

from collections.abc import Sequence
from typing import NamedTuple

from wavetank.policy.codes import Activity, Cause, DropCause


class SloWord(NamedTuple):
    """The metric a word stands for; `quantity` is "duration", "rate", "share", "size" or "number".

    `labels` may follow the word after a dot; "CLASS" stands for the names of the scenario's classes,
    "FAULT" for the numbers of its faults.
    """

    metric: str
    quantity: str
    labels: tuple[str, ...]


WINDOWS = ("before", "during", "after")
"""The windows that an objective may be for, relative to the faults; without one it is for the whole run."""
WITH_WINDOWS = ("event_latency", "command_latency")
"""Stems of the metrics that are known by window: those that count by the instant of creation."""

_STREAMS = ("stateless", "stateful")
_ENDPOINTS = ("login", "stateless", "stateful", "commands", "heartbeat")
_OPERATIONS = ("handshake", *_ENDPOINTS)
_ACTIVITIES = (*(activity.name.lower() for activity in Activity), "wasted")
_DROPS = tuple(cause.name.lower() for cause in DropCause)
_CAUSES = tuple(cause.name.lower() for cause in Cause if cause is not Cause.NONE)


def _durations(stem: str, statistics: str, labels: tuple[str, ...] = ()) -> dict[str, SloWord]:
    return {f"{stem}_{s}": SloWord(f"{stem}_{s}_s", "duration", labels) for s in statistics.split()}


def _plain(quantity: str, *names: str, labels: tuple[str, ...] = ()) -> dict[str, SloWord]:
    return {name: SloWord(name, quantity, labels) for name in names}


def _rates(*names: str, labels: tuple[str, ...] = ()) -> dict[str, SloWord]:
    return {name: SloWord(f"{name}_per_s", "rate", labels) for name in names}


SLO_WORDS: dict[str, SloWord] = {
    **_durations("event_latency", "mean p50 p95 p99 max", (*_STREAMS, "CLASS")),
    **_durations("request_latency", "mean p50 p95 p99 max", _ENDPOINTS),
    **_durations("command_latency", "mean p50 p95 p99 max"),
    **_durations("server_wait", "mean p50 p95 p99", _OPERATIONS),
    **_durations("offline_detection", "mean p95 max"),
    **_durations("time_to_logged_in", "p50 p99 max"),
    "backlog_age_max": SloWord("backlog_age_max_s", "duration", ()),
    "recovery": SloWord("recovery_s", "duration", ("FAULT",)),
    **_plain("share", "server_utilisation", labels=_ACTIVITIES),
    **_plain("share", "server_wait_probability"),
    **_rates("login_rate", "login_peak", "connect_peak"),
    **_rates("request_rate", "request_peak", labels=_ENDPOINTS),
    **_rates("handshake_rate", "handshake_peak", labels=("full", "resumed")),
    **_plain("number", "events_dropped", labels=(*_STREAMS, *_DROPS)),
    **_plain("number", "events_queued", "events_duplicated", "events_dropped_but_received", labels=_STREAMS),
    **_plain(
        "number",
        "requests_total",
        *(f"requests_{fate}_total" for fate in ("issued", "rejected", "timed_out", "lost", "open")),
        labels=_ENDPOINTS,
    ),
    **_plain("number", "rejected_total", labels=_CAUSES),
    **_plain(
        "number",
        "retries_total",
        "timeouts_total",
        "offline_alarms_total",
        "agents_offline_max",
        "agent_outbox_events_max",
        "server_queue_length_mean",
        "server_queue_length_max",
        "server_in_system_mean",
        "connections_open_mean",
        "connections_open_max",
    ),
    **_plain("size", "bytes_up_per_agent_day", "bytes_down_per_agent_day"),
}


def has_windows(metric: str) -> bool:
    """Return whether a metric, or a word of `[slo]`, is known by window."""
    return metric.startswith(WITH_WINDOWS)


def slo_word(word: str, classes: Sequence[str] = (), faults: int = 0) -> SloWord:
    """The metric that a word of `[slo]` means, with its label: "event_latency_p99.server".

    `classes` are the names of the scenario's classes, `faults` the number of its faults. KeyError with the
    word where there is no such metric or label.
    """
    stem, dot, label = word.partition(".")
    known = SLO_WORDS[stem]
    if not dot:
        return known
    if label not in labels_of(stem, classes, faults):
        raise KeyError(word)
    return known._replace(metric=f"{known.metric}.{label}")


def labels_of(stem: str, classes: Sequence[str] = (), faults: int = 0) -> tuple[str, ...]:
    """The labels that may follow a word; KeyError with the word where there is no such metric."""
    special = {"CLASS": tuple(classes), "FAULT": tuple(str(index) for index in range(faults))}
    return tuple(name for label in SLO_WORDS[stem].labels for name in special.get(label, (label,)))
