"""The events of one simulated agent, for a runnable one to send: the same arrivals and sizes.

Events are those of the keyed arrivals of policy/, so a real agent sends what the simulated one with its
number sends (docs/model.md#event-times).
"""

from wavetank.policy.arrivals import Source, count, time_of
from wavetank.policy.codes import Purpose
from wavetank.policy.keyed import draw, key_of
from wavetank.policy.laws import sample


class Generator:
    """One open stream of a scenario's agent `index`, from event `made` on; instants count from its start."""

    def __init__(
        self, source: Source, seed: int, index: int, stream: int, empirical: tuple[int, ...], made: int = 0
    ) -> None:
        self.made = made
        self._source = source
        self._key = key_of(seed, index, stream, Purpose.PAGE_COUNT)
        self._size_key = key_of(seed, index, stream, Purpose.SIZE)
        self._empirical = empirical
        self._cursor = (0, 0)

    def elapsed_ns(self) -> int:
        """When the last event was created that is made already, 0 without one."""
        return self._time_of(self.made - 1) if self.made else 0

    def next_ns(self) -> int:
        """When the next event is created; NEVER when there is none."""
        return self._time_of(self.made)

    def _time_of(self, index: int) -> int:
        *cursor, at_ns = time_of(self._source, self._key, *self._cursor, index)
        self._cursor = (cursor[0], cursor[1])
        return at_ns

    def take(self, now_ns: int, most: int) -> list[str]:
        """The texts of the next events up to now, at most so many."""
        *cursor, created = count(self._source, self._key, *self._cursor, now_ns)
        self._cursor = (cursor[0], cursor[1])
        first, self.made = self.made, max(self.made, min(created, self.made + most))
        return [self._text(index) for index in range(first, self.made)]

    def _text(self, index: int) -> str:
        size_bytes = sample(self._source.size, draw(self._size_key, index, 0), self._empirical)
        return f"event {index} ".ljust(size_bytes, ".")[:size_bytes]
