"""The reference engine: SimPy processes around the protocol core; readable and traced, the definition.

It is written to be read beside docs/model.md, and every other engine must be equal to it, request by
request. Large fleets are for `compiled`.
"""

from collections.abc import Iterable

from wavetank.engines.progress import Progress
from wavetank.engines.reference.stepping import Stepping, seldom_collected
from wavetank.engines.reference.world import World
from wavetank.results.tally import Tally
from wavetank.results.trace import TRACE_ROWS
from wavetank.scenario.resolved import Resolved


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
    with seldom_collected():
        return world.run()


def start(
    resolved: Resolved,
    horizon_ns: int,
    trace_agents: Iterable[int] = (),
    trace_rows: int = TRACE_ROWS,
    progress: Progress | None = None,
    requests: bool = False,
    reverse: bool = False,
    judged: bool = True,
) -> Stepping:
    """Begin a run that is advanced step by step, at most to `horizon_ns` (not before the duration).

    Without `judged` no samples can be taken, and nothing is kept for them. The other parameters are those
    of `run`.
    """
    traced = frozenset(trace_agents)
    return Stepping(World(resolved, traced, trace_rows, progress, requests, reverse, horizon_ns, judged))


__all__ = ["Progress", "run", "start"]
