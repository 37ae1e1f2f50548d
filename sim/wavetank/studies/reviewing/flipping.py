"""Find the limit at which a claim would flip, from the runs that are there already.

The claim says that a share P of the runs meets a limit. It flips at the P quantile of the measured values,
and order statistics give the interval around it: no assumption about the distribution is needed. With few
runs a bound may not exist; it is None then.
"""

from collections.abc import Sequence
from math import ceil, comb
from typing import NamedTuple

from wavetank.studies.reviewing.rules import AT_MOST, Rule


class FlipLimit(NamedTuple):
    """The limit from which on the claim holds, with bounds from order statistics; None: not known."""

    value: float | None
    low: float | None
    high: float | None


def flip_limit(rule: Rule, values: Sequence[float]) -> FlipLimit:
    """Return the limit at which the decision of a claim about runs turns.

    The claim says that at least a share P of the runs meets the limit, so it flips at the P quantile of the
    values (of an "at least" claim, at the 1 - P quantile).

    Parameters
    ----------
    rule
        The claim.
    values
        The metric of each run, infinite for never.

    Examples
    --------
    >>> from wavetank.studies.reviewing.schema import Claim, Statistics
    >>> from wavetank.studies.reviewing.rules import rule_of
    >>> claim = Claim(id="a", text="t", metric="recovery", max="5min", probability=0.8)
    >>> flip_limit(rule_of(claim, Statistics(), faults=True), [float(n) for n in range(1, 31)])
    FlipLimit(value=24.0, low=19.0, high=29.0)
    """
    n = len(values)
    share = rule.probability if rule.sense == AT_MOST else 1 - rule.probability
    if not n:
        return FlipLimit(None, None, None)
    ordered = sorted(values)
    rank = min(n, max(1, ceil(share * n - 1e-9)))
    low, high = _ranks(n, share, (1 - rule.confidence) / 2)
    return FlipLimit(
        ordered[rank - 1],
        ordered[low - 1] if low >= 1 else None,
        ordered[high - 1] if high <= n else None,
    )


def _ranks(n: int, share: float, tail: float) -> tuple[int, int]:
    """Ranks (from 1) of the order statistics that bound a quantile, each beyond it with at most `tail`."""
    below = 0.0
    low = 0
    # P(fewer than k values lie below the quantile) <= tail  =>  the k-th is a lower bound
    for k in range(n + 1):
        below += comb(n, k) * share**k * (1 - share) ** (n - k)
        if below > tail:
            low = k
            break
    above, high = 0.0, n + 1
    for k in range(n, -1, -1):
        above += comb(n, k) * share**k * (1 - share) ** (n - k)
        if above > tail:
            high = k + 1
            break
    return low, high
