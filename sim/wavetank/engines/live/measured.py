"""Measurements of a live run: the counts that agents and server fill in, and the metrics made of them.

Both are lists of what is there. A metric or a count that somebody adds is therefore absent from a live
result until it is measured and listed here. It never reads 0.
"""

from wavetank.results.metrics import expand

COUNTS = frozenset(
    {
        *(f"events.{name}" for name in ("produced", "carried_in", "delivered", "dropped", "queued")),
        *(f"events.{name}" for name in ("received", "duplicated", "dropped_but_received")),
        *("issued", "carried_in", "ok", "rejected", "timed_out", "lost", "open", "causes", "retries"),
        *("window_requests", "window_delivered", "window_logins", "window_handshakes", "login_peak"),
        *(f"event_latency.{name}" for name in ("histogram", "created", "delivered", "sum_ns")),
        *(f"windows.event_latency.{name}" for name in ("histogram", "created", "delivered", "sum_ns")),
        *("windows.command_latency", "windows.commands_due"),
        *("request_latency", "command_latency", "commands_created", "commands_delivered", "commands_due"),
        *("offline_max", "cold_begins", "logged_in", "connections_area_ns", "connections_max"),
        *("bytes_up", "bytes_down", "outbox_max", "backlog_age_max_ns"),
        *(f"series.{name}" for name in ("requests", "logins", "handshakes", "delivered", "dropped")),
        *(f"series.{name}" for name in ("rejected", "timed_out", "lost", "retries", "connections")),
        *("series.produced", "series.carried_in"),
    }
)
"""Fields of `Tally` that every live run fills in, those of its parts as `PART.FIELD`."""

OF_OUR_SERVER = frozenset({"busy_ns", "series.busy_ns"})
"""Fields that need the CPU time of the server's process: only of a server that the run has started."""

_FATES = "issued,carried_in,ok,rejected,timed_out,lost,open"

METRICS = (
    "event_latency_{mean,p50,p95,p99,max}_s.*",
    "request_latency_{mean,p50,p95,p99,max}_s.*",
    "command_latency_{mean,p50,p95,p99,max}_s",
    "events_{produced,carried_in,delivered,dropped,queued,received,duplicated,dropped_but_received}.*",
    "backlog_age_max_s",
    "agent_outbox_events_max",
    "commands_{created,delivered}",
    "goodput_per_s",
    "requests_total.*",
    f"requests_{{{_FATES}}}_total.*",
    "request_rate_per_s.*",
    "login_rate_per_s",
    "login_peak_per_s",
    "handshake_rate_per_s.*",
    "rejected_total.*",
    "{retries,timeouts}_total",
    "connections_open_{mean,max}",
    "bytes_{up,down}_per_agent_day",
    "agents_offline_max",
    "time_to_logged_in_{p50,p99,max}_s",
    "recovery_s.*",
    "echoes_total",
    "echo_height_max",
    "echo_backlog_max_ratio",
    "echo_period_s",
)
"""Metrics of every live run; `.*` stands for all labels. Alternatives are written as in `results.metrics`."""

COLUMNS = (
    *("t_s", "requests", "logins", "handshakes", "delivered", "dropped", "rejected", "timed_out", "lost"),
    *("retries", "connections", "produced", "backlog"),
)
"""Columns of the series of every live run."""


def measured(own_server: bool) -> tuple[str, ...]:
    """Return the metrics and columns of a live run, as `Tally.measured` has them.

    The real server tells how much CPU it takes, but not on what: its utilisation has no activities.
    """
    names = [name for metric in METRICS for name in expand(metric)]
    with_cpu = ("server_utilisation", "utilisation.*") if own_server else ()
    return (*names, *COLUMNS, *with_cpu)
