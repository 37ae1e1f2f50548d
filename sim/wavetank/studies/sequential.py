"""The rule by which wavetank decides whether something holds with probability P or more, run by run.

Two e-values watch the runs. The one for *holds* is the mean of two likelihood ratios against P: that of
1 - (1 - P)/10, and that of the uniform mixture over (P, 1). The one for *fails* is the ratio of the uniform
mixture over (0, P) against P. Where the truth is on the other side of P, such a ratio exceeds 1/alpha at any
time with probability alpha at most (Ville), so you may look after every run and stop whenever you like.

References
----------
H. Robbins, Statistical methods related to the law of the iterated logarithm, Annals of Mathematical
Statistics 41 (1970), 1397-1409. S. R. Howard et al., Time-uniform, nonparametric, nonasymptotic confidence
sequences, Annals of Statistics 49 (2021), 1055-1080.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from math import exp, lgamma, log, log1p
from typing import NamedTuple

RARER = 10
"""The simple alternative of *holds* has failures so many times rarer than the claim tolerates."""
HALVINGS = 50
"""Bounds are found by bisection: to a part in 10^15 of the range."""
NEGLIGIBLE = 1e-17
"""Terms of a sum below this share of it change no digit."""


class Decision(StrEnum):
    """The decision on a claim."""

    HOLDS = "holds"
    FAILS = "fails"
    UNDECIDED = "undecided"


class Claim(NamedTuple):
    """A claim that something holds with a probability, and how strong the evidence has to be.

    Attributes
    ----------
    probability : float
        P, between 0 and 1, both excluded.
    threshold : float
        1/alpha: 20 decides one claim at 95 %, 60 each of three claims that are asked together.
    """

    probability: float = 0.90
    threshold: float = 20.0


class Evidence(NamedTuple):
    """The evidence of the runs for or against a claim.

    Attributes
    ----------
    decision : Decision
        The decision. Later runs do not change it.
    held, failed, runs : int
        Counts when the decision was made. Runs that are neither count for both sides' doubt.
    low, high : float
        Bounds of the probability from the same e-values, each right with 1 - 1/threshold.
    needed : int
        Where it is undecided: how many more runs decide "holds" if none of them fails; else 0.
    """

    decision: Decision
    held: int
    failed: int
    runs: int
    low: float
    high: float
    needed: int


def decide(outcomes: Iterable[bool | None], claim: Claim = Claim()) -> Evidence:  # noqa: B008 - frozen
    """Decide a claim by runs in the order of their seeds; runs after the decision are not looked at.

    Parameters
    ----------
    outcomes
        Whether each run held; None where the run could not tell. Such a run counts as a failure for
        "holds" and as a success for "fails".
    claim
        What is claimed.

    Raises
    ------
    ValueError
        When the probability is not between 0 and 1, or the threshold is not above 1.

    Examples
    --------
    >>> decide([True] * 40).decision, decide([True] * 40).runs
    (<Decision.HOLDS: 'holds'>, 36)
    """
    if not (0 < claim.probability < 1 and claim.threshold > 1):
        raise ValueError(f"{claim}: the probability is between 0 and 1, the threshold above 1")
    held = failed = runs = 0
    for outcome in outcomes:
        runs += 1
        held += outcome is True
        failed += outcome is False
        decision = _decision(held, failed, runs, claim)
        if decision is not Decision.UNDECIDED:
            return _evidence(decision, held, failed, runs, claim)
    return _evidence(Decision.UNDECIDED, held, failed, runs, claim)


def in_seed_order(outcomes: Mapping[int, bool | None]) -> list[bool | None]:
    """Return the outcomes of runs 0, 1, 2, ... up to the first one that is missing.

    Workers end in any order. Deciding by this prefix alone makes the answer independent of it.
    """
    ordered: list[bool | None] = []
    while len(ordered) in outcomes:
        ordered.append(outcomes[len(ordered)])
    return ordered


def runs_to_hold(claim: Claim, failures: int = 0) -> int:
    """Return how many runs decide "holds" when so many of them failed, the failures first.

    Examples
    --------
    >>> runs_to_hold(Claim(0.90)), runs_to_hold(Claim(0.90), failures=1)
    (36, 60)
    """
    return failures + _successes_to_hold(0, failures, claim)


def _successes_to_hold(held: int, doubtful: int, claim: Claim) -> int:
    """How many more successes decide "holds": doubled until it does, then bisected."""
    needed = log(claim.threshold)

    def holds(more: int) -> bool:
        return log_e_holds(held + more, doubtful, claim.probability) >= needed

    most = 1
    while not holds(most):
        most *= 2
    least = most // 2
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if holds(middle) else (middle, most)
    return most


@lru_cache(maxsize=100_000)
def _decision(held: int, failed: int, runs: int, claim: Claim) -> Decision:
    needed = log(claim.threshold)
    if log_e_holds(held, runs - held, claim.probability) >= needed:
        return Decision.HOLDS
    if log_e_fails(runs - failed, failed, claim.probability) >= needed:
        return Decision.FAILS
    return Decision.UNDECIDED


@lru_cache(maxsize=10_000)
def _evidence(decision: Decision, held: int, failed: int, runs: int, claim: Claim) -> Evidence:
    needed = log(claim.threshold)
    low = _border(lambda p: log_e_holds(held, runs - held, p) < needed) if held else 0.0
    high = _border(lambda p: log_e_fails(runs - failed, failed, p) >= needed) if failed else 1.0
    more = _successes_to_hold(held, runs - held, claim) if decision is Decision.UNDECIDED else 0
    return Evidence(decision, held, failed, runs, low, high, more)


def _border(is_above: Callable[[float], bool]) -> float:
    """The probability from which on something is so."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_above(middle) else (middle, high)
    return (low + high) / 2


