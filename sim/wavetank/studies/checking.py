"""Checks of a scenario that need no simulation.

`check` puts the checks of capacity, timers and echoes together and orders what they find, the gravest last.
Nothing here is random and nothing is simulated, so the same scenario always gives the same findings.
"""

import shlex
from pathlib import Path

from wavetank.scenario import Scenario, list_entries, load
from wavetank.scenario.resolved import Resolved
from wavetank.studies import capacity, echoes, outages, storms, timers, waves
from wavetank.studies.finding import Finding, Findings, Level, Remedy, fact, ordered, warning
from wavetank.studies.formatting import duration, many
from wavetank.studies.load import loads

NOT_JUDGED = (
    "Loads, timers and storms were judged one by one, by closed forms; how they act together, "
    "`wavetank run` shows."
)


def check(scenario: Scenario | str | Path) -> Findings:
    """Check a scenario without simulating it: is it valid, do the servers carry it, do the timers fit?

    It also warns of echoes: waves of logins that come again each time tokens expire together. Of the findings
    that it returns, `load` and `capacity` are numbers, and `to_frame()` is a tidy table.

    Raises ScenarioError for a scenario that is not valid.

    Examples
    --------
    >>> import wavetank as wt
    >>> small = wt.load("quickstart", ["fleet.agents=20", "duration=2min"])
    >>> wt.check(small)[0].text
    '20 agents in 3 classes, 1 node with 4 cores each, 2 min with no faults.'
    """
    loaded = scenario if isinstance(scenario, Scenario) else load(scenario)
    resolved = loaded.resolve()
    unpaid = () if loaded.spec.server.card else capacity.unpaid(resolved)
    findings = [_valid(resolved), *capacity.findings(resolved), *unpaid, *timers.findings(resolved)]
    findings += [*echoes.findings(resolved), *waves.findings(resolved), *outages.findings(resolved)]
    findings += storms.findings(resolved)
    if not capacity.has_events(resolved):
        findings.append(_no_events(resolved))
    if "server" not in loaded.spec.model_fields_set:
        findings = [_about_agents(finding) for finding in findings]
    shown = [finding._replace(command=command_of(loaded, finding)) for finding in ordered(findings)]
    checked = Findings([*shown, fact("design", NOT_JUDGED)])
    checked.load, checked.peak = loads(resolved)
    checked.capacity = capacity.figures(resolved)
    return checked


def _about_agents(finding: Finding) -> Finding:
    """Take a server without costs for a fact where the scenario says nothing of a server."""
    free = finding.key == "server.service" and finding.level == Level.WARNING
    return fact(finding.key, finding.text) if free else finding


def _no_events(resolved: Resolved) -> Finding:
    fix = f'fleet.class.{resolved.classes[0].name}.stateless = {{ rate = "1/min" }}'
    return warning(
        "fleet.class",
        "No class makes events; there is no backlog to judge by.",
        Remedy(fix, "events_produced"),
    )


def command_of(scenario: Scenario, finding: Finding) -> str:
    """Return the command that runs the scenario as it is and with the fix of a finding; "" without a fix."""
    if not finding.metric:
        return ""
    sets = [*(override.text for override in scenario.sets), *finding.under]
    words = ["wavetank", "compare", _name(scenario), *(word for text in sets for word in ("--set", text))]
    return shlex.join([*words, *(word for text in finding.overrides for word in ("--with", text))])


def _name(scenario: Scenario) -> str:
    """Return what a command calls a scenario: its name in the catalogue, or the path of its file."""
    file = Path(scenario.base.origin(()).file)
    entries = {entry.name: entry.path for entry in list_entries("scenarios", scenario.models)}
    known = entries.get(file.stem)
    return file.stem if known is not None and known.resolve() == file.resolve() else str(file)


def _valid(resolved: Resolved) -> Finding:
    server = resolved.server
    agents = f"{many(resolved.agents, 'agent')} in {many(len(resolved.classes), 'class', 'classes')}"
    nodes = f"{many(server.nodes, 'node')} with {many(server.cores, 'core')} each"
    run = f"{duration(resolved.duration_ns / 1e9)} with {many(len(resolved.faults), 'fault')}"
    return fact("valid", f"{agents}, {nodes}, {run}.")
