"""From pairs of samples, of a run and of its twin, to what is bad at each step of the grid.

Every signal is the exact mean of a level over the last span L: a fleet that acts in step is bad at most point
samples while it is healthy, and at no span's mean. Backlog is judged as the excess over the twin: what the
twin has settled and the run has not, exact even where both have thousands of events waiting.
"""

from typing import NamedTuple

from wavetank.results.judge.plan import JudgePlan
from wavetank.results.judge.rolling import RollingMax, RollingMean
from wavetank.results.judge.sample import NOT_COUNTED, Level, Sample

TOLERANCE = 0.10
"""Part of the twin's value that still counts as the same."""
SMALL = 0.01
"""Part of the agents below which a difference is nothing."""
MEMORY_HOLDS = 10
"""The twin's own maximum over so many holds is no disturbance when it comes in the run a little earlier."""
FLOOR_BATCHES = 3
"""Fewer batches than this are the noise of a small fleet."""
FLOOR_AGENTS = 0.5
"""Less than one agent is impaired for half of the time: the noise of ordinary logins."""
FLOOR_COMMANDS = 3.0
"""Fewer commands than this are on their way at any time."""


class Reading(NamedTuple):
    """One signal at one step.

    Attributes
    ----------
    excess : float
        Mean over the last L by which the run exceeds its twin.
    tolerance : float
        e: up to this excess the signal is good.
    twin : float
        Mean over the last L of the twin.
    """

    excess: float
    tolerance: float
    twin: float

    @property
    def bad(self) -> bool:
        """Whether the run is worse than its twin by more than the tolerance."""
        return self.excess > self.tolerance

    @property
    def height(self) -> float:
        """The excess in tolerances."""
        return self.excess / self.tolerance


class Step(NamedTuple):
    """Everything the judge looks at, at one step of the grid.

    Attributes
    ----------
    at_ns : int
        End of the step.
    readings : dict
        The level signals of this scenario by name: "backlog", "impaired", "commands", "silent".
    queue : float
        Mean over the step of jobs waiting at the servers, in excess of the twin's.
    busy_share : float
        Part of the cores that the twin kept busy during the step.
    run, twin : Sample
        The two samples.
    """

    at_ns: int
    readings: dict[str, Reading]
    queue: float
    busy_share: float
    run: Sample
    twin: Sample

    @property
    def bad(self) -> bool:
        """Whether any level signal is bad."""
        return any(reading.bad for reading in self.readings.values())

    @property
    def height(self) -> float:
        """The greatest excess of all level signals, in tolerances."""
        return max((reading.height for reading in self.readings.values()), default=0.0)

    def excess(self, name: str) -> float:
        """Return the excess of a signal, 0 where the scenario does not have it."""
        return self.readings[name].excess if name in self.readings else 0.0


class _Signal:
    """One level signal: rolling means of run and twin, and the tolerance between them."""

    def __init__(self, plan: JudgePlan, floor: float) -> None:
        self._small = max(SMALL * plan.agents, floor)
        self._excess = RollingMean(plan.grid.steps)
        self._twin = RollingMean(plan.grid.steps)
        self._most = RollingMax(MEMORY_HOLDS * plan.grid.hold_steps)

    def read(self, excess: float, twin: float) -> Reading:
        excess, twin = self._excess.add(excess), self._twin.add(twin)
        tolerance = max(TOLERANCE * twin, self._small, self._most.add(twin) - twin)
        return Reading(excess, tolerance, twin)


class Signals:
    """Turns pairs of samples into steps. One object a run; its memory is bounded."""

    def __init__(self, plan: JudgePlan) -> None:
        self._plan = plan
        self._cores = plan.resources[0].capacity_per_s if plan.resources else 1.0
        self._signals = {name: _Signal(plan, floor) for name, floor in _floors(plan).items()}
        self._before: tuple[Sample, Sample] | None = None
        self._created = _Created()

    def step(self, run: Sample, twin: Sample) -> Step:
        """Take the two samples of one instant, the next one of the grid."""
        before_ns = self._before[0].at_ns if self._before else 0
        busy_ns = twin.busy_ns - (self._before[1].busy_ns if self._before else 0)
        step_ns = run.at_ns - before_ns
        readings = {name: self._read(name, run, twin, step_ns) for name in self._signals}
        self._before = run, twin
        queue = run.waiting.mean(step_ns) - twin.waiting.mean(step_ns)
        return Step(run.at_ns, readings, queue, busy_ns / (step_ns * self._cores), run, twin)

    def rebase(self, run: Sample, twin: Sample) -> None:
        """Agents have left: these are the latest samples without them."""
        self._before = run, twin

    def _read(self, name: str, run: Sample, twin: Sample, step_ns: int) -> Reading:
        signal = self._signals[name]
        if name == "backlog":
            excess = twin.settled.mean(step_ns) - run.settled.mean(step_ns)
            excess += run.thought.mean(step_ns) - twin.thought.mean(step_ns)
            own = self._created.mean(twin, step_ns) - twin.settled.mean(step_ns)
            return signal.read(excess, max(0.0, own))
        of_run, of_twin = _level(name, run).mean(step_ns), _level(name, twin).mean(step_ns)
        return signal.read(of_run - of_twin, of_twin)


def _floors(plan: JudgePlan) -> dict[str, float]:
    """The signals of a scenario, each with the excess below which it is noise."""
    floors = {"impaired": FLOOR_AGENTS}
    if plan.has_events:
        floors["backlog"] = FLOOR_BATCHES * plan.batch_events
    if plan.has_commands:
        floors["commands"] = FLOOR_COMMANDS
    if plan.only_heartbeats:
        floors["silent"] = FLOOR_AGENTS
    return floors


def _level(name: str, sample: Sample) -> Level:
    return {"impaired": sample.impaired, "commands": sample.outstanding, "silent": sample.silent}[name]


class _Created:
    """Mean number of events created, where it is counted once a span only.

    Between two counts it goes on at the rate of the span before. It decides how much of a backlog is the
    twin's own, for the tolerance alone; the excess never depends on it.
    """

    def __init__(self) -> None:
        self._last = (0, 0)
        self._rate = 0.0

    def mean(self, twin: Sample, step_ns: int) -> float:
        at_ns, count = self._last
        if twin.created != NOT_COUNTED and twin.at_ns > at_ns:
            self._rate = (twin.created - count) / (twin.at_ns - at_ns)
            at_ns, count = self._last = twin.at_ns, twin.created
        return count + self._rate * (twin.at_ns - step_ns / 2 - at_ns)
