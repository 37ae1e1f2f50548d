"""Put a claim into numbers: the metric, its limit, and how sure a decision has to be.

Values that the claim leaves out come from the decision's `[defaults]`, then from wavetank. A situation with
a fault makes a claim about a share of the runs, because the user lives through one storm at a time. Without
a fault the claim is about the mean. The greatest number of runs allows one bad run by default
(docs/review.md).
"""

from typing import NamedTuple

from wavetank.scenario.schema.leaf import Misfit
from wavetank.studies import sequential
from wavetank.studies.reviewing.quantities import Measure, limit_of, measure_of
from wavetank.studies.reviewing.schema import (
    DEFAULT_CONFIDENCE,
    DEFAULT_MIN_SEEDS,
    DEFAULT_PROBABILITY,
    Claim,
    Statistics,
)
from wavetank.units import SECOND

LOOKS = (8, 16, 32, 64)
"""Numbers of runs at which a mean is looked at; the error is shared among them."""
AT_MOST, AT_LEAST = "at most", "at least"


class Rule(NamedTuple):
    """A claim about an option, in numbers.

    Attributes
    ----------
    measure : Measure
        The metric.
    sense : str
        "at most" or "at least".
    limit : float
        The limit in the metric's unit; of a comparison the factor.
    than : str
        The option whose metric is multiplied by the factor, "" without one.
    about : str
        "run": a share of the runs; "mean": their mean.
    probability, confidence : float
        Share of the runs, and how sure a decision is.
    least, most : int
        Runs before a decision, and at most.
    budget_s : float
        Wall time in s after which no more runs are begun; 0: no end.
    """

    measure: Measure
    sense: str
    limit: float
    than: str
    about: str
    probability: float
    confidence: float
    least: int
    most: int
    budget_s: float

    @property
    def claim(self) -> sequential.Claim:
        """The claim that the sequential test decides."""
        return sequential.Claim(self.probability, 1 / (1 - self.confidence))

    @property
    def looks(self) -> tuple[int, ...]:
        """Numbers of runs at which the mean is looked at: none above the greatest number of runs."""
        return tuple(look for look in LOOKS if look <= self.most) or (max(2, self.most),)

    def held(self, value: float, limit: float) -> bool:
        """Whether a value is on the right side of a limit."""
        return value <= limit if self.sense == AT_MOST else value >= limit


def rule_of(claim: Claim, defaults: Statistics, faults: bool, most: int | None = None) -> Rule:
    """Return the rule of a claim that is simulated.

    Parameters
    ----------
    claim, defaults
        The claim, and what holds where it says nothing.
    faults
        Whether its situation has a fault: then it is about a share of the runs, else about their mean.
    most
        Runs at most, instead of what the file says.

    Examples
    --------
    >>> claim = Claim(id="a", text="t", metric="recovery", max="5min", probability=0.8)
    >>> rule = rule_of(claim, Statistics(), faults=True)
    >>> rule.limit, rule.about, rule.least, rule.most
    (300.0, 'run', 5, 29)
    """
    measure = measure_of(claim.metric, claim.window)
    probability = claim.probability or defaults.probability or DEFAULT_PROBABILITY
    confidence = claim.confidence or defaults.confidence or DEFAULT_CONFIDENCE
    if claim.than:
        sense, limit = (AT_LEAST if claim.factor > 1 else AT_MOST), claim.factor
    else:
        sense, limit = bound_of_claim(claim, measure.quantity)
    stated = most or claim.seeds.max or defaults.seeds.max
    wanted = sequential.Claim(probability, 1 / (1 - confidence))
    greatest = stated or max(LOOKS[0], sequential.runs_to_hold(wanted, failures=1))
    return Rule(
        measure,
        sense,
        limit,
        claim.than,
        claim.about or ("run" if faults else "mean"),
        probability,
        confidence,
        min(claim.seeds.min or defaults.seeds.min or DEFAULT_MIN_SEEDS, greatest),
        greatest,
        (claim.budget or defaults.budget) / SECOND,
    )


def bound_of_claim(claim: Claim, quantity: str) -> tuple[str, float]:
    """Return the sense and the limit of max or min, in the unit of a quantity. Raises Misfit."""
    if claim.max is not None:
        return AT_MOST, limit_of(quantity, claim.max)
    if claim.min is not None:
        return AT_LEAST, limit_of(quantity, claim.min)
    raise Misfit("there is no limit; write max or min")
