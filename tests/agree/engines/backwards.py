"""The reference engine with its agents made in reverse order: every figure is the same."""

from typing import Any

from wavetank.engines import reference
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved


def run(resolved: Resolved, *how: Any, **named: Any) -> Tally:
    return reference.run(resolved, *how, **{**named, "reverse": True})
