"""The table of all metrics: every figure of the run with its explanation."""

from collections.abc import Sequence
from typing import NamedTuple

from wavetank.face.report.designs import Design
from wavetank.face.report.figures import Cell, cells
from wavetank.results.metrics import METRICS, expand


class Line(NamedTuple):
    """A metric by its full name, with what came out in every design."""

    name: str
    cells: list[Cell]


class Group(NamedTuple):
    """Metrics that share an explanation."""

    meaning: str
    unit: str
    lines: list[Line]


def all_metrics(designs: Sequence[Design]) -> list[Group]:
    """Every metric that any design has, in the order of docs/metrics.md."""
    known = list(dict.fromkeys(name for design in designs for name in design.result.summary))
    groups = []
    for metric in METRICS:
        stems = list(expand(metric.name))
        names = [name for stem in stems for name in known if name.partition(".")[0] == stem]
        if names:
            lines = [Line(name, cells(designs, name)) for name in names]
            groups.append(Group(metric.meaning, metric.unit, lines))
    return groups
