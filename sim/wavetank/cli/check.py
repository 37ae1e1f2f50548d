"""`wavetank check`."""

import json
import sys
from math import isfinite
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from wavetank.cli import options
from wavetank.cli.annotations import WRITERS, Checked, Format, Note
from wavetank.cli.options import BadOption
from wavetank.cli.status import Status
from wavetank.errors import ScenarioError

if TYPE_CHECKING:
    from wavetank.scenario import Scenario
    from wavetank.studies.finding import Finding, Findings


def check(
    scenario: options.Scenario,
    /,
    *others: options.Scenario,
    sets: options.Sets = None,
    json_: Annotated[options.Json, Parameter(name="--json")] = False,
    format_: Annotated[
        Format,
        Parameter(
            name="--format",
            help="text, json (an object for each scenario), or what CI reads: github, sarif, junit.",
        ),
    ] = "text",
    models: options.Models = None,
) -> int:
    """Say whether scenarios are valid, whether their timers nest, and whether they can be stable at all.

    Nothing is simulated. Exit status: 0 no problem found; 1 something cannot work; 2 bad input.
    """
    if json_ and format_ not in ("text", "json"):
        raise BadOption(f"--json: and --format {format_} is asked for; leave one of them out")
    shown = "json" if json_ else format_
    status = Status.DONE
    checked: list[Checked] = []
    for name in (scenario, *others):
        try:
            findings = _checked(name, sets, models, shown, checked)
        except ScenarioError as error:
            # Each mistake is a message of its own, also where others are still to be checked.
            for each in error.errors:
                print(f"wavetank: {each}", file=sys.stderr)
            checked.append(Checked(name, tuple(_mistake(each) for each in error.errors)))
            status = Status.BAD_INPUT
            continue
        if findings.problems and status is Status.DONE:
            status = Status.NO
    if shown in WRITERS and (text := WRITERS[shown](checked)):
        print(text)
    return status


def _checked(
    name: str, sets: options.Sets, models: options.Models, shown: str, checked: list[Checked]
) -> "Findings":
    from wavetank.studies.checking import check as check_study

    loaded = options.loaded(name, sets, models)
    findings = check_study(loaded)
    if shown == "json":
        plain = [_plain(loaded, finding) for finding in findings]
        print(json.dumps({"scenario": loaded.name, "findings": plain, "problems": len(findings.problems)}))
    elif shown == "text":
        _show(loaded, findings)
    notes = (*findings.warnings, *findings.problems)
    checked.append(Checked(loaded.name, tuple(_note(loaded, finding) for finding in notes)))
    return findings


def _note(loaded: "Scenario", finding: "Finding") -> Note:
    from wavetank.studies.places import place_of

    return Note(str(finding.level), finding.key, finding.text, *place_of(loaded, finding))


def _mistake(error: ScenarioError) -> Note:
    return Note("problem", "scenario", error.message, error.file, error.line, error.column)


def _plain(loaded: "Scenario", finding: "Finding") -> dict[str, object]:
    from wavetank.studies.places import place_of

    # JSON has no infinity: null stands for it.
    figures = {name: value if isfinite(value) else None for name, value in finding.figures}
    more = {"figures": figures, "overrides": finding.overrides}
    return {**finding._asdict(), **more, **place_of(loaded, finding)._asdict()}


def remedy(loaded: "Scenario", finding: "Finding") -> str:
    """Return where a finding is, the lines that remove it, and the command that shows it, a line each."""
    from wavetank.studies.places import place_of

    place = place_of(loaded, finding)
    keys = ", ".join((finding.key, *finding.also))
    lines = [f"{keys} ({place.file}:{place.line})"]
    lines += [f"  fix  {text}" for text in finding.fix.splitlines()]
    return "\n".join([*lines, f"  see  {finding.metric} of: {finding.command}"])


def _show(loaded: "Scenario", findings: "Findings") -> None:
    from wavetank.cli import tables
    from wavetank.studies.formatting import many

    out = tables.console()
    tables.say(out, loaded.name)
    out.print()
    tables.put(out, tables.text_table(("", "about", ""), (finding[:3] for finding in findings)))
    out.print()
    for finding in (*findings.warnings, *findings.problems):
        if finding.fix:
            tables.say(out, remedy(loaded, finding))
            out.print()
    problems, warnings = len(findings.problems), len(findings.warnings)
    more = f", {many(warnings, 'warning')}" if warnings else ""
    tables.say(out, f"{problems or 'No'} {'problem' if problems == 1 else 'problems'} found{more}.")
