"""The reference engine: SimPy processes around the protocol core; readable and traced, the definition."""

import gc
from collections.abc import Iterable

from wavetank.engines.reference.world import Progress, World
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved

TRACE_ROWS = 100_000


def run(
    resolved: Resolved,
    trace_agents: Iterable[int] = (),
    trace_rows: int = TRACE_ROWS,
    progress: Progress | None = None,
    requests: bool = False,
    reverse: bool = False,
) -> Tally:
    """Simulate a scenario; returns the exact counts.

    `trace_agents` are the agents whose messages are kept, at most `trace_rows` of them. `progress` is
    called once a bin of the series. `requests` logs every attempt (`results.requests`). `reverse` creates
    the agents in reverse order, which must change nothing. Raises AccountingError when events or attempts
    do not add up.
    """
    world = World(resolved, frozenset(trace_agents), trace_rows, progress, requests, reverse)
    # what is made while running seldom has cycles: look for them seldom, and not among the agents
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    try:
        return world.run()
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


__all__ = ["Progress", "run"]
