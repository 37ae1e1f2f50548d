"""A logistic model of two features: how probable it is that a design holds.

The coefficients have a weak prior, so the fit is finite even where the runs are perfectly separated. Features
are brought to unit spread first. The fit is Newton's method with a fixed number of steps and no chance: the
same runs give the same probabilities.

References
----------
D. R. Cox, The regression analysis of binary sequences, Journal of the Royal Statistical Society B 20 (1958),
215-242. A. Gelman et al., A weakly informative default prior distribution for logistic and other regression
models, Annals of Applied Statistics 2 (2008), 1360-1383 (why a prior: separable data have no finite fit).
"""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PRIOR_SD = 2.5
"""Of the coefficients of features that were brought to unit spread: the scale of Gelman's default prior."""
STEPS = 25
"""Newton's method doubles its digits each step; with the prior it never needs more."""
LARGEST = 30.0
"""Beyond it the probability is 0 or 1 to thirteen digits."""


class Logistic:
    """A fitted model; `probability` predicts.

    Parameters
    ----------
    features
        One row for each run.
    held
        Whether each run held.
    """

    def __init__(self, features: "NDArray[Any]", held: "NDArray[Any]") -> None:
        self._middle = features.mean(axis=0)
        self._spread = np.maximum(features.std(axis=0), 1e-9)
        rows = self._rows(features)
        weights = np.zeros(rows.shape[1])
        ridge = np.full(rows.shape[1], PRIOR_SD**-2)
        ridge[0] = 1e-4  # how often runs hold is for the runs to say
        for _ in range(STEPS):
            expected = _logit(rows @ weights)
            slope = rows.T @ (held - expected) - ridge * weights
            curvature = (rows * (expected * (1 - expected))[:, None]).T @ rows + np.diag(ridge)
            step = np.linalg.solve(curvature, slope)
            weights = weights + step
            if np.abs(step).max() < 1e-9:
                break
        self._weights = weights

    def _rows(self, features: "NDArray[Any]") -> "NDArray[Any]":
        scaled = (features - self._middle) / self._spread
        return np.column_stack([np.ones(len(scaled)), scaled])

    def probability(self, features: "NDArray[Any]") -> "NDArray[Any]":
        """Return with which probability each row holds."""
        return _logit(self._rows(features) @ self._weights)


def _logit(linear: "NDArray[Any]") -> "NDArray[Any]":
    return np.asarray(1 / (1 + np.exp(-np.clip(linear, -LARGEST, LARGEST))))
