"""A scenario in a notebook: its title, what `check` says of it, and the keys that were changed."""

from html import escape

from wavetank.face.notebook.html import BAD, LEFT, OPEN, badge, cell, table
from wavetank.policy.codes import Stream
from wavetank.scenario import Scenario
from wavetank.studies.checking import check
from wavetank.studies.finding import Level


def scenario_html(scenario: Scenario) -> str:
    """Return a scenario as a notebook shows it."""
    findings = check(scenario)
    load = findings.load
    size = next(finding.text for finding in findings if finding.key == "valid")
    logins_per_s = load.requests_per_s(Stream.LOGIN)
    busy = f"When all goes well {100 * load.utilisation:.0f} % busy, {logins_per_s:.3g} logins/s."
    parts = [f"<p><b>{escape(scenario.name)}</b></p>", f"<p>{escape(size)} {busy}</p>"]
    changed = [override.text.partition("=") for override in scenario.sets]
    if changed:
        rows = [[cell(key.strip(), LEFT), cell(value.strip(), LEFT)] for key, _, value in changed]
        parts.append(table(("changed", "value"), rows, left=2))
    for finding in findings:
        if finding.level != Level.FACT:
            colour = BAD if finding.level == Level.PROBLEM else OPEN
            parts.append(
                f"<p>{badge(finding.level, colour)} <code>{finding.key}</code> {escape(finding.text)}</p>"
            )
    return "".join(parts)
