"""The compiled engine: the model of `reference` as kernels, for a million agents; the same to the bit.

Equal means every count, every request and every message of a trace, on any scenario (tests/agree). Kernels
are compiled once and kept on disk. docs/engines.md explains how it works, one function traced from source
to call.
"""

import gc
from collections.abc import Iterable
from typing import TYPE_CHECKING

from wavetank.engines.compiled.fast.eligibility import blockers, window_ns
from wavetank.engines.progress import Progress
from wavetank.results.tally import Tally
from wavetank.results.trace import TRACE_ROWS
from wavetank.scenario.resolved import Resolved

if TYPE_CHECKING:
    from wavetank.engines.compiled.fast.running import FastRunning
    from wavetank.engines.compiled.running import Running
    from wavetank.engines.compiled.stepping import Stepping


def run(
    resolved: Resolved,
    trace_agents: Iterable[int] = (),
    trace_rows: int = TRACE_ROWS,
    progress: Progress | None = None,
    requests: bool = False,
    general: bool = False,
) -> Tally:
    """Simulate a scenario; returns the exact counts.

    `trace_agents` are the agents whose messages are kept, at most `trace_rows` of them. `progress` is called
    several times a second. With `requests` every attempt is a row of the tally's `requests`. Where the fast
    path may be taken (`fast.eligibility`) it is, unless the loop is to be the `general` one. Raises
    AccountingError when events or attempts do not add up.
    """
    traced = tuple(trace_agents)
    running, fast_running = _loaded()
    if not general and not blockers(resolved, bool(traced)):
        running, trace_rows = fast_running, 0
    with running(resolved, traced, trace_rows, requests, progress) as simulation:
        return simulation.run()


def start(
    resolved: Resolved,
    horizon_ns: int,
    trace_agents: Iterable[int] = (),
    trace_rows: int = TRACE_ROWS,
    progress: Progress | None = None,
    requests: bool = False,
    judged: bool = True,
) -> "Stepping":
    """Begin a run that is advanced step by step, at most to `horizon_ns` (not before the duration).

    Without `judged` no samples can be taken, and nothing is kept for them. The run takes the general loop.
    The other parameters are those of `run`.
    """
    _loaded()  # first, so that the places of kernels in the table do not depend on the order of calls
    from wavetank.engines.compiled.stepping import Stepping

    return Stepping(resolved, horizon_ns, tuple(trace_agents), trace_rows, progress, requests, judged)


def needs_no_samples(resolved: Resolved, traced: bool = False) -> bool:
    """Return whether a run takes the fast path, which has no samples; `traced` as in `explain`."""
    return not blockers(resolved, traced)


def explain(resolved: Resolved, traced: bool = False) -> str:
    """Which path a run takes, and why; `traced`: whether messages of some agents are kept."""
    reasons = blockers(resolved, traced)
    if reasons:
        return f"the general loop; not the fast path, because of {', '.join(reasons)}"
    width_ms = window_ns(resolved) / 1e6
    return (
        "the fast path: nothing in the scenario stands against it, and no arrival makes another one within "
        f"{width_ms:.3g} ms"
    )


def agent_bytes(resolved: Resolved) -> int:
    """About how much memory each agent takes: a record on the fast path, else its streams and connections."""
    return 2_000 if blockers(resolved) else 64


def _loaded() -> "tuple[type[Running], type[FastRunning]]":
    """The kernels. Their import makes much that stays, and nothing for the garbage collector to find."""
    collects = gc.isenabled()
    gc.disable()
    try:
        from wavetank.engines.compiled.fast.running import FastRunning
        from wavetank.engines.compiled.running import Running
    finally:
        if collects:
            gc.enable()
    return Running, FastRunning


__all__ = ["Progress", "agent_bytes", "explain", "needs_no_samples", "run", "start"]
