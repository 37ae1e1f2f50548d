"""In how many replications something happened, and how sure that is."""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

from wavetank.results.judge.outcomes import Outcome, worst

Z95 = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""
LEAST_RUNS = 5
"""With fewer runs an interval of a share would span nearly everything: none is given."""
NOTABLE = 0.10
"""The worst outcome with at least this share of the runs is the verdict of all."""


class Share(NamedTuple):
    """`count` of `total` runs, and the 95 % interval of the probability; no interval below 5 runs.

    Attributes
    ----------
    count, total : int
        Runs in which it happened, and all runs.
    low, high : float or None
        Bounds of the interval, from 0 to 1.
    """

    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody calls
    total: int
    low: float | None
    high: float | None


def wilson(count: int, total: int, z: float = Z95) -> tuple[float, float]:
    """Return the score interval of a probability after `count` successes in `total` trials.

    Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
    Statistical Association 22 (1927). It keeps to [0, 1] and holds for shares near 0 and 1, too.

    Examples
    --------
    >>> [round(bound, 3) for bound in wilson(7, 8)]
    [0.529, 0.978]
    """
    if not 0 <= count <= total or total < 1:
        raise ValueError(f"{count} of {total} trials")
    share, square = count / total, z * z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = z / (1 + square / total) * sqrt(share * (1 - share) / total + square / (4 * total * total))
    return max(0.0, middle - half), min(1.0, middle + half)


def share_of(count: int, total: int) -> Share:
    """Return a share with its interval, from 5 runs on."""
    if total < LEAST_RUNS:
        return Share(count, total, None, None)
    return Share(count, total, *wilson(count, total))


def shares(outcomes: Sequence[Outcome]) -> dict[Outcome, Share]:
    """Return the share of each outcome that occurs, from best to worst."""
    return {
        outcome: share_of(outcomes.count(outcome), len(outcomes))
        for outcome in Outcome
        if outcome in outcomes
    }


def joint(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the worst outcome that at least a tenth of the runs have: the verdict of all of them."""
    return worst(o for o in set(outcomes) if outcomes.count(o) >= NOTABLE * len(outcomes))
