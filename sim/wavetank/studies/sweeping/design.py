"""A design of a sweep with its runs, and what tables and pictures need of all of them.

A design is one set of values with a cell for each seed. Sweeps of any kind are shown through the few
attributes that are named here.
"""

from typing import NamedTuple, Protocol

from wavetank.results.judge.outcomes import Outcome
from wavetank.results.shares import Share, share_of, shares
from wavetank.scenario.resolved import Objective
from wavetank.studies.cells import Cell
from wavetank.studies.sweeping.values import Typed, typed


class Design(NamedTuple):
    """One point of a sweep.

    Attributes
    ----------
    texts : tuple of str
        The values of the varied keys, as written.
    hash : str
        Sha256 of what the scenario resolves to with them.
    cores : int
        Cores of all nodes: what the design costs.
    objectives : tuple of Objective
        What must hold.
    cells : tuple of Cell
        Its runs, in the order of the replications.
    """

    texts: tuple[str, ...]
    hash: str
    cores: int
    objectives: tuple[Objective, ...]
    cells: tuple[Cell, ...]

    @property
    def values(self) -> tuple[Typed, ...]:
        """The values in SI units."""
        return tuple(typed(text) for text in self.texts)

    @property
    def shares(self) -> dict[Outcome, Share]:
        """In how many runs each outcome came."""
        return shares([cell.verdict.outcome for cell in self.cells if cell.verdict is not None])

    def meets(self, cell: Cell) -> bool | None:
        """Return whether a run meets all objectives; None where that is not known."""
        met = {judged.met for judged in cell.judged(self.objectives)}
        return False if False in met or cell.verdict is None else None if None in met else True

    @property
    def met(self) -> Share | None:
        """In how many runs all objectives are met; None without objectives."""
        if not self.objectives:
            return None
        return share_of(sum(self.meets(cell) is True for cell in self.cells), len(self.cells))


class Designs(Protocol):
    """A sweep, as far as its table and its text need it: `swept.Sweep`."""

    @property
    def scenario(self) -> str:
        """Name of the scenario."""
        ...

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that are varied."""
        ...

    @property
    def designs(self) -> tuple[Design, ...]:
        """The designs, in order."""
        ...

    @property
    def replications(self) -> int:
        """Runs of each design."""
        ...
