"""The findings of `check` in the formats of continuous integration: GitHub annotations, SARIF, JUnit."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import Literal, NamedTuple
from urllib.parse import quote
from xml.etree import ElementTree

from wavetank.results.provenance import wavetank_version

Format = Literal["text", "json", "github", "sarif", "junit"]
_GITHUB = {"problem": "error", "warning": "warning"}
"""Levels of a finding as workflow commands; facts are not annotated."""


class Note(NamedTuple):
    """A warning, a problem, or a mistake of a scenario, at its place."""

    level: str
    key: str
    text: str
    file: str
    line: int
    column: int


class Checked(NamedTuple):
    """The findings in one scenario."""

    scenario: str
    notes: tuple[Note, ...]


def github(checked: Sequence[Checked]) -> str:
    """Return workflow commands that GitHub shows as annotations beside the lines."""
    lines = []
    for note in (note for each in checked for note in each.notes):
        properties = {"file": _relative(note.file), "line": note.line, "col": note.column, "title": note.key}
        said = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
        lines.append(f"::{_GITHUB[note.level]} {said}::{_data(note.text)}")
    return "\n".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def sarif(checked: Sequence[Checked]) -> str:
    """Return a SARIF 2.1.0 log with one run."""
    notes = [note for each in checked for note in each.notes]
    rules = [{"id": key} for key in dict.fromkeys(note.key for note in notes)]
    driver = {"name": "wavetank", "version": wavetank_version(), "rules": rules}
    run = {"tool": {"driver": driver}, "results": [_result(note) for note in notes]}
    return json.dumps({"version": "2.1.0", "runs": [run]}, indent=2)


def _result(note: Note) -> dict[str, object]:
    region = {"startLine": note.line, "startColumn": note.column}
    place = {"artifactLocation": {"uri": quote(_relative(note.file))}, "region": region}
    return {
        "ruleId": note.key,
        "level": _GITHUB[note.level],
        "message": {"text": note.text},
        "locations": [{"physicalLocation": place}],
    }


def _relative(file: str) -> str:
    """The path from the current folder, as both formats want it, where the file is below it."""
    path = Path(file).absolute()
    inside = path.is_relative_to(Path.cwd())
    return PurePath(path.relative_to(Path.cwd()) if inside else path).as_posix()


def junit(checked: Sequence[Checked]) -> str:
    """Return JUnit XML: a suite for each scenario, with a case for each finding; problems fail."""
    suites = ElementTree.Element("testsuites")
    for each in checked:
        suite = ElementTree.SubElement(suites, "testsuite", name=f"check {each.scenario}")
        notes = each.notes or (None,)
        for note in notes:
            _case(suite, each.scenario, note)
        failures = sum(note is not None and note.level == "problem" for note in notes)
        suite.attrib.update(tests=str(len(notes)), failures=str(failures), errors="0", skipped="0")
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True)


def _case(suite: ElementTree.Element, scenario: str, note: Note | None) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=scenario, name=note.key if note else "check")
    if note is None:
        return
    text = f"{_relative(note.file)}:{note.line}:{note.column}: {note.text}"
    if note.level == "problem":
        ElementTree.SubElement(case, "failure", message=note.text, type="problem").text = text
    else:
        ElementTree.SubElement(case, "system-out").text = text


WRITERS: dict[str, Callable[[Sequence[Checked]], str]] = {"github": github, "sarif": sarif, "junit": junit}
