from math import inf

import pytest

from wavetank.studies.cells import Cell
from wavetank.studies.reviewing.judging import Sample, judge, sample
from wavetank.studies.reviewing.rules import Rule, rule_of
from wavetank.studies.reviewing.schema import Claim, SeedRange, Statistics
from wavetank.studies.sequential import Decision

DEFAULTS = Statistics(probability=0.8, seeds=SeedRange(min=5, max=30))


def rule(faults: bool = True, **keys: object) -> Rule:
    claim = Claim.model_validate({"id": "a", "text": "t", "metric": "recovery", **keys})
    return rule_of(claim, DEFAULTS, faults)


def cell(value: float | None, least: float | None = None, metric: str = "recovery_s") -> Cell:
    return Cell("k", "compiled", 1, None, {metric: value}, {} if least is None else {metric: least}, {})


def samples(value: Rule, *values: float) -> list[Sample]:
    return [sample(value, (cell(each), None)) for each in values]


@pytest.mark.parametrize(
    ("value", "least", "at_most", "at_least"),
    [
        (10.0, None, True, False),
        (70.0, None, False, True),
        (None, None, False, True),  # never
        (None, 70.0, False, True),  # not over, and beyond the limit already
        (None, 10.0, None, None),
    ],
)
def test_a_run_meets_a_limit_or_not_or_cannot_tell(
    value: float | None, least: float | None, at_most: bool | None, at_least: bool | None
) -> None:
    upper, lower = rule(max="1min"), rule(min="1min")
    assert sample(upper, (cell(value, least), None)).held(upper) is at_most
    assert sample(lower, (cell(value, least), None)).held(lower) is at_least


def test_a_metric_that_is_not_there_does_not_count_as_held() -> None:
    upper = rule(max="1min")
    other = sample(upper, (cell(1.0, metric="events_dropped"), None))
    assert (other.value, other.held(upper)) == (None, None)


def test_runs_are_decided_by_the_sequential_rule() -> None:
    upper = rule(max="1min")
    good = judge(upper, samples(upper, *[50.0] * 17))
    assert (good.decision, good.runs) == (Decision.HOLDS, 17)
    assert judge(upper, samples(upper, *[70.0] * 5)).decision is Decision.FAILS
    few = judge(upper, samples(upper, *[50.0] * 5))
    assert (few.decision, few.wanted) == (Decision.UNDECIDED, 10)
    mixed = judge(upper, samples(upper, *[50.0, 50.0, 70.0] * 10))
    assert (mixed.decision, mixed.runs, mixed.wanted) == (Decision.UNDECIDED, 30, 30)


def test_a_mean_is_looked_at_after_8_and_16_runs() -> None:
    mean = rule(faults=False, metric="events_dropped", max=10)
    near = [9.0, 10.5, 9.5, 10.2, 9.8, 10.1, 9.9, 9.6]
    values = [sample(mean, (cell(each, metric="events_dropped"), None)) for each in near]
    assert judge(mean, values[:3]).wanted == 8
    assert judge(mean, values).decision is Decision.UNDECIDED
    assert judge(mean, values).wanted == 16
    again = judge(mean, values * 2)
    assert (again.decision, again.runs, again.wanted) == (Decision.UNDECIDED, 16, 16)
    low = [sample(mean, (cell(each / 2, metric="events_dropped"), None)) for each in near]
    judged = judge(mean, low)
    assert (judged.decision, judged.runs) == (Decision.HOLDS, 8)
    assert judged.mean == pytest.approx(4.9125)
    assert judged.low is not None
    assert judged.low < 4.9125


def test_the_mean_of_a_run_that_never_ends_fails() -> None:
    mean = rule(faults=False, max="1min")
    judged = judge(mean, samples(mean, *[50.0] * 7, inf))
    assert judged.decision is Decision.FAILS


def test_a_comparison_is_paired_by_seed() -> None:
    ratio = rule(faults=False, than="b", factor=1.5)
    pairs = [(cell(16.0 + n), cell(10.0 + n / 2)) for n in range(8)]
    values = [sample(ratio, pair) for pair in pairs]
    assert [each.value for each in values][:2] == [1.6, pytest.approx(17 / 10.5)]
    assert judge(ratio, values).decision is Decision.HOLDS
    worse = [sample(ratio, (cell(13.0 + n / 10), cell(10.0))) for n in range(8)]
    judged = judge(ratio, worse)
    assert judged.decision is Decision.FAILS
    assert judged.mean == pytest.approx(1.335)
    assert sample(ratio, (cell(1.0), cell(0.0))).value is None


def test_each_look_at_a_mean_has_a_quarter_of_the_error() -> None:
    """Of 1 to 8: mean 4.5, standard deviation sqrt(6), and t of 7 degrees at 98.75 % is 3.3353."""
    mean = rule(faults=False, metric="events_dropped", max=10)
    values = [sample(mean, (cell(float(n), metric="events_dropped"), None)) for n in range(1, 9)]
    judged = judge(mean, values)
    assert judged.high == pytest.approx(4.5 + 3.3353 * 6**0.5 / 8**0.5, abs=1e-3)
