"""An engine whose library is not installed."""

from typing import Any

from wavetank.errors import MissingExtra
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved


def run(resolved: Resolved, *how: Any, **named: Any) -> Tally:
    raise MissingExtra("numba", "fast")
