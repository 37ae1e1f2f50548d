"""The reference engine with a defect: it breaks down where a fleet has restarted."""

from typing import Any

from wavetank.engines import reference
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved


def run(resolved: Resolved, *how: Any, **named: Any) -> Tally:
    if resolved.faults:
        raise IndexError("no such fault")
    return reference.run(resolved, *how, **named)
