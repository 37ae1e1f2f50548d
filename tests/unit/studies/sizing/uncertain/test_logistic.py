import numpy as np

from wavetank.studies.sizing.uncertain.logistic import Logistic


def test_it_finds_the_probabilities_that_made_the_data() -> None:
    chance = np.random.default_rng(3)
    features = chance.normal(size=(4000, 2)) * [1.0, 20.0] + [5.0, 0.0]
    truth = 1 / (1 + np.exp(-(2 * (features[:, 0] - 5) - 0.1 * features[:, 1] + 0.5)))
    model = Logistic(features, (chance.random(4000) < truth).astype(float))
    assert np.abs(model.probability(features) - truth).max() < 0.06


def test_outcomes_that_are_parted_have_a_finite_fit() -> None:
    features = np.array([[x, 0.0] for x in (-3.0, -2.0, -1.0, 1.0, 2.0, 3.0)])
    model = Logistic(features, np.array([0.0, 0, 0, 1, 1, 1]))
    chances = model.probability(np.array([[-3.0, 0.0], [0.0, 0.0], [3.0, 0.0]]))
    assert 0.0 < chances[0] < 0.1
    assert abs(chances[1] - 0.5) < 0.1
    assert chances[2] > 0.9
