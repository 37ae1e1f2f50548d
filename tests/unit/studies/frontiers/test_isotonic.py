from itertools import pairwise

import numpy as np
import pytest

from wavetank.studies.frontiers.isotonic import crossing, crossings, monotone_p, pooled


def test_violators_are_pooled() -> None:
    assert pooled([0.1, 0.3, 0.2, 0.9], [1, 1, 3, 1]) == pytest.approx([0.1, 0.225, 0.225, 0.9])
    assert pooled([0.9, 0.1], [1, 3]) == pytest.approx([0.3, 0.3])
    assert pooled([0.5, 0.4, 0.3], [1, 1, 1]) == pytest.approx([0.4] * 3)


def test_pooling_is_the_nearest_growing_sequence() -> None:
    chance = np.random.default_rng(3)
    shares, weights = chance.random(6).tolist(), (chance.random(6) + 0.1).tolist()
    fitted = pooled(shares, weights)
    assert all(early <= late for early, late in pairwise(fitted))

    def distance(values: list[float]) -> float:
        return sum(float(w) * (v - float(s)) ** 2 for v, s, w in zip(values, shares, weights, strict=True))

    for _ in range(300):
        other = sorted(np.clip(np.array(fitted) + chance.normal(0, 0.05, 6), 0, 1))
        assert distance(list(map(float, other))) >= distance(fitted) - 1e-12


def test_crossings_lie_on_straight_lines() -> None:
    assert crossing([0, 10, 20], [0.0, 0.4, 1.0], 0.5) == pytest.approx(10 + 10 / 6)
    assert crossing([0, 10], [0.6, 1.0], 0.5) is None
    assert crossing([0, 10], [0.0, 0.4], 0.5) is None


def test_intervals_contain_the_truth() -> None:
    """A logistic truth with half at 50: twelve runs at ten levels, forty times."""
    places = [float(place) for place in range(5, 105, 10)]
    shares = 1 / (1 + np.exp(-(np.array(places) - 50) / 8))
    chance, held = np.random.default_rng(5), 0
    for seed in range(40):
        counts = [(int(count), 12) for count in chance.binomial(12, shares)]
        (half,) = crossings(places, counts, [0.5], seed)
        held += half.low is not None and half.high is not None and half.low <= 50 <= half.high
    assert held >= 36


def test_the_same_seed_gives_the_same_interval() -> None:
    counts = [(0, 12), (3, 12), (9, 12), (12, 12)]
    assert crossings([1, 2, 3, 4], counts, [0.5], 1) == crossings([1, 2, 3, 4], counts, [0.5], 1)


def test_shares_that_swing_are_refused() -> None:
    """The gap between two key rotations: the share of lost fleets swings with a period of a minute."""
    swinging = [(28, 40), (13, 40), (34, 40), (12, 40), (26, 40)]
    assert monotone_p(swinging, 1) < 0.01


def test_shares_that_grow_are_seldom_refused() -> None:
    shares = np.linspace(0.02, 0.98, 10)
    chance = np.random.default_rng(7)
    p_values = [monotone_p([(int(k), 12) for k in chance.binomial(12, shares)], 1) for _ in range(40)]
    assert sum(p < 0.05 for p in p_values) <= 6
