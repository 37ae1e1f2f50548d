"""A run that was not sampled while it went on, judged by its series afterwards.

That is how real runs are judged, and runs of the fast path, which has no samples. Counts are known per bin
and taken as spread evenly over it; needs, commands and tokens are not in the series, so a fleet without
events cannot be judged by them.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from wavetank.engines.stepped import SteppedRun
from wavetank.policy.codes import Cause
from wavetank.results.backlog import produced_at_bins
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.sample import NOT_COUNTED, Level, Sample
from wavetank.results.judge.verdict import Verdict
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved
from wavetank.studies.judged import JudgedRun, Outlook, judge_beside_twin
from wavetank.studies.judged_alone import WELL_SPANS, judge_alone

NOTHING = Level(0)


class Curve:
    """A count that is known at the ends of bins, and grows evenly within each."""

    def __init__(self, per_bin: Sequence[float], bin_ns: int, end_ns: int) -> None:
        self._times = [min((index + 1) * bin_ns, end_ns) for index in range(len(per_bin))]
        self._totals = list(accumulate(per_bin))
        self._areas: list[float] = []
        area, before_ns, total = 0.0, 0, 0.0
        for at_ns, value in zip(self._times, self._totals, strict=True):
            area += (total + value) / 2 * (at_ns - before_ns)
            self._areas.append(area)
            before_ns, total = at_ns, value

    def at(self, at_ns: int) -> tuple[float, float]:
        """Return the total at an instant, and its integral from 0 to there."""
        index = bisect_right(self._times, at_ns)
        before_ns, total, area = self._before(index)
        if index == len(self._times):
            return total, area + total * (at_ns - before_ns)
        share = (at_ns - before_ns) / (self._times[index] - before_ns)
        value = total + share * (self._totals[index] - total)
        return value, area + (total + value) / 2 * (at_ns - before_ns)

    def _before(self, index: int) -> tuple[int, float, float]:
        if index == 0:
            return 0, 0.0, 0.0
        return self._times[index - 1], self._totals[index - 1], self._areas[index - 1]


class Recorded:
    """A `SteppedRun` that has happened already: its samples come from its series."""

    def __init__(self, resolved: Resolved, tally: Tally) -> None:
        series, bins = tally.series, len(tally.series.delivered)
        self._tally = tally
        self._now_ns = self._before_ns = 0
        self._area = 0.0
        settled = [a + b for a, b in zip(series.delivered, series.dropped, strict=True)]
        created = produced_at_bins(series.produced, resolved.sample_bins, bins)
        produced = [after - before for before, after in zip([0.0, *created], created, strict=False)]
        busy = [sum(node[index] for node in series.busy_ns) for index in range(bins)]
        columns: dict[str, Sequence[float]] = {
            "settled": settled, "acknowledged": series.delivered, "dropped": series.dropped,
            "created": produced, "busy": busy, "logins": series.logins, "requests": series.requests,
        }  # fmt: skip
        self._curves = {
            name: Curve([float(value) for value in column], resolved.bin_ns, resolved.duration_ns)
            for name, column in columns.items()
        }

    def advance(self, until_ns: int) -> None:
        """Go to an instant."""
        self._now_ns = until_ns

    def sample(self, count_created: bool) -> Sample:
        """Return the sample at the instant."""
        totals = {name: round(curve.at(self._now_ns)[0]) for name, curve in self._curves.items()}
        step_ns, area = self._now_ns - self._before_ns, self._curves["settled"].at(self._now_ns)[1]
        moment_ns = totals["settled"] * step_ns - round(area - self._area)
        self._before_ns, self._area = self._now_ns, area
        return Sample(
            at_ns=self._now_ns,
            settled=Level(totals["settled"], moment_ns),
            acknowledged=totals["acknowledged"],
            dropped=totals["dropped"],
            created=totals["created"] if count_created else NOT_COUNTED,
            thought=NOTHING, impaired=NOTHING, outstanding=NOTHING, silent=NOTHING, waiting=NOTHING,
            offline=0, stale_needs=0, stale_commands=0,
            busy_ns=totals["busy"], logins=totals["logins"], requests=totals["requests"], connects=0,
            refused=(0,) * len(Cause), renewed=(),
        )  # fmt: skip

    def invalid_tokens(self) -> int:
        """Return 0: the series do not say."""
        return 0

    def offline_agents(self) -> tuple[int, ...]:
        """Return no agents: series do not tell which agents are offline."""
        return ()

    def leave(self, agents: Sequence[int]) -> None:
        """Do nothing: series do not tell which agents are offline."""

    def finish(self) -> Tally:
        """Return what was counted."""
        return self._tally


def judge_recorded(
    resolved: Resolved, outlook: Outlook, tally: Tally, twin: SteppedRun | None = None
) -> JudgedRun:
    """Judge a run by its series: alone where it has no faults, else beside its simulated twin."""
    plan, run = outlook.plan, Recorded(resolved, tally)
    if not plan.has_events:
        return JudgedRun(tally, Verdict(Outcome.UNDECIDED, ended_s=resolved.duration_ns / 1e9))
    if twin is None:
        return judge_alone(resolved, plan, run)
    return judge_beside_twin(resolved, outlook._replace(settle_ns=0), run, twin)


def judge_closed(resolved: Resolved, outlook: Outlook, tally: Tally) -> JudgedRun:
    """Judge a run of the fast path: closed loops that are always answered in the end keep up."""
    span_ns = outlook.plan.grid.span_ns
    long_enough = resolved.duration_ns >= WELL_SPANS * span_ns
    verdict = Verdict(
        Outcome.STABLE if long_enough else Outcome.UNDECIDED,
        ended_s=resolved.duration_ns / 1e9,
        step_s=outlook.plan.grid.step_ns / 1e9,
        span_s=span_ns / 1e9,
        decides_s=0.0 if long_enough else WELL_SPANS * span_ns / 1e9,
    )
    return JudgedRun(tally, verdict)
