"""A level whose mean between two samples is exact.

The mean needs the level at every change and not only at the samples, so each change adds what is left of
the moment. Signals of the judge are made of such means (docs/model.md#signals).
"""

from wavetank.results.judge.sample import Level


class Gauge:
    """A number that goes up and down; see `Level` for what its moment is."""

    __slots__ = ("_moment_ns", "_taken_ns", "value")

    def __init__(self) -> None:
        self.value = 0
        self._moment_ns = 0
        self._taken_ns = 0

    def change(self, by: int, at_ns: int) -> None:
        """Change the level by `by` at an instant that no sample has covered yet."""
        self.value += by
        self._moment_ns += by * (at_ns - self._taken_ns)

    def take(self, at_ns: int) -> Level:
        """Return the level at an instant, and begin a new moment there."""
        level = Level(self.value, self._moment_ns)
        self._moment_ns, self._taken_ns = 0, at_ns
        return level


__all__ = ["Gauge"]
