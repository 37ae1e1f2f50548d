"""A result: all that is kept of a run, frozen."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from wavetank.policy.registry import FAULT_KINDS
from wavetank.results import accounting
from wavetank.results.backlog import backlog_at_bins, produced_at_bins
from wavetank.results.provenance import MODEL_VERSION, Provenance, provenance
from wavetank.results.slo import Judged, judge_objectives
from wavetank.results.summary import Distribution, Summary, distributions, summarise
from wavetank.results.tally import Series, Tally
from wavetank.results.trace import TRACE_COLUMNS, TraceRow
from wavetank.results.verdict import judge
from wavetank.scenario.fingerprint import digest
from wavetank.scenario.resolved import Fault, Objective, Resolved

if TYPE_CHECKING:
    import numpy
    import pandas

Columns = dict[str, list[Any]]


class FaultSpan(NamedTuple):
    """A fault in the words of a scenario, and when it began and ended, in s."""

    kind: str
    begin_s: float
    end_s: float


def _span(fault: Fault) -> FaultSpan:
    kind = next(word for word, code in FAULT_KINDS.items() if code == fault.kind)
    return FaultSpan(kind, fault.at_ns / 1e9, (fault.at_ns + fault.lasts_ns) / 1e9)


Intervals = dict[str, tuple[float, float] | None]


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came out of a run, or of several replications of it.

    `hash` is that of the resolved scenario. `summary` maps metrics to numbers (None: infinite),
    `intervals` to 95 % intervals over the replications (None: of an infinite value; empty for one run).
    `each` and `verdicts` hold the summary and verdict of every replication. `columns` are the series by bin
    (see `series`); they, the trace and the states are the first replication's. `histograms` holds all
    observations. `faults` say what went wrong when. `states` is one uint8 row per sampled agent.
    `said` are sentences of the engine about the run. `objectives` are what the scenario says must hold,
    `toml` is its whole text ("" where an engine was asked without one). `wall_s` is not part of equality.
    """

    scenario: str
    hash: str
    engine: str
    seed: int
    model_version: int = MODEL_VERSION
    provenance: Provenance
    verdict: str
    reason: str
    said: tuple[str, ...] = ()
    summary: Summary
    intervals: Intervals
    each: tuple[Summary, ...]
    verdicts: tuple[str, ...]
    columns: Columns
    histograms: dict[str, Distribution]
    trace_rows: tuple[TraceRow, ...] = ()
    trace_cut: bool = False
    state_rows: tuple[bytes, ...] = ()
    faults: tuple[FaultSpan, ...] = ()
    objectives: tuple[Objective, ...] = ()
    toml: str = ""
    wall_s: float = field(compare=False)

    def __repr__(self) -> str:
        runs = f"seed {self.seed}, {self.replications} replications"
        return f"<Result: {self.scenario}, {self.verdict}, {runs}>"

    @property
    def replications(self) -> int:
        """How many runs this result holds."""
        return len(self.each)

    @property
    def judged(self) -> list[Judged]:
        """The objectives of the scenario's `[slo]`, each with what came out and whether it is met."""
        return judge_objectives(self.objectives, self.summary)

    @cached_property
    def series(self) -> "pandas.DataFrame":
        """One row per bin: its start `t_s`, what happened in it, levels and `produced` so far at its end."""
        import pandas

        return pandas.DataFrame(self.columns)

    @cached_property
    def trace(self) -> "pandas.DataFrame":
        """One row per message of the traced agents; columns as in `TraceRow`."""
        import pandas

        return pandas.DataFrame(list(self.trace_rows), columns=list(TRACE_COLUMNS))

    @cached_property
    def states(self) -> "numpy.ndarray[Any, Any]":
        """Agents x bins, uint8: 0 connected, 1 waiting, 2 retrying, 3 offline."""
        import numpy

        width = len(self.state_rows[0]) if self.state_rows else 0
        flat = numpy.frombuffer(b"".join(self.state_rows), dtype=numpy.uint8)
        return flat.reshape(len(self.state_rows), width)

    def to_json(self) -> dict[str, Any]:
        """What `run --json` prints; `verdicts` with their counts only where replications disagree."""
        found: dict[str, Any] = {
            "scenario": self.scenario,
            "engine": self.engine,
            "seed": self.seed,
            "replications": self.replications,
            "version": self.provenance.version,
            "model_version": self.model_version,
            "summary": self.summary,
            "intervals": {name: interval and list(interval) for name, interval in self.intervals.items()},
            "verdict": self.verdict,
            "wall_s": self.wall_s,
        }
        if self.said:
            found["said"] = list(self.said)
        if len(set(self.verdicts)) > 1:
            found["verdicts"] = dict(sorted(Counter(self.verdicts).items()))
        return found


