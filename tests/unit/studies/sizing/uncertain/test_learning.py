from collections.abc import Sequence
from random import Random

import numpy as np
import pytest

from wavetank.studies.sizing.uncertain.learning import LEAST_RUNS, MOST_RUNS, Learned, Sample, learn
from wavetank.studies.sizing.uncertain.points import Point
from wavetank.studies.sweeping.sobol import sobol

WITHIN_S = 480.0
POINTS = tuple(
    Point((), 3 + 3 * load, 400 + 1200 * logins) for load, logins in sobol(512, 2, seed=4)
)  # offered erlangs, and CPU for all logins


def chance_of(sample: Sample) -> float:
    """The truth: steep around a third of the spare time."""
    features = POINTS[sample.point].features(2 * sample.rank, WITHIN_S)
    return 0.0 if features is None else float(1 / (1 + np.exp(6 * (features[1] + 1.0))))


@pytest.mark.parametrize("seed", range(4))
def test_forty_runs_give_the_choice_of_all(seed: int) -> None:
    def hold(samples: Sequence[Sample]) -> list[bool]:
        return [Random(f"{seed} {sample}").random() < chance_of(sample) for sample in samples]

    learned = Learned(POINTS, lambda rank: 2 * rank, WITHIN_S, 0.9)
    choice = learn(learned, 2, 40, hold, seed)
    assert LEAST_RUNS <= len(learned.held) <= MOST_RUNS
    truth = {
        rank: np.mean([chance_of(Sample(place, rank)) for place in range(512)])
        for rank in range(2, choice + 2)
    }
    exact = min(rank for rank, share in truth.items() if share >= 0.9)
    # a neighbour is right, too, where the truth is next to the limit
    assert choice == exact or abs(truth[min(choice, exact)] - 0.9) < 0.04
    assert learned.share(choice) == pytest.approx(truth[choice], abs=0.06)


def test_what_cannot_carry_its_load_needs_no_run() -> None:
    learned = Learned(POINTS, lambda rank: 2 * rank, WITHIN_S, 0.9)
    learned.add([Sample(0, 9), Sample(1, 9)], [True, True])
    assert learned.share(1) == 0.0  # 2 cores for 3 erlangs and more
    assert learned.share(9) == 1.0
    assert learned.choice(1, 12) == 3  # six cores carry the load of every point


def test_no_run_is_made_twice() -> None:
    seen: list[Sample] = []

    def hold(samples: Sequence[Sample]) -> list[bool]:
        seen.extend(samples)
        return [chance_of(sample) > 0.5 for sample in samples]

    learn(Learned(POINTS, lambda rank: 2 * rank, WITHIN_S, 0.9), 2, 40, hold, 1)
    assert len(seen) == len(set(seen))
