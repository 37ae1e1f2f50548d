"""A sample of a stream of values, every value alike likely to be in it."""

import numpy as np

from wavetank.imports.records import Floats

MOST_VALUES = 100_000  # the tail to a hundredth of a percent, in under 2 MB


class Reservoir:
    """Keeps at most 100,000 values of a stream, those with the smallest random keys, and the exact mean."""

    def __init__(self, seed: int, most: int = MOST_VALUES) -> None:
        self._draw = np.random.default_rng(seed)
        self._most = most
        self._values: Floats = np.zeros(0)
        self._keys: Floats = np.zeros(0)
        self.count = 0
        self._sum = 0.0

    def add(self, values: Floats) -> None:
        """Take in values; NaN is none."""
        known = values[np.isfinite(values)]
        if not len(known):
            return
        self.count += len(known)
        self._sum += float(known.sum())
        self._values = np.concatenate((self._values, known))
        self._keys = np.concatenate((self._keys, self._draw.random(len(known))))
        if len(self._values) > self._most:
            kept = np.sort(np.argpartition(self._keys, self._most)[: self._most])
            self._values, self._keys = self._values[kept], self._keys[kept]

    @property
    def mean(self) -> float:
        """The mean of all values that were taken in."""
        return self._sum / self.count if self.count else np.nan

    def values(self) -> Floats:
        """Return the values that were kept, ascending."""
        return np.sort(self._values)
