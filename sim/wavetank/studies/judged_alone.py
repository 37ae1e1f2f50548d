"""A run without faults: does it keep up? It is looked at a few times only, at doubling distances.

Such a run has no twin and no episode. What it may say is overloaded, or stable so far
(docs/model.md#statements).
"""

from wavetank.engines.stepped import SteppedRun
from wavetank.results.judge.binds import binding
from wavetank.results.judge.judge import overloaded
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.overload import LEAST_LOOKS, Look, Overload, first_span, is_look
from wavetank.results.judge.plan import JudgePlan
from wavetank.results.judge.sample import Sample
from wavetank.results.judge.signals import FLOOR_AGENTS, SMALL
from wavetank.results.judge.statements import Kind, Statement
from wavetank.results.judge.verdict import Verdict
from wavetank.scenario.resolved import Resolved
from wavetank.studies.judged import JudgedRun

WELL_SPANS = 2
"""A run without faults is judged from so many spans on: one to begin with, and one to compare."""

TWO_LOOKS = 4
"""Looks come at doubling distances: by four times a duration there are two more of them."""


def judge_alone(resolved: Resolved, plan: JudgePlan, run: SteppedRun) -> JudgedRun:
    """Advance a run without faults to its duration, and judge whether it keeps up."""
    looking = _Looking(plan)
    for span in looks(plan, resolved.duration_ns):
        looking.look(run, span)
    run.advance(resolved.duration_ns)
    return JudgedRun(run.finish(), looking.verdict(resolved.duration_ns))


def looks(plan: JudgePlan, duration_ns: int) -> list[int]:
    """Return the spans at whose ends a run without faults is looked at; the last whole one is among them.

    Those of the overload test come after a while; spans 1, 2, 4, 8, ... are looked at for lost agents.

    A run that ends before the looks of the overload test has one more, at the first span after the warm-up.
    """
    last = duration_ns // plan.grid.span_ns
    first = first_span(plan)
    spans = {first + past for past in (0, *(1 << k for k in range(62))) if first + past <= last}
    if last < first + LEAST_LOOKS - 1:
        spans.add(min(last, plan.warmup_ns // plan.grid.span_ns + 1))
    doubled = {1 << k for k in range(last.bit_length())}
    return sorted((spans | doubled | {last}) - {0})


class _Looking:
    """Looks at a run without faults, one after the other, and keeps their statements."""

    def __init__(self, plan: JudgePlan) -> None:
        self._plan = plan
        self._overload = Overload(plan)
        self._statements: list[Statement] = []
        self._lost = 0
        self._gone = 0
        self._latest: Sample | None = None
        self._ends: tuple[Look, Look] | None = None
        self._binds = ""

    def look(self, run: SteppedRun, span: int) -> None:
        """Look at the end of a span."""
        plan, span_ns = self._plan, self._plan.grid.span_ns
        run.advance((span - 1) * span_ns)
        # what agents create that were refused for good is nobody's load
        gone = run.offline_agents()
        if gone:
            run.leave(gone)
            self._gone += len(gone)
        before = run.sample(True)
        run.advance(span * span_ns)
        latest = self._latest = run.sample(True)
        # which spans are looked at for lost agents must not depend on where the run ends
        if span & (span - 1) == 0:
            self._look_for_lost(latest)
        look = _look_of(plan, before, latest)
        if span > plan.warmup_ns // span_ns:
            self._ends = (self._ends[0] if self._ends else look), look
        if not is_look(plan, span):
            return
        excessive = self._overload.add(look)
        if excessive is not None:
            self._statements.append(overloaded(latest.at_ns, excessive))
            self._binds = binding(plan, before, latest)

    def _look_for_lost(self, latest: Sample) -> None:
        offline = self._gone + latest.offline + self._plan.refused
        least = max(SMALL * self._plan.agents, FLOOR_AGENTS, self._lost)
        if offline > least:
            self._lost = offline
            figures = {"agents": float(self._lost)}
            self._statements.append(Statement(latest.at_ns, Kind.LOST, latest.at_ns, figures=figures))

    def verdict(self, duration_ns: int) -> Verdict:
        """Return the verdict at the end of the run."""
        outcome, decides_ns = self._outcome(duration_ns)
        grid = self._plan.grid
        return Verdict(
            outcome,
            tuple(self._statements),
            ended_s=duration_ns / 1e9,
            step_s=grid.step_ns / 1e9,
            span_s=grid.span_ns / 1e9,
            decides_s=decides_ns / 1e9,
            waiting=self._waiting() if outcome is Outcome.UNDECIDED else 0,
            piles_up=outcome is Outcome.UNDECIDED and self._plan.has_signals and self._piles_up(),
            binds=self._binds,
        )

    def _waiting(self) -> int:
        """Agents that need something and are not refused for good."""
        if self._latest is None:
            return 0
        return max(0, self._latest.impaired.value - self._latest.offline - self._plan.refused)

    def _piles_up(self) -> bool:
        """Whether the load may be too much, in a run that is too short for the test to say so."""
        if self._overload.suspected:
            return True
        if self._ends is None or self._overload.looks >= LEAST_LOOKS:
            return False
        return self._overload.compare(*self._ends) is not None

    def _outcome(self, duration_ns: int) -> tuple[Outcome, int]:
        """The word, and where it is undecided the duration that would decide."""
        grid, latest = self._plan.grid, self._latest
        if not self._plan.has_signals:
            return Outcome.UNDECIDED, 0
        if self._overload.said:
            return Outcome.OVERLOADED, 0
        if self._lost:
            return Outcome.LOST, 0
        few = max(SMALL * self._plan.agents, 1)
        if latest is not None and _waiting_for_long(self._plan, latest) > few:
            return Outcome.UNDECIDED, TWO_LOOKS * duration_ns
        if duration_ns < grid.stale_ns and self._waiting() > few:
            return Outcome.UNDECIDED, TWO_LOOKS * grid.stale_ns
        if duration_ns < WELL_SPANS * grid.span_ns or latest is None:
            return Outcome.UNDECIDED, WELL_SPANS * grid.span_ns
        if self._piles_up():
            first_ns = first_span(self._plan) * grid.span_ns
            # looks double their distance from the first one: two more of them by four times the distance
            return Outcome.UNDECIDED, first_ns + max(TWO_LOOKS * (duration_ns - first_ns), 2 * grid.span_ns)
        return Outcome.STABLE, 0


def _waiting_for_long(plan: JudgePlan, latest: Sample) -> int:
    """Agents and commands that have waited for more than 20 H, without agents that are refused for good."""
    return max(0, latest.stale_needs - latest.offline - plan.refused) + latest.stale_commands


def _look_of(plan: JudgePlan, before: Sample, latest: Sample) -> Look:
    """The mean backlog of the last span: events created grow evenly within it, settled ones are exact."""
    span_ns = plan.grid.span_ns
    created = latest.created - before.created
    backlog = (before.created + latest.created) / 2 - latest.settled.mean(span_ns)
    waiting = _waiting_for_long(plan, latest)
    return Look(latest.at_ns, latest.created, latest.dropped, backlog, float(created), waiting)
