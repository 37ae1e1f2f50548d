"""Samples of made-up runs: what happens in each second is given, the exact counts follow from it."""

from collections.abc import Callable, Sequence

from wavetank.policy.codes import Cause
from wavetank.results.judge.grid import Grid
from wavetank.results.judge.judge import Judge
from wavetank.results.judge.plan import JudgePlan, Resource, Span
from wavetank.results.judge.sample import Level, Sample

SECOND_NS = 10**9
GRID = Grid(10 * SECOND_NS, 10 * SECOND_NS, 1, 30 * SECOND_NS, 3, False)
"""L and g of 10 s, R and H of 30 s."""
RATE = 100
"""Events that the fleet creates, and the twin settles, per second."""
Of = Callable[[int], float]
"""A value for each second."""


def plan(
    *faults: tuple[float, float],
    agents: int = 1000,
    token_life_s: float = 0,
    periods_s: Sequence[float] = (),
    grid: Grid = GRID,
    all_closed: bool = False,
    has_events: bool = True,
    only_heartbeats: bool = False,
    revivals_s: Sequence[float] = (),
) -> JudgePlan:
    """A plan of a fleet whose one core is half busy; faults as (begin, end) in s."""
    return JudgePlan(
        grid=grid,
        agents=agents,
        batch_events=1.0,
        faults=tuple(Span(_ns(begin), _ns(end)) for begin, end in faults),
        revivals_ns=tuple(_ns(at) for at in revivals_s),
        warmup_ns=0,
        has_events=has_events,
        all_closed=all_closed,
        has_commands=False,
        only_heartbeats=only_heartbeats,
        token_life_ns=_ns(token_life_s),
        periods_ns=tuple(_ns(period) for period in periods_s),
        resources=(Resource("cores", 1.0, 0.01, 0.005, 0.005, "busy"),),
        bounds=(),
    )


def _ns(seconds: float) -> int:
    return round(seconds * SECOND_NS)


def nothing(_: int) -> float:
    return 0.0


def always(value: float) -> Of:
    return lambda _: value


STEADY = always(RATE)


class Path:
    """A run: events settled per second, levels by second, logins as (second, issue second) pairs."""

    def __init__(
        self,
        settled: Of = STEADY,
        impaired: Of = nothing,
        queue: Of = nothing,
        offline: Of = nothing,
        dropped: Of = nothing,
        silent: Of = nothing,
        logins: Callable[[int], Sequence[int]] = lambda _: (),
        busy: float = 0.5,
    ) -> None:
        self._settled, self._dropped, self._logins = settled, dropped, logins
        self._levels = {"impaired": impaired, "waiting": queue, "silent": silent}
        self._offline, self._busy = offline, busy
        self.total = self.lost = self.acknowledged = 0

    def sample(self, at_s: int, step_s: int, count: bool = True) -> Sample:
        """The sample at `at_s`, `step_s` after the one before."""
        moment = 0
        issued: list[int] = []
        for second in range(at_s - step_s, at_s):
            settled, dropped = round(self._settled(second)), round(self._dropped(second))
            self.total += settled + dropped
            self.acknowledged += settled
            self.lost += dropped
            # what happens in a second happens at its middle
            moment += (settled + dropped) * (_ns(second - (at_s - step_s)) + SECOND_NS // 2)
            issued += [_ns(when) for when in self._logins(second)]
        levels = {name: self._level(level, at_s, step_s) for name, level in self._levels.items()}
        return Sample(
            at_ns=_ns(at_s), settled=Level(self.total, moment), acknowledged=self.acknowledged,
            dropped=self.lost, created=RATE * at_s if count else -1, thought=Level(0),
            impaired=levels["impaired"], outstanding=Level(0), silent=levels["silent"],
            waiting=levels["waiting"], offline=round(self._offline(at_s)), stale_needs=0, stale_commands=0,
            busy_ns=round(self._busy * _ns(at_s)), logins=0, requests=self.total, connects=0,
            refused=(0,) * len(Cause), renewed=tuple(issued),
        )  # fmt: skip

    @staticmethod
    def _level(level: Of, at_s: int, step_s: int) -> Level:
        """A level that changes at whole seconds."""
        value, moment = 0.0, 0.0
        before = level(at_s - step_s - 1) if at_s > step_s else 0.0
        for second in range(at_s - step_s, at_s):
            value = level(second)
            moment += (value - before) * _ns(second - (at_s - step_s))
            before = value
        return Level(round(value), round(moment))


def judged(
    judge_plan: JudgePlan, run: Path, until_s: int, twin: Path | None = None, tokens: int = 0
) -> Judge:
    """A judge that has seen a run beside its twin (a fleet that settles everything at once)."""
    judge, calm = Judge(judge_plan), twin or Path()
    step_s = judge_plan.grid.step_ns // SECOND_NS
    for at_s in range(step_s, until_s + 1, step_s):
        judge.feed(run.sample(at_s, step_s), calm.sample(at_s, step_s), lambda: tokens)
    return judge


def outage(begin_s: int, end_s: int, faster: float = 2.0) -> Of:
    """Nothing is settled for a while, then faster until the backlog is gone."""
    gone_s = end_s + (end_s - begin_s) / (faster - 1)

    def settled(second: int) -> float:
        if begin_s <= second < end_s:
            return 0
        return RATE * faster if end_s <= second < gone_s else RATE

    return settled
