"""In how many replications something happened, and how sure that is.

A share comes with Wilson's interval from five runs on (docs/model.md#replications). With fewer runs a share
stands without an interval, since one would say next to nothing.
"""

from collections.abc import Sequence
from typing import NamedTuple

from wavetank.results.intervals import wilson
from wavetank.results.judge.outcomes import Outcome, worst

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
