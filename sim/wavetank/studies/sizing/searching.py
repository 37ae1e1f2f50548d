"""Search the answer of a sizing: screen, confirm, and look at the designs next to the answer.

A few small runs find a candidate, and fresh runs confirm it. From a design that holds, the search goes down
one rank until one does not hold; from a design that does not, it goes up. At most three designs are
claimed, each at a third of the error, so that the 95 % hold for the whole search. The design above the
answer is tried too: if it fails, adding servers makes things worse, and there is no answer. Steps 2 to 5 of
docs/studies.md, "How the answer is found", state these rules.
"""

from typing import NamedTuple

from wavetank.errors import ScenarioError
from wavetank.studies.sequential import Claim, Decision
from wavetank.studies.sizing.asked import Asked, decision_of, failed
from wavetank.studies.sizing.confirming import a_few, confirm
from wavetank.studies.sizing.screening import first_candidate
from wavetank.studies.sizing.shapes import Shapes
from wavetank.studies.sizing.sought import Sought
from wavetank.studies.sizing.trials import Trials

CLAIMS = 3
"""Designs that may be claimed, one after the other: each at a third of the error."""
THRESHOLD = 20.0 * CLAIMS
"""1/alpha of each claim: 5 % over all of them."""
MOST_TRIED = 12
"""Designs that are tried one after the other where only a day is asked, which claims no probability."""


class Found(NamedTuple):
    """The outcome of a search: the rank of the answer, everything that was asked, and a remark."""

    rank: int | None
    asked: tuple[Asked, ...]
    note: str


def search(trials: Trials, shapes: Shapes, sought: Sought, start: int, claim: Claim) -> Found:
    """Screen, confirm, and look at the designs next to the answer.

    The answer is the first design that holds and whose successor fails in none of three runs.
    """
    candidate = first_candidate(trials, shapes, sought, start, claim.probability)
    if not candidate.passed:
        # a few runs of the last one show what is missed
        asked = a_few(trials, shapes, candidate.rank, sought.text(candidate.rank))
        span = f"{sought.text(start)} to {sought.text(candidate.rank)}"
        return Found(None, tuple(asked), f"From {span} none was good enough in a first look.")
    tried: dict[int, list[Asked]] = {}
    rank, answer = candidate.rank, None
    most = CLAIMS if trials.conditions.with_faults else MOST_TRIED
    while len(tried) < most and sought.ranks[0] <= rank <= sought.ranks[1] and rank not in tried:
        try:
            tried[rank] = confirm(trials, shapes, rank, claim, sought.text(rank))
        except ScenarioError:
            break  # a fault strikes a node that so few do not have
        holds = decision_of(tried[rank]) is Decision.HOLDS
        if holds:
            answer, rank = rank, rank - 1
        elif answer is None:
            rank += 1
        else:
            break
    guard: list[Asked] = []
    if answer is not None and answer + 1 not in tried and answer + 1 <= sought.ranks[1]:
        guard = a_few(trials, shapes, answer + 1, sought.text(answer + 1))
    listed = tuple(each for rank in sorted(tried) for each in tried[rank]) + tuple(guard)
    if answer is not None and (failed(guard) or failed(tried.get(answer + 1, []))):
        note = (
            f"{sought.text(answer)} hold, but {sought.text(answer + 1)} do not always: more is not better "
            "here. Look at this neighbourhood with `wavetank sweep`."
        )
        return Found(None, listed, note)
    if answer is not None and rank == answer - 1 and rank not in tried and len(tried) == most:
        return Found(answer, listed, f"{most} designs were tried; {sought.text(rank)} may do as well.")
    return Found(answer, listed, "")