def conclude(
    resolved: Resolved,
    tally: Tally,
    twin: Tally | None,
    *,
    engine: str,
    wall_s: float,
    command: Sequence[str] = (),
) -> Result:
    """The result of one run: its accounts checked, its verdict found with the twin's help.

    Raises AccountingError if events or attempts are missing.
    """
    accounting.check(tally)
    verdict = judge(resolved, tally, twin)
    summary = summarise(resolved, tally, verdict.recovery_s)
    return Result(
        scenario=resolved.name,
        hash=digest(resolved),
        engine=engine,
        seed=resolved.seed,
        provenance=provenance(command),
        verdict=verdict.outcome.value,
        reason=verdict.reason,
        said=tuple(tally.said),
        summary=summary,
        intervals={},
        each=(summary,),
        verdicts=(verdict.outcome.value,),
        columns={
            name: column
            for name, column in series_columns(resolved, tally.series).items()
            if name not in tally.unmeasured
        },
        histograms=distributions(resolved, tally),
        trace_rows=tuple(TraceRow(*row) for row in tally.trace),
        trace_cut=tally.trace_cut,
        state_rows=tuple(tally.states),
        faults=tuple(_span(fault) for fault in resolved.faults),
        objectives=resolved.objectives,
        wall_s=wall_s,
    )


FLOWS = (
    "requests",
    "logins",
    "handshakes",
    "delivered",
    "dropped",
    "rejected",
    "timed_out",
    "lost",
    "retries",
    "queue_length",
    "connections",
)


def series_columns(resolved: Resolved, series: Series) -> Columns:
    """The columns of `Result.series`, `backlog` and `utilisation` (of all cores, and `.NODE`) included."""
    bins = len(series.delivered)
    columns: Columns = {"t_s": [index * resolved.bin_ns / 1e9 for index in range(bins)]}
    columns.update({name: list(getattr(series, name)) for name in FLOWS})
    known = produced_at_bins(series.produced, resolved.sample_bins, bins, series.carried_in)
    columns["produced"] = [value - series.carried_in for value in known]
    columns["backlog"] = backlog_at_bins(series, resolved.sample_bins)
    widths = [_bin_width_ns(resolved, index) * resolved.server.cores for index in range(bins)]
    shares = [_shares(busy, widths) for busy in series.busy_ns]
    columns["utilisation"] = [sum(of_bin) / len(shares) for of_bin in zip(*shares, strict=True)]
    columns.update({f"utilisation.{node}": share for node, share in enumerate(shares)})
    return columns


def _bin_width_ns(resolved: Resolved, index: int) -> int:
    return min(resolved.bin_ns, resolved.duration_ns - index * resolved.bin_ns)


def _shares(busy_ns: Sequence[int], capacity_ns: Sequence[int]) -> list[float]:
    return [busy / capacity for busy, capacity in zip(busy_ns, capacity_ns, strict=True)]


def json_intervals(plain: Mapping[str, Sequence[float] | None]) -> Intervals:
    """Intervals as read back from JSON."""
    return {name: None if pair is None else (pair[0], pair[1]) for name, pair in plain.items()}
