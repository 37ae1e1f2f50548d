"""Twins that serve several runs: the fleet without faults is simulated once and its samples are kept.

Runs of one seed that differ only in their faults have the same twin. A twin that cannot be shared, because
agents leave the fleet, is simulated for its run alone.
"""

from collections.abc import Sequence

from wavetank.engines.registry import Engine
from wavetank.engines.stepped import SteppedRun
from wavetank.results.judge.sample import Sample
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved


class TwinLeft(Exception):
    """Agents leave the twin, because those of its run were refused for good: it needs a twin of its own."""


class _Recording:
    """A twin with the samples that were taken so far, each at its instant."""

    def __init__(self, run: SteppedRun) -> None:
        self._run = run
        self._samples: dict[int, Sample] = {}

    def sample(self, at_ns: int, count_created: bool) -> Sample:
        if at_ns not in self._samples:
            self._run.advance(at_ns)
            self._samples[at_ns] = self._run.sample(count_created)
        return self._samples[at_ns]


class _Replay:
    """The twin as one run sees it: a `SteppedRun` that simulates only what no run before it asked for."""

    def __init__(self, recording: _Recording) -> None:
        self._recording = recording
        self._at_ns = 0

    def advance(self, until_ns: int) -> None:
        self._at_ns = until_ns

    def sample(self, count_created: bool) -> Sample:
        return self._recording.sample(self._at_ns, count_created)

    def invalid_tokens(self) -> int:
        raise NotImplementedError("the judge asks the run, not its twin")

    def offline_agents(self) -> tuple[int, ...]:
        raise NotImplementedError("the judge asks the run, not its twin")

    def leave(self, agents: Sequence[int]) -> None:
        if agents:
            raise TwinLeft

    def finish(self) -> Tally:
        raise NotImplementedError("a shared twin goes on")


class TwinShelf:
    """Keeps the latest twin, for the next run with the same scenario, seed and horizon.

    Runs that share a twin must be judged on the same grid, which belongs to the scenario without faults.
    """

    def __init__(self) -> None:
        self._key: object = None
        self._recording: _Recording | None = None

    def twin(self, engine: Engine, calm: Resolved, horizon_ns: int) -> SteppedRun:
        """Return the twin of a run: `calm` is its scenario without faults and objectives."""
        key = (engine.name, calm, horizon_ns)
        if self._recording is None or self._key != key:
            self._recording = None  # its memory is free before the next twin needs some
            self._recording, self._key = _Recording(engine.start(calm, horizon_ns)), key
        return _Replay(self._recording)
