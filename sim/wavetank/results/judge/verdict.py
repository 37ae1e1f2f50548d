"""The verdict on one run: its word, what was said of it, and the figures that follow from that.

It is frozen and can be saved. The figures are those that the statements imply, such as first back, and are
absent where nothing was said (docs/model.md#word).
"""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.statements import Kind, Statement


class Recovery(NamedTuple):
    """How long after the end of a fault the fleet was back.

    Attributes
    ----------
    value_s : float or None
        From the fault's end to the first step of being back, in s; None where it was not back.
    open_s : float
        Where it was not back: how long after the fault's end the run was watched, in s (0: the fault lasts).
    lost : bool
        Whether agents were refused for good, so that the fleet as it was never comes back.
    """

    value_s: float | None
    open_s: float
    lost: bool


class Verdict(NamedTuple):
    """The judge's verdict on one run: its outcome, and every statement with its instant.

    Attributes
    ----------
    outcome : Outcome
        The word for the run: the worst of its episodes'.
    statements : tuple of Statement
        What was said, in order; a longer run of the same seed says the same and more.
    recoveries : tuple of Recovery
        One for each fault that began, in the order of the scenario.
    ended_s : float
        When judging ended, in s of simulated time.
    settled_s : float
        Simulated time beyond the scenario's duration.
    step_s, span_s : float
        g and L of the judging grid: a time of being back is known to a step.
    backlog_ratio : float
        Greatest backlog after being back, over the twin's; 0 where there is none.
    decides_s : float
        Where the run is undecided: a duration that would decide, in s; 0 where nothing more is to decide.
    waiting : int
        Agents with an unmet need when an undecided run without faults ended.
    binds : str
        What limits the flow where the load is not carried.
    piles_up : bool
        Whether an undecided run without faults has a backlog that grew when it was looked at.

    Examples
    --------
    >>> import wavetank as wt
    >>> small = wt.load("quickstart", ["fleet.agents=20", "duration=2min"])
    >>> verdict = wt.run(small, engine="reference").judgements[0]
    >>> verdict.outcome.value, verdict.ended_s
    ('stable', 120.0)
    """

    outcome: Outcome
    statements: tuple[Statement, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    ended_s: float = 0.0
    settled_s: float = 0.0
    step_s: float = 0.0
    span_s: float = 0.0
    backlog_ratio: float = 0.0
    decides_s: float = 0.0
    waiting: int = 0
    binds: str = ""
    piles_up: bool = False

    @property
    def recovery(self) -> Recovery | None:
        """The slowest recovery of all faults; None without faults."""
        if not self.recoveries:
            return None
        return max(self.recoveries, key=lambda r: (r.lost, r.value_s is None, r.value_s or 0.0, r.open_s))

    def of(self, *kinds: Kind) -> list[Statement]:
        """Return the statements of some kinds, in order."""
        return [statement for statement in self.statements if statement.kind in kinds]


def echo_metrics(verdict: Verdict) -> dict[str, float]:
    """Return the metrics of echoes: number, greatest height and backlog ratio, mean distance.

    Empty for a run that was not back, in which no echo could be seen.
    """
    if not verdict.of(Kind.BACK, Kind.ESCAPED):
        return {}
    echoes = verdict.of(Kind.ECHO)
    metrics: dict[str, float] = {"echoes_total": len(echoes)}
    if verdict.backlog_ratio:
        metrics["echo_backlog_max_ratio"] = verdict.backlog_ratio
    ours = {(echo.episode, echo.excursion) for echo in echoes}
    heights = [
        over.figures["height"] for over in verdict.of(Kind.OVER) if (over.episode, over.excursion) in ours
    ]
    if heights:
        metrics["echo_height_max"] = max(heights)
    if echoes:
        metrics["echo_period_s"] = fmean(_distances_s(echoes))
    return metrics


def _distances_s(echoes: Sequence[Statement]) -> list[float]:
    """From each echo's onset to the one before it, or to the end of the fault for the first of an episode."""
    distances = []
    before: Statement | None = None
    for echo in echoes:
        if before is not None and before.episode == echo.episode:
            distances.append((echo.about_ns - before.about_ns) / 1e9)
        else:
            distances.append(echo.figures["after_s"])
        before = echo
    return distances


def recovery_bounds(verdict: Verdict) -> dict[str, float]:
    """Return lower bounds in s of recoveries that had not come when the run ended, but still can."""
    bounds = {
        f"recovery_s.{index}": recovery.open_s
        for index, recovery in enumerate(verdict.recoveries)
        if recovery.value_s is None and recovery.open_s > 0 and not recovery.lost
    }
    slowest = verdict.recovery
    if slowest is not None and slowest.value_s is None and slowest.open_s > 0 and not slowest.lost:
        bounds["recovery_s"] = slowest.open_s
    return bounds


def to_plain(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON types."""
    plain = verdict._asdict()
    plain["outcome"] = verdict.outcome.value
    plain["recoveries"] = [list(recovery) for recovery in verdict.recoveries]
    plain["statements"] = [
        {**statement._asdict(), "kind": statement.kind.value, "figures": dict(statement.figures)}
        for statement in verdict.statements
    ]
    return plain


def from_plain(plain: Mapping[str, Any]) -> Verdict:
    """Return the verdict that `to_plain` made JSON types of. Raises KeyError, TypeError or ValueError."""
    values = dict(plain)
    values["outcome"] = Outcome(values["outcome"])
    values["recoveries"] = tuple(Recovery(*fields) for fields in values["recoveries"])
    values["statements"] = tuple(
        Statement(**{**fields, "kind": Kind(fields["kind"])}) for fields in values["statements"]
    )
    return Verdict(**values)
