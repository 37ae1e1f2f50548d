"""The findings of a sizing as data: the answer, how sure it is, what binds and why less is not enough.

`Answer` holds evidence and no presentation: sentences are made in telling.py, tables and JSON in
representing.py. Invariants: `rank` is set only if the design holds under every condition that was asked,
and its evidence is then among `asked`. A design that had only a few runs (`few`) carries no claim and
decides nothing. `decision` is UNDECIDED, not FAILS, as long as a single design was left open.
"""

from dataclasses import dataclass

from wavetank.studies.sequential import Claim, Decision
from wavetank.studies.sizing.asked import Asked, decision_of
from wavetank.studies.sizing.conditions import Conditions
from wavetank.studies.sizing.resources import Resource
from wavetank.studies.sizing.sought import Sought


@dataclass(frozen=True)
class Answer:
    """The answer of `size` with its evidence.

    Attributes
    ----------
    scenario : str
        Name of the scenario.
    sought : Sought
        What was looked for.
    rank : int or None
        The rank of the answer; None where there is none.
    claim : Claim
        What was asked of each condition: the probability, and how strong the evidence is.
    conditions : Conditions
        Under which conditions.
    agents, nodes, cores : int
        The fleet, and the servers of the answer (of the scenario where there is none).
    asked : tuple of Asked
        Every design and condition that was looked at, in that order.
    resources : tuple of Resource
        What the answer uses of each resource, and what each would need alone.
    notes : tuple of str
        Remarks: what was left out and why.
    seed : int
        The seed of the first run.
    runs : int
        How many runs were made.
    """

    scenario: str
    sought: Sought
    rank: int | None
    claim: Claim
    conditions: Conditions
    agents: int
    nodes: int
    cores: int
    asked: tuple[Asked, ...]
    resources: tuple[Resource, ...]
    notes: tuple[str, ...] = ()
    seed: int = 1
    runs: int = 0

    @property
    def answer(self) -> int | None:
        """How many nodes, cores, connections or agents; None where that was not found."""
        return None if self.rank is None else self.sought.value(self.rank)

    def of(self, rank: int) -> tuple[Asked, ...]:
        """Return what was asked of a design."""
        return tuple(each for each in self.asked if each.rank == rank)

    @property
    def decision(self) -> Decision:
        """HOLDS with an answer, UNDECIDED where one was left open, FAILS where none was good enough."""
        if self.rank is not None:
            return Decision.HOLDS
        claimed = [each for each in self.asked if not each.few]
        decisions = {
            decision_of([each for each in claimed if each.rank == rank])
            for rank in {each.rank for each in claimed}
        }
        return Decision.UNDECIDED if decisions - {Decision.FAILS} else Decision.FAILS

    @property
    def binds(self) -> Resource | None:
        """The resource that leaves the least room; None where closed forms know none."""
        return max(self.resources, key=lambda resource: resource.share, default=None)
