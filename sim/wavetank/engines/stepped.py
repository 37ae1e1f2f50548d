"""The interface of a run that is advanced, and judged, step by step; every simulating engine offers it."""

from collections.abc import Sequence
from typing import Protocol

from wavetank.results.judge.sample import Sample
from wavetank.results.tally import Tally


class SteppedRun(Protocol):
    """One run of one scenario, from its beginning to `finish`.

    The books of the run (totals, rates, levels, both accountings) are closed when it is advanced to the
    scenario's duration; what happens later shows in the samples, the series, the wave, and in the
    latencies of what was created before.
    """

    def advance(self, until_ns: int) -> None:
        """Simulate everything that happens before `until_ns`, which is at most the horizon.

        Raises Livelock when work comes back without end in one instant, AccountingError when the books do
        not add up.
        """
        ...

    def sample(self, count_created: bool) -> Sample:
        """Return the sample at the instant to which the run was advanced.

        `count_created` asks for `Sample.created`, which takes a look at every agent.
        """
        ...

    def invalid_tokens(self) -> int:
        """Return how many begun agents have no token that the server accepts now (a look at every agent)."""
        ...

    def offline_agents(self) -> tuple[int, ...]:
        """Return the agents that are offline and have not left, in order."""
        ...

    def leave(self, agents: Sequence[int]) -> None:
        """Let agents leave: from now on they, their events, commands and needs count in no sample."""
        ...

    def finish(self) -> Tally:
        """End the run where it is, and return what was counted. It cannot be advanced after this."""
        ...
