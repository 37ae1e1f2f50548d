"""The compiled engine: the model of `reference` as kernels, for a million agents. The same figures to the bit."""

from collections.abc import Callable, Iterable

from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved

Progress = Callable[[int, int], None]
"""Called with (virtual time in ns, attempts issued so far)."""

TRACE_ROWS = 100_000


def run(
    resolved: Resolved,
    trace_agents: Iterable[int] = (),
    trace_rows: int = TRACE_ROWS,
    progress: Progress | None = None,
    requests: bool = False,
) -> Tally:
    """Simulate a scenario; returns the exact counts.

    `trace_agents` are the agents whose messages are kept, at most `trace_rows` of them. `progress` is called
    several times a second. With `requests` every attempt is a row of the tally's `requests`. Raises
    AccountingError when events or attempts do not add up.
    """
    from wavetank.engines.compiled.running import Running

    with Running(resolved, trace_agents, trace_rows, requests) as running:
        return running.run(progress)


__all__ = ["Progress", "run"]
