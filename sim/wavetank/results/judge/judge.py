"""The judge of a run with faults: takes pairs of samples and says what can be said, as soon as it can.

It sees samples only, the run's and its twin's at the same instant, and no engine. A statement is made
once, from what lies before it. Rules: docs/model.md#stopping-times, #twin and #word.
"""

from collections.abc import Callable

from wavetank.results.judge.binds import binding
from wavetank.results.judge.episode import Episode
from wavetank.results.judge.lookahead import Lookahead
from wavetank.results.judge.outcomes import Outcome, worst
from wavetank.results.judge.overload import Excessive, Look, Overload, is_look
from wavetank.results.judge.plan import JudgePlan
from wavetank.results.judge.renewals import Renewals
from wavetank.results.judge.sample import Sample
from wavetank.results.judge.signals import FLOOR_AGENTS, SMALL, Signals, Step
from wavetank.results.judge.statements import Kind, Statement
from wavetank.results.judge.trap import LEAST_HOLDS, NEXT_LOOK

LOOKS = NEXT_LOOK
"""By the second look, 1.5 D after the fault, most fleets are back or trapped."""


class Judge:
    """Judges one run beside its twin. Feed it the samples of every step of the grid, in order.

    Its memory is bounded by the grid and the number of excursions that it has named, not by the run's length.

    Attributes
    ----------
    statements : list of Statement
        Everything said so far, in the order in which it was said.
    """

    def __init__(self, plan: JudgePlan) -> None:
        self.plan = plan
        self.statements: list[Statement] = []
        self.episodes: list[Episode] = []
        self.now_ns = 0
        self.lost_agents = 0
        self.binds = ""
        self._signals = Signals(plan)
        self._lookahead = Lookahead(plan)
        self._renewals = Renewals(plan)
        self._overload = Overload(plan)
        self._waiting = sorted(range(len(plan.faults)), key=lambda index: plan.faults[index])
        self._step: Step | None = None
        self._span_twin: Sample | None = None
        self._per_span = _PerSpan(plan)

    def feed(self, run: Sample, twin: Sample, lost_tokens: Callable[[], int]) -> bool:
        """Take the two samples of the next step; return whether the offline agents of the run are to leave.

        `lost_tokens` counts the tokens that are invalid now; it is asked once after the last end of an
        episode.
        """
        self.now_ns = run.at_ns
        self._renewals.add(run.at_ns, run.renewed)
        step = self._signals.step(run._replace(renewed=()), twin._replace(renewed=()))
        self._step = step
        self._look_for_overload(step)
        self._open_episodes()
        seen = self._lookahead.add(step)
        if self.episodes and not self._overload.said:
            self.episodes[-1].watch(step, self._lookahead.goodput_is_bad, lost_tokens)
        if seen is not None and self.episodes and not self._overload.said:
            self.episodes[-1].look_back(seen, self.now_ns, self._renewals)
        return self._is_lost(run.offline - twin.offline)

    def left(self, agents: int, run: Sample, twin: Sample) -> None:
        """The offline agents of the run have left it and its twin: these are the samples without them."""
        assert self._step is not None
        self.lost_agents += agents
        if self.has_lost:
            episode = self.episodes[-1].number if self.episodes else -1
            figures = {"agents": float(self.lost_agents)}
            self._say(Statement(self.now_ns, Kind.LOST, self.now_ns, episode, figures=figures))
        gone = (
            self._step.run.acknowledged - run.acknowledged,
            self._step.twin.acknowledged - twin.acknowledged,
        )
        self._lookahead.rebase(*gone)
        self._signals.rebase(run, twin)

    def _say(self, statement: Statement) -> None:
        self.statements.append(statement)

    @property
    def has_lost(self) -> bool:
        """Whether more agents are offline for good than a fleet may lose unnoticed."""
        return self.lost_agents > max(SMALL * self.plan.agents, FLOOR_AGENTS)

    def _is_lost(self, offline: int) -> bool:
        """Whether agents are offline that no later cold start revives: what they miss is nobody's backlog."""
        return offline > 0 and not any(at_ns >= self.now_ns for at_ns in self.plan.revivals_ns)

    def _open_episodes(self) -> None:
        faults = self.plan.faults
        while self._waiting and faults[self._waiting[0]].begin_ns < self.now_ns:
            fault = self._waiting.pop(0)
            if self.episodes and self.episodes[-1].back_ns is None:
                self.episodes[-1].join(fault, faults[fault])
            else:
                self.episodes.append(Episode(self.plan, len(self.episodes), fault, faults[fault], self._say))

    def _look_for_overload(self, step: Step) -> None:
        span, remainder = divmod(step.at_ns, self.plan.grid.span_ns)
        if remainder:
            return
        look = self._per_span.look(step)
        before, self._span_twin = self._span_twin, step.twin
        excessive = self._overload.add(look) if is_look(self.plan, span) else None
        if excessive is not None:
            self._say(overloaded(self.now_ns, excessive))
            self.binds = binding(self.plan, before or step.twin, step.twin)

    # ---- what it comes to ---------------------------------------------------------------------

    @property
    def decided(self) -> bool:
        """Whether the run need not go on: nothing that the run is about is still open."""
        if self._overload.said or not self.plan.has_signals:
            return True
        return not self._waiting and all(
            episode.outcome(self.now_ns) is not Outcome.UNDECIDED for episode in self.episodes
        )

    def due_s(self) -> float:
        """Return D of the present episode in s: 20 H as long as its faults last."""
        least_s = LEAST_HOLDS * self.plan.grid.hold_ns / 1e9
        trap = self.episodes[-1].trap if self.episodes else None
        return trap.due_s(self._step) if trap is not None and self._step is not None else least_s

    def decides_ns(self) -> int:
        """Return a duration in ns that would most likely decide what is undecided now."""
        if not self.episodes:
            begins_ns = [self.plan.faults[index].begin_ns for index in self._waiting]
            return min(begins_ns, default=self.now_ns) + 2 * self.plan.grid.hold_ns
        episode = self.episodes[-1]
        looks = round(LOOKS * self.due_s() * 1e9)
        later_ns = max(self.now_ns, episode.end_ns) + self.plan.grid.hold_ns
        return max(later_ns, episode.end_ns + looks + self.plan.grid.step_ns)

    def outcome(self) -> Outcome:
        """Return the word for the run by now: the worst of its episodes. Without traffic nothing is said."""
        if not self.plan.has_signals:
            return Outcome.UNDECIDED
        words = [episode.outcome(self.now_ns) for episode in self.episodes]
        if self._overload.said:
            words.append(Outcome.OVERLOADED)
        if self.has_lost:
            words.append(Outcome.LOST)
        if not words:
            words.append(Outcome.UNDECIDED)
        return worst(words)


def overloaded(now_ns: int, excessive: Excessive) -> Statement:
    """Return the statement that a load is not carried."""
    figures = {
        "created": float(excessive.created),
        "growth": excessive.growth,
        "dropped": float(excessive.dropped),
        "waiting": float(excessive.waiting),
    }
    return Statement(now_ns, Kind.OVERLOADED, now_ns, figures=figures, note=excessive.note)


class _PerSpan:
    """The twin's totals at the end of each span, as looks."""

    def __init__(self, plan: JudgePlan) -> None:
        self._created = 0
        self._refused = plan.refused

    def look(self, step: Step) -> Look:
        twin = step.twin
        per_span, self._created = twin.created - self._created, twin.created
        backlog = step.readings["backlog"].twin if "backlog" in step.readings else 0.0
        waiting = max(0, twin.stale_needs - self._refused) + twin.stale_commands
        return Look(step.at_ns, twin.created, twin.dropped, backlog, float(per_span), waiting)
