"""One episode: faults that belong together, and what became of the fleet after them.

Statements of an episode come in the order of time and are never taken back. Rules: docs/model.md#episodes
and #statements.
"""

from collections.abc import Callable

from wavetank.results.judge.excursion import (
    Excursion,
    Marks,
    is_bad,
    kind_by_timing,
    kind_by_tokens,
)
from wavetank.results.judge.lookahead import Seen
from wavetank.results.judge.outcomes import Outcome, worst
from wavetank.results.judge.plan import FOREVER_NS, JudgePlan, Span
from wavetank.results.judge.renewals import Renewals
from wavetank.results.judge.signals import Step
from wavetank.results.judge.statements import Kind, Statement
from wavetank.results.judge.trap import Trap, Trapped, Work

CARRIED_HOLDS = 5
"""A fault that lasts is carried when the fleet is well for so many holds: it may fill queues slowly."""
Say = Callable[[Statement], None]


class Episode:
    """From the begin of a fault until another one opens the next episode.

    Attributes
    ----------
    faults : list of int
        The faults that belong to it, by their places in the scenario.
    begin_ns, end_ns : int
        Begin of its first and the latest end of its faults.
    carried_ns, back_ns : int or None
        First step from which the fleet does as well as its twin, during and after the faults.
    """

    def __init__(self, plan: JudgePlan, number: int, fault: int, span: Span, say: Say) -> None:
        self._plan, self._say = plan, say
        self.number = number
        self.faults = [fault]
        self.begin_ns, self.end_ns = span
        self.carried_ns: int | None = None
        self.back_ns: int | None = None
        self.not_carried = False
        self._well_since_ns: int | None = None
        self._bad_since_ns: int | None = None
        self.escaped = False
        self.trap: Trap | None = None
        self.excursions: list[Excursion] = []
        self.first_peaks: dict[str, float] = {}
        self.backlog_ratio = 0.0
        self.watched_until_ns = FOREVER_NS
        self._open: Excursion | None = None
        self._marks = Marks(plan)

    def join(self, fault: int, span: Span) -> None:
        """Take another fault in: the fleet was not back when it began."""
        self.faults.append(fault)
        self.end_ns = max(self.end_ns, span.end_ns)
        self.trap = None

    # ---- on the newest step -------------------------------------------------------------------

    def watch(self, step: Step, goodput_is_bad: bool, lost_tokens: Callable[[], int]) -> None:
        """Take the newest step: does the fleet suffer while the fault lasts, and is it trapped after it?

        `goodput_is_bad` is about the hold that ends with the step.
        """
        if step.at_ns <= self.end_ns:
            # a sample covers what came before it: at the fault's very end, nothing but the fault
            self._watch_fault(step.at_ns, step.bad or goodput_is_bad)
            return
        if self.back_ns is None:
            if self.trap is None:
                self.trap = self._trap(step, lost_tokens(), self.end_ns)
            self._tell(self.trap.add(step), step, -1)
        elif self._open is not None:
            self._watch_excursion(step, self._open)

    def _watch_excursion(self, step: Step, excursion: Excursion) -> None:
        if excursion.trap is None:
            excursion.trap = self._trap(step, 0, excursion.onset_ns)
        trapped = excursion.trap.add(step)
        if trapped is not None and excursion.kind is None:
            # bad again and again, but never for long; whose tokens were renewed at its onset is forgotten
            excursion.kind = Kind.LATER_WAVE
            self.excursions.append(excursion)
            onset_ns = excursion.onset_ns
            figures = {"after_s": (onset_ns - self.end_ns) / 1e9}
            said = Statement(step.at_ns, excursion.kind, onset_ns, self.number, excursion.number, figures)
            self._say(said)
        self._tell(trapped, step, excursion.number)

    def _watch_fault(self, at_ns: int, bad: bool) -> None:
        """A lasting fault is not carried after one bad hold."""
        self._bad_since_ns = (at_ns if self._bad_since_ns is None else self._bad_since_ns) if bad else None
        since_ns = self._bad_since_ns
        if self.not_carried or since_ns is None or at_ns - since_ns < self._plan.grid.hold_ns:
            return
        self.not_carried, self.carried_ns = True, None
        figures = {"after_s": (since_ns - self.begin_ns) / 1e9}
        self._say(Statement(at_ns, Kind.NOT_CARRIED, since_ns, self.number, figures=figures))

    def _trap(self, step: Step, tokens: int, since_ns: int) -> Trap:
        work = Work(tokens, max(0.0, step.queue), max(0.0, step.excess("backlog")))
        return Trap(self._plan, since_ns, work, step.twin)

    def _tell(self, trapped: Trapped | None, step: Step, excursion: int) -> None:
        if trapped is not None:
            since_ns = self.end_ns if excursion < 0 else self.excursions[-1].onset_ns
            figures = {"after_s": (step.at_ns - since_ns) / 1e9, "multiple": trapped.multiple}
            said = Statement(
                step.at_ns, Kind.METASTABLE, since_ns, self.number, excursion, figures, trapped.note
            )
            self._say(said)

    # ---- on the step a hold ago ---------------------------------------------------------------

    def look_back(self, seen: Seen, now_ns: int, renewals: Renewals) -> None:
        """Take the step a hold ago: carried, back, or worse again?"""
        step = seen.step
        if step.at_ns < self.begin_ns:
            return
        if self.back_ns is not None:
            self._after_back(seen, now_ns, renewals)
            return
        for name, reading in step.readings.items():
            self.first_peaks[name] = max(self.first_peaks.get(name, 0.0), reading.excess)
        if now_ns <= self.end_ns:
            self._look_for_carried(seen, now_ns)
        elif seen.well and step.at_ns >= self.end_ns:
            self._back(step, now_ns)

    def _look_for_carried(self, seen: Seen, now_ns: int) -> None:
        """Note that a lasting fault is carried: the fleet was well for five holds in a row."""
        grid, at_ns = self._plan.grid, seen.step.at_ns
        if not seen.well or at_ns < self.begin_ns + grid.span_ns:
            self._well_since_ns = None
            return
        if self._well_since_ns is None:
            self._well_since_ns = at_ns
        if self.carried_ns is None and at_ns - self._well_since_ns >= (CARRIED_HOLDS - 1) * grid.hold_ns:
            self.carried_ns, self.not_carried = self._well_since_ns, False
            figures = {"after_s": (self.carried_ns - self.begin_ns) / 1e9}
            self._say(Statement(now_ns, Kind.CARRIED, self.carried_ns, self.number, figures=figures))

    def _back(self, step: Step, now_ns: int) -> None:
        self.back_ns = step.at_ns
        self.escaped = self.trap is not None and self.trap.trapped is not None
        life_ns = self._plan.token_life_ns
        if life_ns:
            self.watched_until_ns = step.at_ns + life_ns + self._plan.grid.hold_ns
        figures = {"after_s": (step.at_ns - self.end_ns) / 1e9}
        kind = Kind.ESCAPED if self.escaped else Kind.BACK
        self._say(Statement(now_ns, kind, step.at_ns, self.number, figures=figures))

    def _after_back(self, seen: Seen, now_ns: int, renewals: Renewals) -> None:
        backlog = seen.step.readings.get("backlog")
        if backlog is not None and backlog.twin > 0 and seen.step.at_ns <= self.watched_until_ns:
            self.backlog_ratio = max(self.backlog_ratio, (backlog.twin + backlog.excess) / backlog.twin)
        if self._open is None:
            if not is_bad(seen):
                return
            self._open = Excursion(self._plan, seen, sum(x.kind is not None for x in self.excursions))
        excursion = self._open
        if excursion.add(seen):
            self._name(excursion, now_ns, renewals)
        if seen.well and not is_bad(seen):
            self._close(excursion, seen.step, now_ns)

    def _name(self, excursion: Excursion, now_ns: int, renewals: Renewals) -> None:
        assert self.back_ns is not None
        onset_ns = excursion.onset_ns
        figures = {"after_s": (onset_ns - self.end_ns) / 1e9}
        if self._plan.token_life_ns:
            windows = self._marks.windows(self.begin_ns, self.back_ns)
            excursion.kind, figures["marked_share"] = kind_by_tokens(self._plan, onset_ns, renewals, windows)
        else:
            excursion.kind, period_ns = kind_by_timing(self._plan, onset_ns, self.end_ns, self.back_ns)
            figures["period_s"] = period_ns / 1e9
        self.excursions.append(excursion)
        self._say(Statement(now_ns, excursion.kind, onset_ns, self.number, excursion.number, figures))

    def _close(self, excursion: Excursion, step: Step, now_ns: int) -> None:
        self._open = None
        self._marks.add(excursion.onset_ns, step.at_ns)
        if excursion.kind is not None:
            figures = {"height": self.height(excursion)}
            self._say(Statement(now_ns, Kind.OVER, step.at_ns, self.number, excursion.number, figures))

    def height(self, excursion: Excursion) -> float:
        """Return the peak of an excursion as a share of the episode's first one, of its highest signal."""
        pairs = [(excursion.peaks[name], self.first_peaks.get(name, 0.0)) for name in excursion.peaks]
        return max((peak / first for peak, first in pairs if first > 0), default=0.0)

    # ---- what it comes to ---------------------------------------------------------------------

    def outcome(self, now_ns: int) -> Outcome:
        """Return the word for this episode by now."""
        if self.back_ns is None:
            if now_ns <= self.end_ns:
                carried = Outcome.NOT_CARRIED if self.not_carried else Outcome.UNDECIDED
                return carried if self.carried_ns is None else Outcome.CARRIED
            trapped = self.trap is not None and self.trap.trapped is not None
            return Outcome.METASTABLE if trapped else Outcome.UNDECIDED
        if self._open is not None and self._open.trap is not None and self._open.trap.trapped:
            return Outcome.METASTABLE
        kinds = {excursion.kind for excursion in self.excursions}
        words = [Outcome.BACK]
        if kinds & {Kind.RELAPSE, Kind.LATER_WAVE}:
            words.append(Outcome.BACK_RELAPSE)
        if Kind.ECHO in kinds:
            words.append(Outcome.BACK_ECHO)
        trapped = self.escaped or any(x.trap is not None and x.trap.trapped for x in self.excursions)
        if trapped:
            words.append(Outcome.ESCAPED)
        return worst(words)
