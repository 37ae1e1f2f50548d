"""Where a figure of the sentence leads: the chart that shows it, else its row in the table."""

from wavetank.results.metrics import stem_of

_CHARTS = (
    ("server_utilisation", "utilisation"),
    ("server_wait", "queue"),
    ("server_queue", "queue"),
    ("server_in_system", "queue"),
    ("login", "logins"),
    ("connections_open", "connections"),
    ("handshake_rate", "connections"),
    ("request_latency", "latency"),
    ("event_latency", "latency"),
    ("command_latency", "latency"),
    ("requests", "requests"),
    ("request_rate", "requests"),
    ("retries", "requests"),
    ("timeouts", "requests"),
    ("rejected", "requests"),
    ("events_queued", "backlog"),
    ("backlog", "backlog"),
    ("recovery", "backlog"),
    ("events", "goodput"),
    ("goodput", "goodput"),
)


def anchor(metric: str) -> str:
    """The id of the element that shows a metric best."""
    return next((chart for start, chart in _CHARTS if metric.startswith(start)), row_id(metric))


def row_id(metric: str) -> str:
    """The id of a metric's group in the table of all metrics."""
    return f"metric-{stem_of(metric)}"