# ---- the e-values, as logarithms ---------------------------------------------------------------


def log_e_holds(held: int, failed: int, p: float) -> float:
    """Return the logarithm of the evidence that the probability is above `p`."""
    simple = held * (log1p(-(1 - p) / RARER) - log(p)) - failed * log(RARER)
    mixture = _log_ratio(failed, held, 1 - p)
    greater = max(simple, mixture)
    return greater + log((exp(simple - greater) + exp(mixture - greater)) / 2)


def log_e_fails(held: int, failed: int, p: float) -> float:
    """Return the logarithm of the evidence that the probability is below `p`."""
    return _log_ratio(held, failed, p)


def _log_ratio(k: int, f: int, p: float) -> float:
    """Log of the mean over q uniform in (0, p) of q^k (1 - q)^f / (p^k (1 - p)^f).

    The integral is an incomplete beta function: B(k+1, f+1) times the probability that a binomial variable
    of k + f + 1 trials exceeds k.
    """
    n = k + f + 1
    beta = lgamma(k + 1) + lgamma(f + 1) - lgamma(n + 1)
    return beta + _log_tail(k + 1, n, p) - (k + 1) * log(p) - f * log1p(-p)


def _log_tail(least: int, n: int, p: float) -> float:
    """Log of the probability that a binomial variable of n trials is `least` or more, from 1 to n."""
    if least > n * p:
        return _log_sum(least, n, p)
    return log1p(-exp(_log_sum(n - least + 1, n, 1 - p)))


def _log_sum(first: int, n: int, p: float) -> float:
    """The same where the probabilities of `first`, first + 1, ... fall: summed until they are negligible."""
    term = total = 1.0
    for j in range(first, n):
        term *= (n - j) / (j + 1) * p / (1 - p)
        total += term
        if term < NEGLIGIBLE * total:
            break
    pmf = lgamma(n + 1) - lgamma(first + 1) - lgamma(n - first + 1)
    return pmf + first * log(p) + (n - first) * log1p(-p) + log(total)
