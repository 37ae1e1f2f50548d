"""`wavetank check`."""

import json
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from wavetank.cli import options
from wavetank.cli.status import Status

if TYPE_CHECKING:
    from wavetank.studies.finding import Findings


def check(
    scenario: options.Scenario,
    /,
    *,
    sets: options.Sets = None,
    json_: Annotated[options.Json, Parameter(name="--json")] = False,
    models: options.Models = None,
) -> int:
    """Say whether a scenario is valid, whether its timers nest, and whether it can be stable at all.

    Nothing is simulated. Exit status: 0 no problem found; 1 something cannot work; 2 bad input.
    """
    from wavetank import studies

    loaded = options.loaded(scenario, sets, models)
    findings = studies.check(loaded)
    if json_:
        plain = [finding._asdict() for finding in findings]
        print(json.dumps({"scenario": loaded.name, "findings": plain, "problems": len(findings.problems)}))
    else:
        _show(loaded.name, findings)
    return Status.NO if findings.problems else Status.DONE


def _show(name: str, findings: "Findings") -> None:
    from wavetank.cli import tables
    from wavetank.studies.formatting import many

    out = tables.console()
    tables.say(out, name)
    out.print()
    tables.put(out, tables.text_table(("", "about", ""), findings))
    out.print()
    problems, warnings = len(findings.problems), len(findings.warnings)
    more = f", {many(warnings, 'warning')}" if warnings else ""
    tables.say(out, f"{problems or 'No'} {'problem' if problems == 1 else 'problems'} found{more}.")
