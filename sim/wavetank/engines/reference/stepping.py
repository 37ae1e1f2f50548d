"""A run that is advanced step by step, and looked at in between.

Advancing in steps changes no figure: a run that is looked at counts what one that is not looked at counts.
A sample at t covers what happened before t (docs/model.md#episodes).
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from wavetank.engines.reference.signals import Signals
from wavetank.engines.reference.world import World
from wavetank.results.judge.sample import Sample
from wavetank.results.tally import Tally


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Collect garbage seldom, and not among the agents: what is made while running seldom has cycles."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


class Stepping:
    """A `SteppedRun` of the reference engine."""

    def __init__(self, world: World) -> None:
        """`world` has not begun yet."""
        self._world = world
        world.begin()

    def advance(self, until_ns: int) -> None:
        """Simulate everything that happens before `until_ns`, which is at most the horizon.

        Raises Livelock when work comes back without end in one instant, AccountingError when the books do
        not add up, ValueError for an instant that is past already or beyond the horizon.
        """
        world = self._world
        if not world.clock.ns <= until_ns <= world.horizon_ns:
            raise ValueError(f"{until_ns} ns is not between {world.clock.ns} and {world.horizon_ns} ns")
        with seldom_collected():
            world.advance(until_ns)

    def sample(self, count_created: bool) -> Sample:
        """Return the sample at the instant to which the run was advanced. ValueError if not `judged`."""
        return self._judged().sample(count_created)

    def invalid_tokens(self) -> int:
        """Return how many begun agents have no token that the server accepts now."""
        return self._judged().invalid_tokens()

    def offline_agents(self) -> tuple[int, ...]:
        """Return the agents that are offline and have not left, in order."""
        return self._judged().offline_agents()

    def leave(self, agents: Sequence[int]) -> None:
        """Let agents leave: from now on they, their events, commands and needs count in no sample."""
        self._judged().leave(agents)

    def _judged(self) -> Signals:
        if self._world.signals is None:
            raise ValueError("a run that was started with judged=False has no samples")
        return self._world.signals

    def finish(self) -> Tally:
        """End the run where it is, and return what was counted. Raises ValueError before the duration."""
        world = self._world
        if world.clock.ns < world.resolved.duration_ns:
            raise ValueError(f"the run is at {world.clock.ns} ns, and lasts {world.resolved.duration_ns} ns")
        return world.finish()


__all__ = ["Stepping", "seldom_collected"]
