"""A fleet that was back is worse again: an excursion, and whether it is an echo or a relapse.

It begins at its onset, not when it is long enough to be said, and ends when the fleet has been well for a
hold. Rule: docs/model.md#statements.
"""

from collections import deque

from wavetank.results.judge.lookahead import Seen
from wavetank.results.judge.plan import JudgePlan
from wavetank.results.judge.renewals import Renewals
from wavetank.results.judge.statements import Kind
from wavetank.results.judge.trap import Trap

LEAST_STEPS = 5
"""Bad for so many steps, or for a hold: what ends sooner is noise at the edge of the tolerance."""
HEIGHT = 3.0
"""At three tolerances no duration is asked for. Healthy fleets stay below 1.9, real echoes reach 5 to 16."""
HALF = 0.5
"""Share of the logins that renew marked tokens from which on an excursion is an echo."""


class Excursion:
    """One stretch in which a fleet that was back is bad.

    Attributes
    ----------
    onset_ns, end_ns : int
        Its first and its latest bad step.
    peak : float
        The greatest excess of its highest signal relative to the episode's first peak of that signal.
    kind : Kind or None
        What it is, once it is long or high enough; None before that.
    """

    def __init__(self, plan: JudgePlan, seen: Seen, number: int) -> None:
        self._plan = plan
        self.number = number
        self.onset_ns = self.end_ns = seen.step.at_ns
        self.peaks: dict[str, float] = {}
        self.kind: Kind | None = None
        self.trap: Trap | None = None
        self._run_steps = 0
        self._by_level = False

    def add(self, seen: Seen) -> bool:
        """Take the next step; return whether the excursion is from now on one that counts."""
        step, bad = seen.step, is_bad(seen)
        for name, reading in step.readings.items():
            self.peaks[name] = max(self.peaks.get(name, 0.0), reading.excess)
        if not bad:
            self._run_steps, self._by_level = 0, False
            return False
        self.end_ns = step.at_ns
        self._run_steps += 1
        self._by_level = self._by_level or step.bad
        return self.kind is None and (step.height >= HEIGHT or self._is_long())

    def _is_long(self) -> bool:
        hold = self._plan.grid.hold_steps
        # goodput is read over a hold: by it alone a stretch lasts that much longer
        return self._run_steps >= max(LEAST_STEPS, hold) + (0 if self._by_level else hold)


def is_bad(seen: Seen) -> bool:
    """Whether a fleet that was back is bad at a step."""
    return seen.step.bad or seen.goodput_was_bad


class Marks:
    """Times in which tokens were granted that belong to a disturbance, of the last token life."""

    def __init__(self, plan: JudgePlan) -> None:
        self._plan = plan
        self._stretches: deque[tuple[int, int]] = deque()

    def add(self, onset_ns: int, end_ns: int) -> None:
        """Remember an earlier bad stretch, excursion or not, from a hold before its onset."""
        hold_ns = self._plan.grid.hold_ns
        self._stretches.append((onset_ns - hold_ns, end_ns))
        while self._stretches[0][1] < end_ns - self._plan.token_life_ns - 2 * hold_ns:
            self._stretches.popleft()

    def windows(self, begin_ns: int, back_ns: int) -> list[tuple[int, int]]:
        """Return when marked tokens were issued: in the episode, and in bad stretches since."""
        return [(begin_ns, back_ns), *self._stretches]


def kind_by_tokens(
    plan: JudgePlan, onset_ns: int, renewals: Renewals, windows: list[tuple[int, int]]
) -> tuple[Kind, float]:
    """Return what an excursion is where agents have tokens, and the share of logins that says so."""
    hold_ns = plan.grid.hold_ns
    share = renewals.marked_share(onset_ns - hold_ns, onset_ns + hold_ns, windows)
    return (Kind.ECHO if share >= HALF else Kind.RELAPSE), share


def kind_by_timing(plan: JudgePlan, onset_ns: int, end_ns: int, back_ns: int) -> tuple[Kind, int]:
    """Classify an excursion of a fleet without tokens; returns the kind and the period that fits (0: none).

    An echo begins a whole number of periods after the fault. It may be early by a hold, and late by the time
    that the recovery took. If this tolerance is half a period or more, any onset would fit; the excursion is
    a later wave then.
    """
    hold_ns, spread_ns = plan.grid.hold_ns, back_ns - end_ns
    periods = [period for period in plan.periods_ns if period > 0]
    for period in periods:
        turns = max(1, round((onset_ns - end_ns) / period))
        late_ns = onset_ns - end_ns - turns * period
        if spread_ns + hold_ns < period / 2 and -hold_ns <= late_ns <= spread_ns:
            return Kind.ECHO, period
    if any(spread_ns + hold_ns >= period / 2 for period in periods):
        return Kind.LATER_WAVE, 0
    return Kind.RELAPSE, 0
