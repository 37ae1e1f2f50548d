"""Where in a scenario's files a finding of `check` belongs.

Findings name keys; editors and continuous integration need file, line and column. A key that nobody wrote
is shown at the nearest table that is in a file.
"""

from pathlib import Path
from typing import NamedTuple

from wavetank.scenario import Scenario
from wavetank.scenario.positions import Path as KeyPath
from wavetank.studies.finding import Finding


class Place(NamedTuple):
    """A file with line and column, both from 1."""

    file: str
    line: int
    column: int


def place_of(scenario: Scenario, finding: Finding) -> Place:
    """Return where the key of a finding is written, or the nearest table around it that is.

    A key that an override sets is in no file: the scenario's own file stands for it then.
    """
    file, mark = scenario.tree.origin(_path(scenario, finding.key))
    if not Path(file).is_file():
        file, mark = scenario.base.origin(())
    return Place(file, mark.key_line, mark.key_column)


def _path(scenario: Scenario, key: str) -> KeyPath:
    """The path of a dotted key; a class is named in findings, and a table of an array in the file."""
    parts = key.split(".")
    names = [kind.name for kind in scenario.spec.fleet.classes]
    if parts[:2] == ["fleet", "class"] and len(parts) > 2 and parts[2] in names:
        return ("fleet", "class", names.index(parts[2]), *parts[3:])
    return tuple(parts)
