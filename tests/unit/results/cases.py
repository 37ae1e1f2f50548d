"""Small scenarios and hand-made tallies for the tests of the results."""

from dataclasses import replace

from wavetank.policy.codes import FaultKind
from wavetank.results.result import Result, conclude
from wavetank.results.tally import Tally, empty_tally
from wavetank.results.trace import TraceRow
from wavetank.scenario import loads, resolve
from wavetank.scenario.resolved import Fault, Resolved

SECOND = 1_000_000_000

SCENARIO = """
name = "small"
duration = "60s"
warmup = "10s"

[fleet]
agents = 100

[[fleet.class]]
name = "desk"
share = "60%"
stateless = { rate = "1/s" }

[[fleet.class]]
name = "rack"
stateless = { rate = "1/s" }
stateful = { rate = "0.1/s" }

[server]
nodes = 2
cores = 4
"""

RESTART = Fault(FaultKind.NODE_RESTART, 20 * SECOND, 5 * SECOND, node=0, share=0.0, factor=0.0)


def resolved_of(text: str = SCENARIO) -> Resolved:
    return resolve(loads(text))


def small_tally(resolved: Resolved) -> Tally:
    """100 events in, 90 delivered, 4 dropped, 6 queued; 14 requests of all fates."""
    tally = empty_tally(resolved)
    stateless, stateful = tally.events
    stateless.produced, stateless.delivered, stateless.queued = 90, 82, 4
    stateless.dropped = [3, 1, 0]
    stateful.produced, stateful.delivered, stateful.queued = 10, 8, 2
    tally.series.delivered[3], tally.series.dropped[3] = 90, 4
    tally.issued[1:4] = [2, 9, 3]
    tally.ok[1:4] = [1, 5, 3]
    tally.rejected[2], tally.timed_out[2], tally.lost[2], tally.open[1] = 1, 1, 2, 1
    for class_index, stream, value_ns, created in (
        (0, 0, SECOND, 5),
        (1, 0, 2 * SECOND, 4),
        (1, 1, SECOND // 2, 4),
    ):
        latency = tally.event_latency[class_index][stream]
        latency.histogram.add_many(value_ns, 4)
        latency.created, latency.delivered, latency.sum_ns = created, 4, 4 * value_ns
    return tally


def small_result(seed: int = 1, latency_s: float = 1.0, **changes: object) -> Result:
    """A result of one run whose stateless requests took `latency_s`, with a trace and states."""
    resolved = resolved_of()._replace(seed=seed)
    tally = small_tally(resolved)
    tally.request_latency[2].add_many(round(latency_s * SECOND), 5)
    tally.trace = [TraceRow(5, 9, 0, 2, 0, 0, 3, 0, 200, 0, 0), TraceRow(7, -1, 1, 2, 0, 0, 1, 1, 0, 4, 1)]
    tally.states = [bytes([0, 1, 2]), bytes([3, 3, 0])]
    result = conclude(resolved, tally, None, engine="reference", wall_s=0.5, command=["wavetank", "run"])
    return replace(result, **changes)  # type: ignore[arg-type]
