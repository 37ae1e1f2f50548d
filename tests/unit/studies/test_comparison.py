from dataclasses import replace

import pytest

from tests.unit.results.cases import small_result
from tests.unit.studies.cases import QUEUE, STORM, scenario
from wavetank.results.result import Result
from wavetank.results.statistics import difference
from wavetank.studies.comparison import Comparison, TooManyDesigns, compare
from wavetank.studies.replications import run


@pytest.fixture(scope="module")
def storms() -> Comparison:
    base = scenario(STORM)
    return compare(base, base.but("retry.*.backoff.law=full-jitter"), replications=2)


def result(verdict: str, recovery_s: float | None = None, **summary: float) -> Result:
    base = small_result(verdict=verdict, reason="Not back.", verdicts=(verdict,))
    return replace(base, summary={**base.summary, "recovery_s": recovery_s, **summary})


def within(found: Result, low_s: float, high_s: float) -> Result:
    return replace(found, intervals={"recovery_s": (low_s, high_s)})


def comparison(*results: Result) -> Comparison:
    return Comparison(tuple("abcdefgh"[: len(results)]), results)


def test_designs_run_on_the_same_random_numbers(storms: Comparison) -> None:
    assert storms.a.each == run(scenario(STORM), replications=2).each
    assert storms.a.seed == storms.b.seed
    for a, b in zip(storms.a.each, storms.b.each, strict=True):
        assert a["events_produced"] == b["events_produced"]


def test_first_designs_seed_is_everybodys() -> None:
    found = compare(scenario(), scenario(QUEUE, "seed=9", "name=other"))
    assert found.b.seed == 1
    assert found.b.summary == found.a.summary


def test_item_is_the_paired_difference(storms: Comparison) -> None:
    found = storms["retries_total"]
    assert found == difference(storms.a, storms.b, "retries_total")
    assert found.mean is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.mean <= found.high
    assert storms["events_produced"] == (0, 0, 0)
    with pytest.raises(KeyError, match="there is no metric"):
        storms["no_such_metric"]


def test_titles_say_what_was_changed(storms: Comparison) -> None:
    assert storms.titles == ("storm", "retry.*.backoff.law=full-jitter")
    found = compare(scenario(), scenario(QUEUE, "name=other"), scenario(QUEUE, "server.cores=2"))
    assert found.titles == ("queue", "other", "server.cores=2")
    assert found.letters == ("A", "B", "C")


@pytest.mark.parametrize(
    ("results", "sentence"),
    [
        (
            [result("metastable"), result("recovers", 192.0)],
            "A is not back when the run ends (metastable); B is back in 3 min 12 s.",
        ),
        (
            [result("metastable"), within(result("recovers", 192.0), 178.0, 210.0)],
            "A is not back when the run ends (metastable); B is back in 3 min 12 s [2:58, 3:30].",
        ),
        (
            [result("overloaded"), result("metastable")],
            "A is overloaded even without faults; B is not back when the run ends (metastable).",
        ),
        ([result("undecided"), result("recovers", 0.0)], "A is undecided: not back; B is back at once."),
        (
            [result("metastable"), result("recovers", 9.0), result("metastable"), result("metastable")],
            "A, C and D are not back when the run ends (metastable); B is back in 9 s.",
        ),
        ([result("recovers", 9.0), result("recovers", 9.0)], "A and B are back in 9 s."),
    ],
)
def test_sentence(results: list[Result], sentence: str) -> None:
    assert comparison(*results).sentence == sentence


def test_sentence_of_designs_that_are_all_stable_has_figures() -> None:
    slow, busy = small_result(latency_s=1.0), small_result(latency_s=1.0)
    change = {"event_latency_p99_s": 0.5, "server_utilisation": 0.3}
    busy = replace(busy, summary={**busy.summary, **change}, each=({**busy.each[0], **change},))
    before = {"event_latency_p99_s": 2.0, "server_utilisation": 0.2}
    slow = replace(slow, summary={**slow.summary, **before}, each=({**slow.each[0], **before},))
    assert comparison(slow, busy).sentence == (
        "A and B are stable; B has a p99 event latency of 500 ms instead of 2 s and "
        "a utilisation of 30.0 % instead of 20.0 %."
    )
    assert comparison(slow, slow).sentence == "A and B are stable."


def test_json_has_designs_differences_and_sentence(storms: Comparison) -> None:
    found = storms.to_json()
    assert [(one["letter"], one["verdict"]) for one in found["designs"]] == [
        ("A", storms.a.verdict),
        ("B", storms.b.verdict),
    ]
    assert found["designs"][0]["summary"] == storms.a.summary
    mean, low, high = storms["retries_total"]
    assert found["differences"]["B"]["retries_total"] == {"mean": mean, "interval": [low, high]}
    assert found["sentence"] == storms.sentence


def test_shown_in_short() -> None:
    found = comparison(result("metastable"), result("recovers", 9.0))
    assert (
        repr(found)
        == "<Comparison: A: a, B: b. A is not back when the run ends (metastable); B is back in 9 s.>"
    )
    assert repr(found.a) == "<Result: small, metastable, seed 1, 1 replications>"


def test_two_designs_at_least() -> None:
    with pytest.raises(TooManyDesigns, match="1 designs"):
        compare(scenario())
