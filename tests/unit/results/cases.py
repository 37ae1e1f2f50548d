"""Small scenarios and hand-made tallies for the tests of the results."""

from dataclasses import replace

from wavetank.policy.codes import FaultKind
from wavetank.results.judge.outcomes import IS_BACK, Outcome
from wavetank.results.judge.statements import Kind, Statement
from wavetank.results.judge.verdict import Recovery, Verdict
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
    if tally.windows:
        tally.windows[0].event_latency = tally.event_latency  # all of it before the fault
    return tally


STABLE = Verdict(Outcome.STABLE)


def said(
    kind: Kind, excursion: int = -1, note: str = "", about_s: float = 0.0, **figures: float
) -> Statement:
    """A statement on the first episode, with its figures."""
    about_ns = round(about_s * SECOND)
    return Statement(about_ns, kind, about_ns, 0, excursion, figures, note)


def verdict_of(
    outcome: Outcome,
    *statements: Statement,
    back_s: float | None = None,
    open_s: float = 0.0,
    lost: bool = False,
    decides_s: float = 0.0,
    binds: str = "",
) -> Verdict:
    """A verdict on a run with one fault; one without it where nothing says how it ended.

    A fleet that came back says so in its statements.
    """
    back = [] if back_s is None else [said(Kind.BACK, after_s=back_s)]
    felt = outcome not in (Outcome.STABLE, Outcome.OVERLOADED) or back_s is not None or open_s
    recoveries = (Recovery(back_s, open_s, lost),) if felt else ()
    assert outcome not in IS_BACK or back_s is not None
    return Verdict(outcome, (*back, *statements), recoveries, decides_s=decides_s, binds=binds, step_s=1.0)


def trapped(after_s: float = 600.0, multiple: float = 0.0) -> Verdict:
    """A fleet that was still trapped so long after its fault."""
    statement = said(Kind.METASTABLE, note="level", after_s=after_s, multiple=multiple)
    return verdict_of(Outcome.METASTABLE, statement, open_s=after_s)


def overloaded(growth: float = 567.0, faults: bool = False) -> Verdict:
    """A fleet whose servers do not keep up."""
    statement = said(Kind.OVERLOADED, note="backlog", created=1234.0, growth=growth, dropped=0.0, waiting=0.0)
    open_s = 10.0 if faults else 0.0
    return verdict_of(Outcome.OVERLOADED, statement, open_s=open_s, binds="server cores")


def small_result(
    seed: int = 1, latency_s: float = 1.0, verdict: Verdict = STABLE, **changes: object
) -> Result:
    """A result of one run whose stateless requests took `latency_s`, with a trace and states."""
    resolved = resolved_of()._replace(seed=seed)
    tally = small_tally(resolved)
    tally.request_latency[2].add_many(round(latency_s * SECOND), 5)
    tally.trace = [TraceRow(5, 9, 0, 2, 0, 0, 3, 0, 200, 0, 0), TraceRow(7, -1, 1, 2, 0, 0, 1, 1, 0, 4, 1)]
    tally.states = [bytes([0, 1, 2]), bytes([3, 3, 0])]
    result = conclude(resolved, tally, verdict, engine="reference", wall_s=0.5, command=["wavetank", "run"])
    return replace(result, **changes)  # type: ignore[arg-type]
