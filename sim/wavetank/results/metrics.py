"""The table of all metrics: what a summary may hold, its units, labels and meaning.

`docs/metrics.md` is written from it (`python -m wavetank.results.metrics > docs/metrics.md`). A name is
`name_unit[.label][@window]`. A metric that is not in this table is in no summary.
"""

import re
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from wavetank.policy.codes import EVENT_STREAMS, Activity, Cause, DropCause, Stream
from wavetank.results.tally import OPERATIONS
from wavetank.scenario.slo_words import WINDOWS, has_windows

ENDPOINTS = tuple(stream for stream in Stream if stream is not Stream.REGISTER)

LIMITS = (
    Cause.IN_FLIGHT,
    Cause.IN_FLIGHT_BYTES,
    Cause.REQUEST_RATE,
    Cause.LOGIN_RATE,
    Cause.CONNECT_RATE,
    Cause.CONNECTIONS,
)
"""The causes that a server may meet with silence: a scenario says so of its limits."""

LABELS: dict[str, tuple[str, ...]] = {
    "STREAM": tuple(stream.name.lower() for stream in EVENT_STREAMS),
    "ENDPOINT": tuple(stream.name.lower() for stream in ENDPOINTS),
    "OPERATION": OPERATIONS,
    "ACTIVITY": tuple(activity.name.lower() for activity in Activity),
    "CAUSE": tuple(cause.name.lower() for cause in Cause if cause is not Cause.NONE),
    "LIMIT": tuple(cause.name.lower() for cause in LIMITS),
    "DROP": tuple(cause.name.lower() for cause in DropCause),
    "CLASS": (),
    "FAULT": (),
    "NODE": (),
}
"""Members of each family of labels; CLASS, FAULT and NODE are the scenario's own."""

LABEL_MEANINGS = {
    "STREAM": "kind of event",
    "ENDPOINT": "what the request asks for",
    "OPERATION": "the job that waited for a core",
    "ACTIVITY": "what the cores worked on",
    "CAUSE": "why a request was turned away",
    "LIMIT": "which limit was reached",
    "DROP": "why an event was given up",
    "CLASS": "name of a class of the fleet (a class called like a stream is not shown)",
    "FAULT": "number of the fault in the scenario, from 0",
    "NODE": "number of the node, from 0, where there are 2 to 64 of them",
}


class Metric(NamedTuple):
    """One row: `name` may hold alternatives in braces; `labels` are families or plain words."""

    name: str
    unit: str
    labels: tuple[str, ...]
    meaning: str


_WINDOWS = (
    "In a scenario with faults, latencies of events and commands are also known by window: "
    "`event_latency_p99_s@during` is over what was created during the faults. `@before` is from the warm-up "
    "to the begin of the first fault. `@during` is from the begin of each fault to W after its end, where W "
    "is the bound of the `recovery` objective, or 10 min without one. `@after` is the rest. The windows are "
    "known before the run: none ends when the fleet is back. Other metrics have no windows."
)
_LATENCY = "{mean,p50,p95,p99,max}"
_RUN = "over the whole run"
_PEAK = "in one whole second [k, k + 1) s, from the second of the warm-up's end on"

