"""A result: all that is kept of a run, frozen.

It needs no engine to be read: scenario, summary, verdict, series and histograms are all in it. A result of
several runs holds every run's summary, and series of the first (docs/model.md#first-replication).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from wavetank.policy.registry import FAULT_KINDS
from wavetank.results import accounting
from wavetank.results.backlog import backlog_at_bins, produced_at_bins
from wavetank.results.figures import Figures
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.verdict import Verdict, recovery_bounds, to_plain
from wavetank.results.medians import Median, median_of
from wavetank.results.provenance import MODEL_VERSION, Provenance, provenance
from wavetank.results.shares import Share, joint, shares
from wavetank.results.slo import Judged, judge_objectives
from wavetank.results.summary import Distribution, Summary, censored_of, distributions, summarise
from wavetank.results.tally import Series, Tally
from wavetank.results.trace import TRACE_COLUMNS, TraceRow
from wavetank.scenario.fingerprint import digest
from wavetank.scenario.notebook import html_of
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
    """The outcome of one or more simulated runs. Start with `verdict`, `summary` and `series`.

    Attributes
    ----------
    scenario, hash : str
        Name of the scenario, and the digest of what it resolves to.
    engine, seed, model_version, provenance
        Who ran it, from which random numbers, by which version of the model, and where.
    judgements : tuple of Verdict
        What the judge says of each replication, with the instant of every statement.
    said : tuple of str
        Remarks by the engine, for example why it took the slower path.
    summary : dict
        Metrics by name; None: infinite, or not over when the run ended (then `censored` has a lower bound).
    censored : dict
        Lower bounds of metrics that were not over when the run ended.
    intervals : dict
        95 % intervals over the replications (None: of an infinite value; empty for one run).
    each : tuple of dict
        The summary of every replication.
    columns : dict
        The series by bin (see `series`): with the trace and the states, of the first replication.
    histograms : dict
        All observations of all replications.
    faults : tuple of FaultSpan
        What went wrong when.
    objectives : tuple of Objective
        What the scenario says must hold.
    toml : str
        The whole text of the scenario ("" where an engine was asked without one).
    wall_s : float
        How long it took, in s; not part of equality.

    Examples
    --------
    >>> import wavetank as wt
    >>> small = wt.load("quickstart", ["fleet.agents=20", "duration=2min"])
    >>> result = wt.run(small, engine="reference")
    >>> result
    <Result: quickstart, stable, seed 1, 1 replications>
    >>> result.summary["events_delivered"]
    469
    """

    scenario: str
    hash: str
    engine: str
    seed: int
    model_version: int = MODEL_VERSION
    provenance: Provenance
    judgements: tuple[Verdict, ...]
    said: tuple[str, ...] = ()
    summary: Summary
    censored: Mapping[str, float] = field(default_factory=dict)
    intervals: Intervals
    each: tuple[Summary, ...]
    columns: Columns
    histograms: dict[str, Distribution]
    trace_rows: tuple[TraceRow, ...] = ()
    trace_cut: bool = False
    state_rows: tuple[bytes, ...] = ()
    faults: tuple[FaultSpan, ...] = ()
    objectives: tuple[Objective, ...] = ()
    toml: str = ""
    wall_s: float = field(compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "summary", Figures(self.summary))

    def __repr__(self) -> str:
        runs = f"seed {self.seed}, {self.replications} replications"
        return f"<Result: {self.scenario}, {self.verdict}, {runs}>"

    def _repr_html_(self) -> str:
        """Return the page that a notebook shows."""
        return html_of("result", self)

    @property
    def replications(self) -> int:
        """How many runs this result holds."""
        return len(self.each)

    @property
    def outcome(self) -> Outcome:
        """The worst outcome that at least a tenth of the replications have."""
        return joint([judgement.outcome for judgement in self.judgements])

    @property
    def verdict(self) -> str:
        """The word for `outcome`."""
        return self.outcome.value

    @property
    def verdicts(self) -> tuple[str, ...]:
        """The word for every replication."""
        return tuple(judgement.outcome.value for judgement in self.judgements)

    @property
    def shares(self) -> dict[Outcome, Share]:
        """How many replications have each outcome, with 95 % intervals from 5 replications on."""
        return shares([judgement.outcome for judgement in self.judgements])

    @property
    def recovery(self) -> Median | None:
        """Median over all replications of the slowest recovery, in s; None without faults."""
        recoveries = [judgement.recovery for judgement in self.judgements]
        values = [recovery.value_s for recovery in recoveries if recovery is not None]
        return median_of(values) if values else None

    @property
    def judged(self) -> list[Judged]:
        """The objectives of the scenario's `[slo]`, each with what came out and whether it is met."""
        return judge_objectives(self.objectives, self.summary, self.censored)

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

    def to_frame(self) -> "pandas.DataFrame":
        """Return all metrics of all replications, a row each.

        Returns
        -------
        pandas.DataFrame
            Columns replication, seed, verdict, metric, label, value, unit, censored_at. A value is infinite
            where it never comes, and NaN where it was not over when the run ended: then `censored_at` is the
            least that it can be.

        Examples
        --------
        >>> import wavetank as wt
        >>> small = wt.load("quickstart", ["fleet.agents=20", "duration=2min"])
        >>> frame = wt.run(small, engine="reference").to_frame()
        >>> float(frame[frame.metric == "event_latency_p99_s"].value.max())
        11.190403072
        """
        from wavetank.results import frames

        return frames.frame_of(list(frames.rows_of(self)), frames.MetricRow._fields)

    def to_json(self) -> dict[str, Any]:
        """Return what `run --json` prints."""
        plain: dict[str, Any] = {
            "scenario": self.scenario,
            "engine": self.engine,
            "seed": self.seed,
            "replications": self.replications,
            "version": self.provenance.version,
            "model_version": self.model_version,
            "summary": self.summary,
            "intervals": {name: interval and list(interval) for name, interval in self.intervals.items()},
            "censored_at": dict(self.censored),
            "verdict": self.verdict,
            "objectives": [judged._asdict() for judged in self.judged],
            "shares": {outcome.value: list(share) for outcome, share in self.shares.items()},
            "statements": [to_plain(judgement)["statements"] for judgement in self.judgements],
            "wall_s": self.wall_s,
        }
        if self.recovery is not None:
            plain["recovery_s"] = self.recovery._asdict()
        if self.said:
            plain["said"] = list(self.said)
        return plain


