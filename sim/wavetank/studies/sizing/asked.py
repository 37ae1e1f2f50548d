"""Findings about a design under one condition, and the decision over all conditions.

A design holds if it holds under every condition, and fails as soon as it fails under one; otherwise it is
undecided. The margins say how near the runs came to each bound. `few` marks runs that only look at a
neighbour of the answer: they carry no claim of probability, and a single failure among them counts.
"""

from collections.abc import Sequence
from typing import NamedTuple

from wavetank.studies.sequential import Decision, Evidence
from wavetank.studies.sizing.margins import Margin, margins_of
from wavetank.studies.sizing.shapes import Shape
from wavetank.studies.sizing.trials import Trial


class Asked(NamedTuple):
    """The findings about a design under one condition.

    Attributes
    ----------
    rank : int
        The design.
    condition : str
        The condition.
    shape : Shape
        What was simulated.
    evidence : Evidence
        The decision, the counts and the bounds of the probability.
    margins : tuple of Margin
        How near the runs came to each bound.
    few : bool
        Whether these are a few runs to make sure, without a claim.
    """

    rank: int
    condition: str
    shape: Shape
    evidence: Evidence
    margins: tuple[Margin, ...]
    few: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it is undecided."""
        return self.evidence.decision is Decision.UNDECIDED


def decision_of(asked: Sequence[Asked]) -> Decision:
    """Return what was decided about a design over all conditions."""
    decisions = {each.evidence.decision for each in asked}
    if Decision.FAILS in decisions:
        return Decision.FAILS
    return Decision.UNDECIDED if Decision.UNDECIDED in decisions or not asked else Decision.HOLDS


def failed(asked: Sequence[Asked]) -> bool:
    """Return whether a design has failed under one condition."""
    return decision_of(asked) is Decision.FAILS


def a_few_runs(rank: int, name: str, shape: Shape, runs: Sequence[Trial]) -> Asked:
    """Count a few runs: they fail if one does, hold if all do."""
    held, bad = sum(trial.held is True for trial in runs), sum(trial.held is False for trial in runs)
    decision = Decision.FAILS if bad else Decision.HOLDS if held == len(runs) else Decision.UNDECIDED
    evidence = Evidence(decision, held, bad, len(runs), 0.0, 1.0, 0)
    return Asked(rank, name, shape, evidence, margins_of(runs), few=True)
