"""The weighted decision matrix: scores per criterion, their sum, and how sure the winner is.

A score is the best value over one's own where less is better, and one's own over the best where more is: 1
for the best, and half as much for twice the cost. A figure that is missing scores nothing, and is marked.
"""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from wavetank.libraries.card import Card, Cell
from wavetank.libraries.decision import Criterion, Decision
from wavetank.libraries.fleet import FleetCost
from wavetank.libraries.interval import Interval, exactly
from wavetank.libraries.pairing import Pairing

_WORTH = {"yes": 1.0, "part": 0.5}
_PACE = {"active": 1.0, "slow": 0.5, "maintenance": 0.0}


class Score(NamedTuple):
    """A figure (None: missing) and what it is worth, from 0 to 1."""

    value: Interval | None
    worth: Interval


class Line(NamedTuple):
    """A pairing's scores, in the order of the criteria."""

    name: str
    scores: tuple[Score, ...]
    third_party: bool


class Reach(NamedTuple):
    """How far a weight may go, the others held, before another wins: `low` to `high` (inf: any more).

    `below` and `above`: who wins then, "" where nobody.
    """

    criterion: str
    weight: float
    low: float
    high: float
    below: str
    above: str


class Matrix(NamedTuple):
    """Criteria with their weights, and a line per pairing."""

    criteria: tuple[Criterion, ...]
    lines: tuple[Line, ...]

    @property
    def weights(self) -> tuple[float, ...]:
        """As the decision has them."""
        return tuple(criterion.weight for criterion in self.criteria)


def matrix(costs: Sequence[FleetCost], cards: dict[str, Card], decision: Decision) -> Matrix:
    """The scores of pairings that have both ends; `cards` by library."""
    whole = [cost for cost in costs if cost.pairing.agent and cost.pairing.server]
    columns = [
        _scored([_value(cost, criterion, cards) for cost in whole], criterion)
        for criterion in decision.criterion
    ]
    lines = [
        Line(cost.pairing.name, tuple(column[index] for column in columns), cost.pairing.third_party)
        for index, cost in enumerate(whole)
    ]
    return Matrix(decision.criterion, tuple(lines))


def totals(scored: Matrix, weights: Sequence[float]) -> list[tuple[str, Interval]]:
    """The weighted mean of each line's scores, the best first."""
    whole = sum(weights)
    sums = [(line.name, _total(line, weights).times(1 / whole)) for line in scored.lines]
    return sorted(sums, key=lambda pair: (-pair[1].mid, pair[0]))


def _total(line: Line, weights: Sequence[float]) -> Interval:
    ends = [
        sum(weight * score.worth[end] for weight, score in zip(weights, line.scores, strict=True))
        for end in range(3)
    ]
    return Interval(*ends)


def sensitivity(scored: Matrix, weights: Sequence[float]) -> tuple[Reach, ...]:
    """For each weight, how far it may go before the winner changes."""
    if not scored.lines:
        return ()
    winner = totals(scored, weights)[0][0]
    best = next(line for line in scored.lines if line.name == winner)
    rivals = [line for line in scored.lines if line.name != winner]
    return tuple(_reach(scored, weights, index, best, rivals) for index in range(len(weights)))


def _reach(scored: Matrix, weights: Sequence[float], index: int, best: Line, rivals: Sequence[Line]) -> Reach:
    low, high, below, above = 0.0, inf, "", ""
    others = [0.0 if at == index else weight for at, weight in enumerate(weights)]
    for rival in rivals:
        lead = _total(best, others).mid - _total(rival, others).mid
        slope = best.scores[index].worth.mid - rival.scores[index].worth.mid
        if slope < 0 and lead / -slope < high:
            high, above = lead / -slope, rival.name
        if slope > 0 and -lead / slope > low:
            low, below = -lead / slope, rival.name
    criterion = scored.criteria[index]
    return Reach(criterion.id, weights[index], low, max(low, high), below, above)


def _scored(values: Sequence[Interval | None], criterion: Criterion) -> list[Score]:
    known = [value.mid for value in values if value is not None]
    if criterion.better == "less":
        best = min(known, default=0.0)
        return [Score(value, _less(value, best)) for value in values]
    best = max(known, default=0.0)
    return [Score(value, _more(value, best)) for value in values]


def _less(value: Interval | None, best: float) -> Interval:
    if value is None:
        return exactly(0.0)
    worst, mid, good = (
        min(1.0, best / figure) if figure else 1.0 for figure in (value.high, value.mid, value.low)
    )
    return Interval(worst, mid, good)


def _more(value: Interval | None, best: float) -> Interval:
    if value is None or not best:
        return exactly(0.0)
    return Interval(*(min(1.0, figure / best) for figure in value))


def _value(cost: FleetCost, criterion: Criterion, cards: dict[str, Card]) -> Interval | None:
    pairing, figure = cost.pairing, criterion.figure
    costs = {
        "money": cost.money,
        "server_cores": cost.library_cores,
        "agent_cpu": cost.agent_cpu_s,
        "memory": cost.memory_bytes,
        "wire": cost.wire_bytes,
    }
    if figure in costs:
        return costs[figure]
    ends = _cards(pairing, cards)
    if figure == "protocols":
        return exactly(protocol_share(ends[0], ends[1]))
    if figure == "tls":
        return exactly(float(pairing.use.secured == "tls"))
    if figure == "shared":
        return exactly(float(pairing.shared))
    if figure == "licence":
        return exactly(float(all(card.licence[-1].spdx in criterion.permissive for card in ends)))
    return exactly(min(_PACE[card.maintenance.pace] for card in ends))


def _cards(pairing: Pairing, cards: dict[str, Card]) -> tuple[Card, Card]:
    assert pairing.agent is not None
    assert pairing.server is not None
    return cards[pairing.agent.library], cards[pairing.server.library]


def protocol_share(agent: Card, server: Card) -> float:
    """Share of the protocol table that both ends answer with yes (a part counts half)."""
    worths = [
        min(_worth(cell, "agent"), _worth(other, "server"))
        for cell, other in zip(agent.cells.values(), server.cells.values(), strict=True)
    ]
    return sum(worths) / len(worths)


def _worth(cell: Cell, side: str) -> float:
    return _WORTH.get(cell.answer, 0.0) if cell.side in ("both", side) else 0.0
