"""Results as tidy tables: a row for each metric of each run, with its unit, ready for pandas and plots.

A unit stands beside its number and never in it. pandas is imported only when a frame is asked for. Runs,
comparisons and sweeps use the same columns for a metric.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import inf, nan
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from wavetank.policy.keyed import replication_seed
from wavetank.results.judge.verdict import Verdict, recovery_bounds
from wavetank.results.metrics import unit_of
from wavetank.results.summary import Number, Summary

if TYPE_CHECKING:
    import pandas


class Replicated(Protocol):
    """A result, as far as its rows need it: `result.Result`."""

    @property
    def seed(self) -> int:
        """Of the first replication."""
        ...

    @property
    def replications(self) -> int:
        """How many runs it holds."""
        ...

    @property
    def each(self) -> tuple[Summary, ...]:
        """The metrics of each replication."""
        ...

    @property
    def judgements(self) -> tuple[Verdict, ...]:
        """The verdict on each replication."""
        ...

    @property
    def censored(self) -> Mapping[str, float]:
        """Lower bounds of what was not over."""
        ...


class MetricRow(NamedTuple):
    """One metric of one run.

    Attributes
    ----------
    replication, seed : int
        Which run.
    verdict : str
        What the judge said of it.
    metric, label : str
        Its name, with the window if there is one, and the label behind the dot ("" for none).
    value : float
        In `unit`; infinite where it never comes, NaN where it was not over when the run ended.
    unit : str
        "s", "events", "1" for shares.
    censored_at : float
        Where `value` is NaN: the least that it can be; NaN elsewhere, and where only the bound of all
        replications together is known.
    """

    replication: int
    seed: int
    verdict: str
    metric: str
    label: str
    value: float
    unit: str
    censored_at: float


DTYPES = {
    "replication": "int64",
    "seed": "uint64",
    "n": "int64",
    **dict.fromkeys(("value", "censored_at", "difference", "low", "high"), "float64"),
}
"""Dtypes of the columns that are numbers. The others are text."""


def parted_name(name: str) -> tuple[str, str]:
    """Part a metric from its label: "a_s.desk@during" gives "a_s@during" and "desk"."""
    plain, at, window = name.partition("@")
    stem, _, label = plain.partition(".")
    return stem + at + window, label


def value_of(value: Number, is_censored: bool) -> float:
    """Return a value as a float that arithmetic understands: infinite, or NaN where it is not known yet."""
    if value is None:
        return nan if is_censored else inf
    return float(value)


def rows_of(result: Replicated) -> Iterator[MetricRow]:
    """Yield every metric of every replication."""
    for index, (summary, judgement) in enumerate(zip(result.each, result.judgements, strict=True)):
        bounds: Mapping[str, float] = recovery_bounds(judgement)
        if result.replications == 1:
            bounds = result.censored
        seed = replication_seed(result.seed, index)
        for name, value in summary.items():
            open_ = value is None and (name in bounds or name in result.censored)
            at_least = bounds.get(name, nan) if open_ else nan
            metric, label = parted_name(name)
            yield MetricRow(
                index,
                seed,
                judgement.outcome.value,
                metric,
                label,
                value_of(value, open_),
                unit_of(name),
                at_least,
            )


def frame_of(rows: Sequence[Sequence[Any]], columns: Sequence[str]) -> "pandas.DataFrame":
    """Return rows as a frame with the dtypes of `DTYPES`, also where there are none."""
    import pandas

    frame = pandas.DataFrame.from_records([tuple(row) for row in rows], columns=list(columns))
    return frame.astype({name: dtype for name, dtype in DTYPES.items() if name in frame.columns})
