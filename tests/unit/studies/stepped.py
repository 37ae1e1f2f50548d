"""A made-up run that is advanced step by step: its path is given, and what was asked of it is kept."""

from collections.abc import Sequence
from typing import cast

from tests.unit.results.judge.paths import SECOND_NS, Path
from wavetank.results.judge.sample import Sample
from wavetank.results.tally import Tally

TALLY = cast(Tally, object())
"""The counts of a made-up run: nothing that is looked at."""


class Made:
    """A `SteppedRun` along a path of samples.

    Attributes
    ----------
    advanced_ns : list of int
        The instants to which it was advanced.
    gone : list of int
        The agents that have left.
    """

    def __init__(self, path: Path, offline: Sequence[int] = ()) -> None:
        self._path, self._offline = path, tuple(offline)
        self._sampled_s = 0
        self.advanced_ns: list[int] = []
        self.gone: list[int] = []
        self.finished = False

    def advance(self, until_ns: int) -> None:
        assert not self.finished
        assert until_ns >= self.now_ns
        self.advanced_ns.append(until_ns)

    @property
    def now_ns(self) -> int:
        return self.advanced_ns[-1] if self.advanced_ns else 0

    def sample(self, count_created: bool) -> Sample:
        at_s = self.now_ns // SECOND_NS
        sample = self._path.sample(at_s, at_s - self._sampled_s, count_created)
        self._sampled_s = at_s
        return sample._replace(offline=0) if self.gone else sample

    def invalid_tokens(self) -> int:
        return 0

    def offline_agents(self) -> tuple[int, ...]:
        return self._offline

    def leave(self, agents: Sequence[int]) -> None:
        self.gone += agents

    def finish(self) -> Tally:
        self.finished = True
        return TALLY
