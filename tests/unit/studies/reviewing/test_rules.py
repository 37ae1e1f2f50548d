import pytest

from wavetank.studies.reviewing.rules import AT_LEAST, AT_MOST, rule_of
from wavetank.studies.reviewing.schema import Claim, Statistics


def claim(**keys: object) -> Claim:
    return Claim.model_validate({"id": "a", "text": "t", "metric": "server_utilisation", **keys})


def test_what_holds_where_the_claim_says_nothing() -> None:
    rule = rule_of(claim(max="5%"), Statistics(), faults=False)
    assert (rule.limit, rule.sense, rule.about, rule.least) == (0.05, AT_MOST, "mean", 5)
    assert (rule.probability, rule.confidence, rule.most) == (0.9, 0.95, 60)
    assert rule.looks == (8, 16, 32)
    assert rule_of(claim(max="5%"), Statistics(), faults=True).about == "run"


def test_the_claim_goes_before_the_defaults() -> None:
    defaults = Statistics.model_validate(
        {"probability": 0.5, "confidence": 0.9, "seeds": {"min": 3, "max": 9}, "budget": "2s"}
    )
    rule = rule_of(claim(min="5%", probability=0.7), defaults, faults=True)
    assert (rule.sense, rule.probability, rule.confidence) == (AT_LEAST, 0.7, 0.9)
    assert (rule.least, rule.most) == (3, 9)
    assert rule.budget_s == 2
    assert rule_of(claim(min="5%"), defaults, faults=True, most=2).least == 2


@pytest.mark.parametrize(("factor", "sense"), [(1.5, AT_LEAST), (0.7, AT_MOST), (1.0, AT_MOST)])
def test_a_factor_above_one_is_a_lower_bound(factor: float, sense: str) -> None:
    rule = rule_of(claim(than="b", factor=factor), Statistics(), faults=False)
    assert (rule.limit, rule.sense) == (factor, sense)


def test_few_runs_have_a_look_at_their_end() -> None:
    rule = rule_of(claim(max="5%", seeds={"max": 4}), Statistics(), faults=False)
    assert rule.looks == (4,)
