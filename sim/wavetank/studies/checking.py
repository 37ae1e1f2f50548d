"""Checks of a scenario that need no simulation.

`check` puts the checks of capacity, timers and echoes together and orders what they find, the gravest last.
Nothing here is random and nothing is simulated, so the same scenario always gives the same findings.
"""

from pathlib import Path

from wavetank.scenario import Scenario, load
from wavetank.scenario.resolved import Resolved
from wavetank.studies import capacity, echoes, outages, timers, waves
from wavetank.studies.finding import Finding, Findings, fact, ordered, warning
from wavetank.studies.formatting import duration, many

NOT_JUDGED = (
    "The design is not judged further yet: loads and timers are checked one by one, not how they act "
    "together in a storm. `wavetank run` shows that."
)


def check(scenario: Scenario | str | Path) -> Findings:
    """Check a scenario without simulating it: is it valid, do the servers carry it, do the timers fit?

    It also warns of echoes: waves of logins that come again each time tokens expire together.

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
    if not capacity.has_events(resolved):
        findings.append(warning("fleet.class", "No class makes events; there is no backlog to judge by."))
    return Findings([*ordered(findings), fact("design", NOT_JUDGED)])


def _valid(resolved: Resolved) -> Finding:
    server = resolved.server
    agents = f"{many(resolved.agents, 'agent')} in {many(len(resolved.classes), 'class', 'classes')}"
    nodes = f"{many(server.nodes, 'node')} with {many(server.cores, 'core')} each"
    run = f"{duration(resolved.duration_ns / 1e9)} with {many(len(resolved.faults), 'fault')}"
    return fact("valid", f"{agents}, {nodes}, {run}.")
