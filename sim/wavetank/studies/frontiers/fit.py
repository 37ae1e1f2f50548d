"""The findings of a frontier as data: the levels, the test, and the band.

The share of fatal runs is fitted as a monotone function of the key (`isotonic`); the band is where the fit
crosses given shares. Everything here is frozen and can be saved.
"""

from dataclasses import dataclass

from wavetank.studies.frontiers.isotonic import Crossing, pooled
from wavetank.studies.frontiers.levels import Level

REFUSED = 0.05
"""Below this probability of counts as irregular as these, the shares are taken not to grow."""


@dataclass(frozen=True)
class Fit:
    """The levels of a frontier with their fit.

    Attributes
    ----------
    scenario, key, unit : str
        The scenario, what is varied, and the unit of its values.
    levels : tuple of Level
        Every value that was looked at, ascending, with its counts.
    rising : bool
        Whether greater values are fatal.
    p : float
        How likely counts as irregular as these are if the share of fatal runs grows along the key.
    band : tuple of Crossing
        Where 5 %, 50 % and 95 % of the runs are fatal; empty where the share does not grow.
    within_s : float or None
        How soon a fleet has to be back (`slo.recovery`); None: until its run ends.
    settings : tuple of str
        What else was changed: the second key of a map.
    seed : int
        The seed.
    """

    scenario: str
    key: str
    unit: str
    levels: tuple[Level, ...]
    rising: bool
    p: float
    band: tuple[Crossing, ...]
    within_s: float | None = None
    settings: tuple[str, ...] = ()
    seed: int = 1

    @property
    def runs(self) -> int:
        """How many runs were made."""
        return sum(level.runs for level in self.levels)

    @property
    def is_monotone(self) -> bool:
        """Whether the counts allow that the share of fatal runs grows along the key."""
        return self.p >= REFUSED

    @property
    def fitted(self) -> list[float]:
        """The share of fatal runs at each level, by the fit that only grows (or falls)."""
        ordered = self.levels if self.rising else self.levels[::-1]
        shares = pooled([level.share for level in ordered], [float(level.runs) for level in ordered])
        return shares if self.rising else shares[::-1]
