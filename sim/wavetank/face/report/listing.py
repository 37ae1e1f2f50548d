"""The table of all metrics: every figure of the run with its explanation, topic by topic."""

from collections.abc import Sequence
from typing import NamedTuple

from wavetank.face.report.anchors import row_id
from wavetank.face.report.designs import Design
from wavetank.face.report.figures import Cell, cells, columns
from wavetank.results.metrics import METRICS, Metric, expand, stem_of
from wavetank.studies.formatting import ABSENT

_TOPICS = (
    ("Recovery", ("recovery", "echo")),
    ("Latency", ("event_latency", "request_latency", "command_latency", "backlog_age")),
    ("Events and commands", ("events", "goodput", "agent_outbox", "commands")),
    ("Requests", ("requests", "request_", "rejected", "silent", "polls_unheard", "retries", "timeouts")),
    ("Logins and connections", ("login", "time_to", "handshake", "connect")),
    ("Servers", ("server", "store", "node")),
    ("Agents and traffic", ("agents", "offline", "bytes")),
)
MORE = "More"


class Line(NamedTuple):
    """A row: its name, and per cell a figure and the id of what it shows ("" for none)."""

    name: str
    cells: list[tuple[Cell, str]]


class Group(NamedTuple):
    """Metrics that share an explanation. `heads` stand above the cells."""

    meaning: str
    unit: str
    heads: tuple[str, ...]
    lines: list[Line]


class Topic(NamedTuple):
    """Groups under one heading, and how many figures they hold."""

    title: str
    figures: int
    groups: list[Group]


def all_metrics(designs: Sequence[Design]) -> list[Topic]:
    """Every metric that any design has, each in its topic."""
    known = list(dict.fromkeys(name for design in designs for name in design.result.summary))
    topics = {title: Topic(title, 0, []) for title in (*(title for title, _ in _TOPICS), MORE)}
    for metric in METRICS:
        stems = list(expand(metric.name))
        names = [name for stem in stems for name in known if stem_of(name) == stem]
        if names:
            title = topic_of(stems[0])
            entry = topics[title]
            entry.groups.append(_group(designs, metric, names))
            topics[title] = entry._replace(figures=entry.figures + len(names))
    return [topic for topic in topics.values() if topic.groups]


def topic_of(stem: str) -> str:
    """The topic of a metric."""
    return next((title for title, starts in _TOPICS if stem.startswith(starts)), MORE)


def _group(designs: Sequence[Design], metric: Metric, names: Sequence[str]) -> Group:
    if len(designs) == 1 and "{" in metric.name:
        return _matrix(designs, metric, names)
    heads = tuple(head or "value" for head in columns(designs))
    stems = set(expand(metric.name))
    lines = [
        Line(
            name,
            [(cell, "" if index or name not in stems else row_id(name)) for index, cell in row],
        )
        for name in names
        if (row := list(enumerate(cells(designs, name))))
    ]
    return Group(metric.meaning, metric.unit, heads, lines)


def _matrix(designs: Sequence[Design], metric: Metric, names: Sequence[str]) -> Group:
    """Of one design: a row per label, a column per alternative in the braces of the metric's name."""
    begin, _, rest = metric.name.partition("{")
    inside, _, end = rest.partition("}")
    heads = tuple(inside.split(","))
    labels = dict.fromkeys(name[len(stem_of(name)) :] for name in names)
    lines = []
    for label in labels:
        row = [f"{begin}{head}{end}{label}" for head in heads]
        lines.append(
            Line(
                f"{begin}*{end}{label}",
                [
                    (cells(designs, name)[0], "" if label else row_id(name))
                    if name in names
                    else (Cell(ABSENT), "" if label else row_id(name))
                    for name in row
                ],
            )
        )
    return Group(metric.meaning, metric.unit, heads, lines)
