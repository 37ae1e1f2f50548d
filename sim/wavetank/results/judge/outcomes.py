"""The outcomes that a run as a whole can have, from best to worst.

The order decides: the word of a run is the worst of its episodes'. Rule: docs/model.md#word. Several
episodes have one word for the run: `worst` finds it.
"""

from collections.abc import Iterable
from enum import StrEnum


class Outcome(StrEnum):
    """The word for a run: a closed set, from best to worst.

    STABLE: no fault, and the fleet keeps up. CARRIED: a fault lasts and the others do its work. BACK: as
    well as without faults again. BACK_ECHO, BACK_RELAPSE: back, and later worse again, because tokens that
    were granted together expire together, or for another reason. ESCAPED: back after having been trapped.
    UNDECIDED: the run is too short to say. NOT_CARRIED: a fault lasts and the fleet suffers. LOST: agents
    were refused for good. METASTABLE: trapped; the fault is over and nothing gets better, although the
    load could be carried. OVERLOADED: the load cannot be carried even without faults.
    """

    STABLE = "stable"
    CARRIED = "carried"
    BACK = "back"
    BACK_ECHO = "back-echo"
    BACK_RELAPSE = "back-relapse"
    ESCAPED = "escaped"
    UNDECIDED = "undecided"
    NOT_CARRIED = "not-carried"
    LOST = "lost"
    METASTABLE = "metastable"
    OVERLOADED = "overloaded"


_ORDER = {outcome: rank for rank, outcome in enumerate(Outcome)}


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the worst of several outcomes; STABLE for none."""
    return max(outcomes, key=_ORDER.__getitem__, default=Outcome.STABLE)


IS_BACK = frozenset({Outcome.BACK, Outcome.BACK_ECHO, Outcome.BACK_RELAPSE, Outcome.ESCAPED})
"""Outcomes of a fleet that came back."""
IS_WELL = frozenset({Outcome.STABLE, Outcome.CARRIED}) | IS_BACK
"""Outcomes of a fleet that was well when it was last looked at."""
