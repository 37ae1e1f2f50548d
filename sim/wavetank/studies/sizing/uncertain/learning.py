"""Which designs hold at which points: a few dozen runs teach a model, which classifies the rest.

Runs go where the model doubts most, so forty of them give about the answer of many hundred. The model is
logistic, over two features (points.py). Learning stops once the choice has stayed the same for some batches.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wavetank.studies.sizing.uncertain.logistic import Logistic
from wavetank.studies.sizing.uncertain.points import Point, features_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST = 12
"""Runs at random, before there is a model."""
BATCH = 8
"""Runs between two fits."""
LEAST_RUNS, MOST_RUNS = 40, 120
"""Runs at least, and at most where the choice does not settle."""
STABLE = 3
"""The choice must be the same after so many batches."""
WIDTH = 1.6
"""The first runs are spread from the closed form's smallest design to one so much larger."""


class Sample(NamedTuple):
    """A point and the design that is tried there, by its rank."""

    point: int
    rank: int


Hold = Callable[[Sequence[Sample]], list[bool]]
"""Simulates samples and tells which of them held."""


class Learned:
    """The runs so far and the model that they give.

    Parameters
    ----------
    points
        The points of the uncertain inputs.
    cores_of
        The cores of the design of a rank.
    within_s
        W.
    probability
        The share of the points at which a design has to hold.
    """

    def __init__(
        self, points: Sequence[Point], cores_of: Callable[[int], int], within_s: float, probability: float
    ) -> None:
        self.points, self.probability = points, probability
        self._cores_of, self._within_s = cores_of, within_s
        self.held: dict[Sample, bool] = {}
        self._features: dict[int, tuple[NDArray[Any], NDArray[Any]]] = {}

    def features(self, rank: int) -> tuple["NDArray[Any]", "NDArray[Any]"]:
        """Return the features of all points for a design, and which can hold at all."""
        if rank not in self._features:
            self._features[rank] = features_of(self.points, self._cores_of(rank), self._within_s)
        return self._features[rank]

    def add(self, samples: Sequence[Sample], held: Sequence[bool]) -> None:
        """Take in what runs came to."""
        self.held.update(zip(samples, held, strict=True))

    def predicted(self, rank: int) -> "NDArray[Any]":
        """Return with which probability a design holds at each point."""
        ran = [sample for sample in self.held if self.features(sample.rank)[1][sample.point]]
        rows, possible = self.features(rank)
        outcomes = np.array([float(self.held[sample]) for sample in ran])
        if not len(outcomes):
            return np.where(possible, 0.5, 0.0)
        if outcomes.min() == outcomes.max():
            return np.where(possible, outcomes[0], 0.0)
        model = Logistic(np.array([self.features(each.rank)[0][each.point] for each in ran]), outcomes)
        return np.where(possible, model.probability(rows), 0.0)

    def share(self, rank: int) -> float:
        """Return at which share of the points a design holds."""
        return float(self.predicted(rank).mean())

    def choice(self, lowest: int, highest: int) -> int:
        """Return the smallest design that holds at a great enough share of the points; else the highest."""
        for rank in range(lowest, highest):
            if self.share(rank) >= self.probability:
                return rank
        return highest


def learn(learned: Learned, lowest: int, highest: int, hold: Hold, seed: int) -> int:
    """Make runs until the choice is stable, and return it."""
    chance = Random(seed)
    widest = max(lowest + 2, min(highest, round(lowest * WIDTH)))
    places = list(range(len(learned.points)))
    first = [Sample(chance.choice(places), chance.randint(lowest, widest)) for _ in range(FIRST)]
    _run(learned, first, hold)
    choices = [learned.choice(lowest, highest)]
    while len(learned.held) < MOST_RUNS:
        _run(learned, _doubtful(learned, choices[-1], lowest), hold)
        choices.append(learned.choice(lowest, highest))
        if len(learned.held) >= LEAST_RUNS and len(set(choices[-STABLE:])) == 1:
            break
    return choices[-1]


def _run(learned: Learned, samples: Sequence[Sample], hold: Hold) -> None:
    fresh = [sample for sample in dict.fromkeys(samples) if sample not in learned.held]
    learned.add(fresh, hold(fresh))


def _doubtful(learned: Learned, rank: int, lowest: int) -> list[Sample]:
    """The samples of the choice and of the design below that the model can tell least."""
    listed = []
    for tried in sorted({max(lowest, rank - 1), rank}):
        chances = learned.predicted(tried)
        doubts = chances * (1 - chances)
        listed += [(-float(doubts[place]), Sample(place, tried)) for place in range(len(learned.points))]
    fresh = sorted(pair for pair in listed if pair[1] not in learned.held)
    return [sample for _, sample in fresh[:BATCH]]