METRICS = (
    Metric(
        f"event_latency_{_LATENCY}_s",
        "s",
        ("STREAM", "CLASS"),
        "From an event's creation to its acknowledgement at the agent, for events created in [warm-up, "
        "duration - tail). Undelivered and dropped events are infinite; the mean is over delivered events.",
    ),
    Metric(
        f"request_latency_{_LATENCY}_s",
        "s",
        ("ENDPOINT",),
        "From the start of an attempt (connecting included) to the last byte of its answer, for attempts "
        "answered ok in the window.",
    ),
    Metric(
        f"command_latency_{_LATENCY}_s",
        "s",
        (),
        "From a command's creation at the server to its arrival at the agent, for commands created in "
        "[warm-up, duration - tail); undelivered ones are infinite.",
    ),
    Metric("events_produced", "events", ("STREAM",), f"Events created by agents {_RUN}."),
    Metric(
        "events_carried_in",
        "events",
        ("STREAM",),
        "Events that waited already when the run began, created before it: produced + carried_in = "
        "delivered + dropped + queued.",
    ),
    Metric("events_delivered", "events", ("STREAM",), f"Events acknowledged to their agent {_RUN}."),
    Metric("events_dropped", "events", ("STREAM", "DROP"), f"Events given up {_RUN}."),
    Metric(
        "events_queued", "events", ("STREAM",), "Events neither delivered nor dropped when the run ended."
    ),
    Metric("events_received", "events", ("STREAM",), f"Different events that reached the server {_RUN}."),
    Metric(
        "events_duplicated",
        "events",
        ("STREAM",),
        f"Events that reached the server again, each time, {_RUN}.",
    ),
    Metric(
        "events_dropped_but_received",
        "events",
        ("STREAM",),
        f"Events given up by the agent although the server had them, {_RUN}.",
    ),
    Metric(
        "backlog_age_max_s",
        "s",
        (),
        "Greatest age of an event at its acknowledgement or at the end of the run.",
    ),
    Metric("agent_outbox_events_max", "events", (), "Most events that waited in one agent's buffers."),
    Metric("commands_created", "commands", (), f"Commands created at the server {_RUN}."),
    Metric("commands_delivered", "commands", (), f"Commands that arrived at their agent {_RUN}."),
    Metric("goodput_per_s", "events/s", (), "Events acknowledged per second of the window."),
    Metric("requests_total", "requests", ("ENDPOINT",), f"Attempts of requests begun {_RUN}."),
    Metric(
        "requests_{issued,carried_in,ok,rejected,timed_out,lost,open}_total",
        "requests",
        ("ENDPOINT",),
        f"Attempts begun {_RUN}, and what became of them: issued + carried_in (begun before the run) = "
        "ok + rejected (answered with an error) + timed_out + lost (refused or reset) + open (at the end).",
    ),
    Metric("request_rate_per_s", "requests/s", ("ENDPOINT",), "Attempts begun per second of the window."),
    Metric("login_rate_per_s", "logins/s", (), "Logins granted per second of the window."),
    Metric(
        "login_peak_per_s", "logins/s", (), "Most logins granted in one whole second from the warm-up on."
    ),
    Metric(
        "handshake_rate_per_s",
        "handshakes/s",
        ("full", "resumed"),
        "TLS handshakes begun at the server per second of the window.",
    ),
    Metric(
        "request_peak_per_s",
        "requests/s",
        ("ENDPOINT",),
        f"Most attempts begun {_PEAK}.",
    ),
    Metric(
        "handshake_peak_per_s",
        "handshakes/s",
        ("full", "resumed"),
        f"Most TLS handshakes begun at the server {_PEAK}.",
    ),
    Metric(
        "connect_peak_per_s",
        "connections/s",
        (),
        f"Most SYNs sent by agents, repeated ones among them, {_PEAK}.",
    ),
    Metric("goodput_peak_per_s", "events/s", (), f"Most events acknowledged {_PEAK}."),
    Metric(
        "rejected_total",
        "requests",
        ("CAUSE",),
        f"Times the server turned a request or a connection away {_RUN}.",
    ),
    Metric(
        "silent_total",
        "messages",
        ("LIMIT",),
        f"SYNs and requests that a limit met with silence {_RUN}; `rejected_total` does not hold them.",
    ),
    Metric(
        "polls_unheard_total",
        "requests",
        (),
        f"Polls whose node died while they were under way, and whose agent heard nothing of it {_RUN}. For "
        "the agent such a poll still ends well when its own `hold` is over: it is among `requests_ok_total`.",
    ),
    Metric("retries_total", "requests", (), f"Attempts that repeat an earlier one {_RUN}."),
    Metric("timeouts_total", "requests", (), f"Attempts that the agent gave up waiting for {_RUN}."),
    Metric(
        "server_utilisation",
        "1",
        ("ACTIVITY", "wasted"),
        "Busy core time over nodes x cores x window; `wasted`: on requests that their agents had abandoned "
        "(it is also counted under its activity).",
    ),
    Metric(
        "server_wait_{mean,p50,p95,p99}_s",
        "s",
        ("OPERATION",),
        "Time a job waited for a worker and a core, those that did not wait included.",
    ),
    Metric("server_wait_probability", "1", (), "Share of the window's jobs that had to wait."),
    Metric(
        "server_queue_length_{mean,max}",
        "jobs",
        (),
        "Jobs waiting on all nodes, those in service not included; the mean is over time.",
    ),
    Metric("server_in_system_mean", "jobs", (), "Jobs waiting or in service on all nodes, mean over time."),
    Metric("connections_open_{mean,max}", "connections", (), "Connection slots held on all nodes."),
    Metric(
        "node_utilisation",
        "1",
        ("NODE",),
        "Busy core time of one node over its cores x window. Known by node only.",
    ),
    Metric(
        "node_connections_{mean,max}",
        "connections",
        ("NODE",),
        "Connection slots held on one node. Known by node only.",
    ),
    Metric(
        "node_requests_total",
        "requests",
        ("NODE",),
        f"Requests that arrived at one node {_RUN}, those that it refused among them. Known by node only.",
    ),
    Metric(
        "node_rejected_total",
        "requests",
        ("NODE",),
        f"Times that one node turned a request or a connection away {_RUN}: together they are "
        "`rejected_total`. Known by node only.",
    ),
    Metric(
        "node_{utilisation,connections}_imbalance",
        "1",
        (),
        "Greatest over mean, over the nodes, of the mean in the window: 1 is even. Of several nodes only.",
    ),
    Metric(
        "bytes_{up,down}_per_agent_day", "bytes", (), "Bytes sent by or to an agent, the run scaled to a day."
    ),
    Metric(
        "agents_offline_max",
        "agents",
        (),
        "Most agents at one time that have given up logging in (refused, or attempts used up).",
    ),
    Metric("offline_alarms_total", "alarms", (), f"Alarms that the server raised for a silent agent {_RUN}."),
    Metric(
        "offline_detection_{mean,p95,max}_s",
        "s",
        (),
        "From the last heartbeat the server saw to its alarm.",
    ),
    Metric(
        "node_detection_{mean,max}_s",
        "s",
        (),
        f"From the instant a node goes away until the balancer takes it out {_RUN}.",
    ),
    Metric(
        "time_to_logged_in_{p50,p99,max}_s",
        "s",
        (),
        "From an agent's cold start to its first token; agents that never had one are infinite.",
    ),
    Metric(
        "recovery_s",
        "s",
        ("FAULT",),
        "From the end of a fault to the first instant from which the fleet does as well as without faults "
        "for a hold H (docs/model.md), 0 at least; from its begin where it outlasts the run and is carried. "
        "Without a label, the longest. null: not back when the run ended.",
    ),
    Metric(
        "echoes_total",
        "echoes",
        (),
        "Times the fleet was worse again after it was back, because tokens "
        "granted together expire together (or, without tokens, in step with another period).",
    ),
    Metric("echo_height_max", "1", (), "Height of the highest echo, as a share of the first peak."),
    Metric(
        "echo_backlog_max_ratio",
        "1",
        (),
        "Greatest backlog over that of the run without faults, as means over the span L, from being back "
        "to one token life later.",
    ),
    Metric(
        "echo_period_s", "s", (), "Mean time from one echo to the next, the first one from the fault's end."
    ),
)


