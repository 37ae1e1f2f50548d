"""The live engine: the runnable agent's code as a real fleet, against the real server, in real time."""

from collections.abc import Iterable

from wavetank.engines.live.target import Target
from wavetank.engines.progress import Progress
from wavetank.errors import MissingExtra, UnsupportedByEngine
from wavetank.results.tally import Tally
from wavetank.results.trace import TRACE_ROWS
from wavetank.scenario.resolved import Resolved


def run(
    resolved: Resolved,
    trace_agents: Iterable[int] = (),
    trace_rows: int = TRACE_ROWS,
    progress: Progress | None = None,
    requests: bool = False,
    target: Target | None = None,
) -> Tally:
    """Do for real what a scenario says, for as long as it says; returns what both sides counted.

    `target` is a server that runs already; without one, one is started and removed again. Raises
    CannotRun, MissingExtra, and UnsupportedByEngine for a list of all `requests`.
    """
    if requests:
        raise UnsupportedByEngine("live", "a list of every request")
    try:
        from wavetank.engines.live.conductor import conduct
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "a library", "live") from None
    return conduct(resolved, tuple(trace_agents), trace_rows, progress, target)


__all__ = ["run"]
