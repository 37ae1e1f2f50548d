"""Scores, sums and the reach of weights, worked out by hand."""

from math import inf

import pytest

from tests.unit.libraries.conftest import Make
from tests.unit.libraries.records import card, whole
from tests.unit.libraries.scene import decision, scene
from wavetank.libraries.catalogue import read_library
from wavetank.libraries.costs import uses
from wavetank.libraries.decision import Criterion
from wavetank.libraries.fleet import FleetCost, spent
from wavetank.libraries.interval import Interval, exactly
from wavetank.libraries.matrix import Line, Matrix, Score, matrix, protocol_share, sensitivity, totals
from wavetank.libraries.pairing import Pairing


def criterion(name: str, weight: float) -> Criterion:
    raw = {"id": name, "name": name, "weight": weight, "figure": "money", "better": "less", "why": "x"}
    return Criterion.model_validate(raw)


def line(name: str, *worths: float) -> Line:
    return Line(name, tuple(Score(exactly(1), exactly(worth)) for worth in worths), False)


MATRIX = Matrix(
    (criterion("cost", 6), criterion("fit", 4)),
    (line("cheap", 1.0, 0.25), line("fit", 0.5, 1.0), line("middling", 0.7, 0.5)),
)


def test_totals_are_the_weighted_mean() -> None:
    total = dict(totals(MATRIX, MATRIX.weights))
    assert total["cheap"].mid == pytest.approx(0.7)
    assert total["fit"].mid == pytest.approx(0.7)
    assert total["middling"].mid == pytest.approx(0.62)
    assert totals(MATRIX, (1, 0))[0][0] == "cheap"
    assert totals(MATRIX, (60, 40)) == totals(MATRIX, (6, 4))


def test_a_weight_may_go_until_another_wins() -> None:
    """cheap: w + 0.25 v; fit: 0.5 w + v. They are equal where w = 1.5 v."""
    reach = sensitivity(MATRIX, (8, 4))
    assert (reach[0].below, reach[0].high, reach[1].low, reach[1].above) == ("fit", inf, 0, "fit")
    assert reach[0].low == pytest.approx(6)
    assert reach[1].high == pytest.approx(8 / 1.5)


@pytest.mark.parametrize("step", [-0.01, 0.01])
def test_just_beyond_its_reach_another_wins(step: float) -> None:
    for index, reach in enumerate(sensitivity(MATRIX, (8, 4))):
        edge = reach.low if step < 0 else reach.high
        if 0 < edge < inf:
            weights = [8.0, 4.0]
            weights[index] = edge + step
            assert totals(MATRIX, weights)[0][0] == (reach.below if step < 0 else reach.above)
            weights[index] = edge - step
            assert totals(MATRIX, weights)[0][0] == "cheap"


@pytest.fixture
def two(made: Make) -> list[FleetCost]:
    """The second costs the agent twice as much as the first."""
    (side,) = uses(read_library(made(a=whole())))
    assert side.agent is not None
    connect = Interval(1050.0 - 50, 1050.0 - 25, 1050.0)
    dear = side.agent._replace(
        request_us=((5000, exactly(25.0)), (50_000, exactly(25.0))), connect_us=connect
    )
    pairs = [Pairing(side, side), Pairing(side._replace(library="dear", agent=dear), side)]
    return [spent(scene().resolve(), pair, decision()) for pair in pairs]


def test_half_the_score_for_twice_the_cost(made: Make, two: list[FleetCost]) -> None:
    cards = {"one": read_library(made()).card, "dear": read_library(made(card("dear"), "dear")).card}
    scored = matrix(two, cards, decision())
    money, cpu = scored.lines[1].scores
    assert money.worth.mid == 1
    assert cpu.worth.mid == pytest.approx(525 / 1050)
    assert cpu.worth.low < cpu.worth.mid < cpu.worth.high


def test_what_is_missing_scores_nothing(made: Make, two: list[FleetCost]) -> None:
    cards = {"one": read_library(made()).card, "dear": read_library(made(card("dear"), "dear")).card}
    scored = matrix([two[0], two[1]._replace(money=None)], cards, decision())
    assert scored.lines[1].scores[0] == Score(None, exactly(0.0))


def test_only_what_has_both_ends_is_weighed(made: Make, two: list[FleetCost]) -> None:
    cards = {"one": read_library(made()).card, "dear": read_library(made(card("dear"), "dear")).card}
    half = two[0]._replace(pairing=two[0].pairing._replace(agent=None))
    assert [each.name for each in matrix([half, two[1]], cards, decision()).lines] == [two[1].pairing.name]


def test_of_a_pair_counts_what_both_ends_speak(made: Make) -> None:
    agent_only = card("agent").replace('udp = { answer = "yes"', 'udp = { answer = "yes", side = "agent"')
    part = card("part").replace('http2 = { answer = "yes"', 'http2 = { answer = "part", how = "half"')
    client, two_ = (
        read_library(made(text, name)).card for name, text in (("agent", agent_only), ("part", part))
    )
    assert protocol_share(client, client) == pytest.approx(10 / 11)
    assert protocol_share(client, two_) == pytest.approx(10.5 / 11)
    assert protocol_share(two_, client) == pytest.approx(9.5 / 11)


def test_the_nearest_rival_ends_the_reach() -> None:
    lines = (line("best", 0.5, 1.0), line("near", 0.9, 0.8), line("far", 0.9, 0.1))
    reach = sensitivity(Matrix(MATRIX.criteria, lines), (0.1, 1))
    assert reach[0].high == pytest.approx(0.5)  # 0.5 w + 1 = 0.9 w + 0.8
    assert reach[0].above == "near"