def expand(name: str) -> Iterator[str]:
    """All names of a name with alternatives: `a_{x,y}` gives `a_x` and `a_y`."""
    parts = re.split(r"\{([^}]*)\}", name)
    choices = [part.split(",") if index % 2 else [part] for index, part in enumerate(parts)]
    for picked in product(*choices):
        yield "".join(picked)


BY_NAME: dict[str, Metric] = {name: metric for metric in METRICS for name in expand(metric.name)}


def stem_of(name: str) -> str:
    """Return a metric's or distribution's name without label and window: `a_s.label@during` gives `a_s`."""
    return name.partition("@")[0].partition(".")[0]


def is_metric(name: str) -> bool:
    """Whether a full name, label and window included, is in the table.

    Any class name and fault number will do.
    """
    name, at, window = name.partition("@")
    if at and not (window in WINDOWS and has_windows(name)):
        return False
    stem, dot, label = name.partition(".")
    metric = BY_NAME.get(stem)
    if metric is None or not dot:
        return metric is not None
    families = set(metric.labels)
    return any(label == word or label in LABELS.get(word, ()) for word in families) or (
        ("CLASS" in families and label != "") or (bool({"FAULT", "NODE"} & families) and label.isdecimal())
    )


def unit_of(name: str) -> str:
    """Unit of a full metric name; KeyError if there is no such metric."""
    return BY_NAME[stem_of(name)].unit


def to_markdown() -> str:
    """`docs/metrics.md`."""
    lines = [
        "# Metrics",
        "",
        "<!-- written by `python -m wavetank.results.metrics`; edit the table there -->",
        "",
        "A metric is `name_unit[.label]`. The window is [warm-up, duration): rates, utilisation, waits and "
        "levels are over it. In JSON `null` stands for infinite, or for what was not over when the run "
        "ended: then `censored_at` holds a lower bound. A metric with nothing to measure is absent. Figures "
        "of a replicated run are means over the replications, of recoveries the median; latency percentiles "
        "and maxima are those of all their observations together.",
        "",
        _WINDOWS,
        "",
        "| metric | unit | labels | meaning |",
        "|---|---|---|---|",
    ]
    for metric in METRICS:
        marks = [f"`.{label}`" for label in metric.labels] + ["`@WINDOW`"] * has_windows(metric.name)
        labels = ", ".join(marks)
        lines.append(f"| `{metric.name}` | {metric.unit} | {labels} | {metric.meaning} |")
    lines += ["", "## Labels", "", "| label | values | meaning |", "|---|---|---|"]
    for family, meaning in LABEL_MEANINGS.items():
        values = ", ".join(f"`{value}`" for value in LABELS[family]) or "the scenario's"
        lines.append(f"| `.{family}` | {values} | {meaning} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(to_markdown(), end="")