def conclude(
    resolved: Resolved,
    tally: Tally,
    verdict: Verdict,
    *,
    engine: str,
    wall_s: float,
    command: Sequence[str] = (),
) -> Result:
    """Return the result of a judged run. Raises AccountingError if events or attempts are missing."""
    accounting.check(tally, went_on=tally.ended_ns > resolved.duration_ns)
    histograms = distributions(resolved, tally)
    summary = summarise(resolved, tally, verdict, histograms)
    return Result(
        scenario=resolved.name,
        hash=digest(resolved),
        engine=engine,
        seed=resolved.seed,
        provenance=provenance(command),
        judgements=(verdict,),
        said=tuple(tally.said),
        summary=summary,
        censored={**censored_of(histograms), **recovery_bounds(verdict)},
        intervals={},
        each=(summary,),
        columns={
            name: column
            for name, column in series_columns(resolved, tally.series, tally.ended_ns).items()
            if tally.measures(name)
        },
        histograms=histograms,
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


def series_columns(resolved: Resolved, series: Series, ended_ns: int) -> Columns:
    """Return the columns of `Result.series`, with `backlog` and `utilisation` (of all cores, and `.NODE`)."""
    bins = len(series.delivered)
    columns: Columns = {"t_s": [index * resolved.bin_ns / 1e9 for index in range(bins)]}
    columns.update({name: list(getattr(series, name)) for name in FLOWS})
    known = produced_at_bins(series.produced, resolved.sample_bins, bins, series.carried_in)
    columns["produced"] = [value - series.carried_in for value in known]
    columns["backlog"] = backlog_at_bins(series, resolved.sample_bins)
    starts_ns = [index * resolved.bin_ns for index in range(bins)]
    widths = [min(resolved.bin_ns, ended_ns - start_ns) * resolved.server.cores for start_ns in starts_ns]
    shares = [_shares(busy, widths) for busy in series.busy_ns]
    columns["utilisation"] = [sum(of_bin) / len(shares) for of_bin in zip(*shares, strict=True)]
    columns.update({f"utilisation.{node}": share for node, share in enumerate(shares)})
    return columns


def _shares(busy_ns: Sequence[int], capacity_ns: Sequence[int]) -> list[float]:
    return [busy / capacity for busy, capacity in zip(busy_ns, capacity_ns, strict=True)]


def json_intervals(plain: Mapping[str, Sequence[float] | None]) -> Intervals:
    """Intervals as read back from JSON."""
    return {name: None if pair is None else (pair[0], pair[1]) for name, pair in plain.items()}
