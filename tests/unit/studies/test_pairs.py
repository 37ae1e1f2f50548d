import pytest

from tests.unit.studies.judged_results import back, result_of, trapped
from wavetank.results.judge.verdict import Verdict
from wavetank.results.result import Result
from wavetank.results.statistics import difference
from wavetank.studies.comparison import Comparison
from wavetank.studies.pairs import recovery_pairs, sentence

SLOW = [back(value) for value in (500.0, 510.0, 520.0, 530.0, 540.0, 550.0, 560.0)]
FAST = [back(value) for value in (40.0, 41.0, 42.0, 43.0, 44.0, 45.0, 46.0)]


def results(*designs: list[Verdict]) -> list[Result]:
    return [result_of(*verdicts) for verdicts in designs]


def test_pairs_are_the_runs_in_which_both_are_back() -> None:
    a, b = results([*SLOW, trapped()], [trapped(), *FAST])
    assert recovery_pairs(a, b) == [40 - 510, 41 - 520, 42 - 530, 43 - 540, 44 - 550, 45 - 560]


def test_median_and_interval_of_the_paired_differences() -> None:
    """Seven pairs: the interval of their median is a little within the least and the greatest."""
    a, b = results(SLOW, FAST)
    assert sentence("AB", (a, b)) == "B is back 8 min 7 s sooner than A [7 min 47 s, 8 min 27 s] (median)"
    assert difference(a, b, "recovery_s") == pytest.approx((-487.0, -507.4, -466.6))


def test_no_interval_below_six_pairs() -> None:
    assert sentence("AB", results(FAST[:5], SLOW[:5])) == "B is back 7 min 58 s later than A (median)"


def test_shares_of_bad_outcomes_stand_beside_one_another() -> None:
    a, b = results([*SLOW[:5], trapped(), trapped(), trapped()], [*FAST, back(47.0)])
    assert sentence("AB", (a, b)) == (
        "B is back 7 min 58 s sooner than A (median, of the 5 of 8 runs in which both are back); "
        "A is trapped in 3 of 8 runs, B in none"
    )


def test_an_interval_with_both_signs_says_which_is_which() -> None:
    early = [back(value) for value in (10.0, 20.0, 30.0, 40.0, 50.0, 60.0)]
    late = [back(value) for value in (12.0, 25.0, 31.0, 30.0, 52.0, 61.0)]
    assert sentence("AB", results(early, late)) == (
        "B is back 1.5 s later than A [6.07 s sooner, 3.93 s later] (median)"
    )


def test_equal_designs_are_back_as_soon() -> None:
    assert sentence("AB", results(FAST, FAST)) == "B is back as soon as A (median)"


def test_without_a_pair_there_is_no_sentence() -> None:
    a, b = results([trapped(), trapped()], FAST[:2])
    assert sentence("AB", (a, b)) == ""
    assert difference(a, b, "recovery_s") == (None, None, None)


def test_a_comparison_says_it() -> None:
    comparison = Comparison(("a", "b", "c"), tuple(results(SLOW, FAST, [trapped()] * 7)))
    assert comparison.sentence == (
        "B is back 8 min 7 s sooner than A [7 min 47 s, 8 min 27 s] (median); "
        "C is trapped in all 7 runs, A and B in none."
    )
    single = Comparison(("a", "b"), tuple(results(SLOW[:1], FAST[:1])))
    assert single.sentence == "A is back 8 min 20 s after the fault; B is back 40 s after the fault."


@pytest.mark.parametrize("key", ["shares", "recovery_s", "objectives"])
def test_json_of_every_design_has_it(key: str) -> None:
    for design in Comparison(("a", "b"), tuple(results(SLOW, FAST))).to_json()["designs"]:
        assert key in design
