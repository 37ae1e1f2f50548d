from dataclasses import replace

import pytest

from tests.unit.results.cases import overloaded, small_result, trapped, verdict_of
from tests.unit.studies.cases import QUEUE, STORM, scenario
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.result import Result
from wavetank.results.statistics import difference, replicated
from wavetank.studies.comparison import Comparison, TooManyDesigns, compare
from wavetank.studies.replications import run


@pytest.fixture(scope="module")
def storms() -> Comparison:
    base = scenario(STORM)
    return compare(base, base.but("retry.*.backoff.law=full-jitter"), replications=2)


def back(after_s: float) -> Result:
    return small_result(verdict=verdict_of(Outcome.BACK, back_s=after_s))


TRAPPED = small_result(verdict=trapped(600.0))
NOT_BACK = small_result(verdict=verdict_of(Outcome.UNDECIDED, open_s=600.0, decides_s=1860.0))
NOT_CARRIED = small_result(verdict=verdict_of(Outcome.NOT_CARRIED))


def replicas(*results: Result) -> Result:
    return replicated([replace(result, seed=seed) for seed, result in enumerate(results)])


def comparison(*results: Result) -> Comparison:
    return Comparison(tuple("abcdefgh"[: len(results)]), results)


def test_designs_run_on_the_same_random_numbers(storms: Comparison) -> None:
    assert storms.a.each == run(scenario(STORM), replications=2).each
    assert storms.a.seed == storms.b.seed
    for a, b in zip(storms.a.each, storms.b.each, strict=True):
        assert a["events_produced"] == b["events_produced"]


def test_first_designs_seed_is_everybodys() -> None:
    comparison = compare(scenario(), scenario(QUEUE, "seed=9", "name=other"))
    assert comparison.b.seed == 1
    assert comparison.b.summary == comparison.a.summary


def test_item_is_the_paired_difference(storms: Comparison) -> None:
    item = storms["retries_total"]
    assert item == difference(storms.a, storms.b, "retries_total")
    assert item.mean is not None
    assert item.low is not None
    assert item.high is not None
    assert item.low <= item.mean <= item.high
    assert storms["events_produced"] == (0, 0, 0)
    with pytest.raises(KeyError, match="there is no metric"):
        storms["no_such_metric"]


def test_titles_say_what_was_changed(storms: Comparison) -> None:
    assert storms.titles == ("storm", "retry.*.backoff.law=full-jitter")
    comparison = compare(scenario(), scenario(QUEUE, "name=other"), scenario(QUEUE, "server.cores=2"))
    assert comparison.titles == ("queue", "other", "server.cores=2")
    assert comparison.letters == ("A", "B", "C")


@pytest.mark.parametrize(
    ("results", "sentence"),
    [
        (
            [TRAPPED, back(192.0)],
            "A is still trapped 10 min after the fault, and nothing gets better (metastable); "
            "B is back 3 min 12 s after the fault.",
        ),
        (
            [replicas(TRAPPED, TRAPPED), replicas(back(178.0), back(210.0))],
            "A is trapped in all 2 runs; B is back in all 2 runs, 3 min 14 s after the fault (median).",
        ),
        (
            [small_result(verdict=overloaded(faults=True)), back(0.0)],
            "A is overloaded even without faults: 567 of 1,234 events pile up (bottleneck: server cores); "
            "B is back at once.",
        ),
        (
            [NOT_BACK, back(0.0)],
            "A is not back when the run ends, 10 min after the fault (undecided; run at least 31 min); "
            "B is back at once.",
        ),
        (
            [TRAPPED, back(9.0), TRAPPED, TRAPPED],
            "A, C and D are still trapped 10 min after the fault, and nothing gets better (metastable); "
            "B is back 9 s after the fault.",
        ),
        ([back(9.0), back(9.0)], "A and B are back 9 s after the fault."),
        (
            [NOT_CARRIED, NOT_CARRIED],
            "A and B do not carry the fault: worse than without it while the fault lasts.",
        ),
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
        "A and B are stable so far; B has a p99 event latency of 500 ms instead of 2 s and "
        "a utilisation of 30.0 % instead of 20.0 %."
    )
    assert comparison(slow, slow).sentence == "A and B are stable so far."


def test_json_has_designs_differences_and_sentence(storms: Comparison) -> None:
    document = storms.to_json()
    assert [(design["letter"], design["verdict"]) for design in document["designs"]] == [
        ("A", storms.a.verdict),
        ("B", storms.b.verdict),
    ]
    assert document["designs"][0]["summary"] == storms.a.summary
    mean, low, high = storms["retries_total"]
    assert document["differences"]["B"]["retries_total"] == {"mean": mean, "interval": [low, high]}
    assert document["sentence"] == storms.sentence


def test_shown_in_short() -> None:
    shown = comparison(TRAPPED, back(9.0))
    assert repr(shown) == f"<Comparison: A: a, B: b. {shown.sentence}>"
    assert repr(shown.a) == "<Result: small, metastable, seed 1, 1 replications>"


def test_two_designs_at_least() -> None:
    with pytest.raises(TooManyDesigns, match="1 designs"):
        compare(scenario())


def test_frames_of_all_designs_and_of_their_differences() -> None:
    comparison = compare(scenario(QUEUE), scenario(QUEUE, "server.cores=2"), replications=3)
    frame = comparison.to_frame()
    assert list(frame.columns[:4]) == ["design", "title", "replication", "seed"]
    assert len(frame) == sum(len(summary) for result in comparison.results for summary in result.each)
    assert set(frame.design) == {"A", "B"}
    steps = comparison.differences().set_index("metric")
    assert list(steps.columns) == ["design", "difference", "low", "high", "n"]
    step, row = comparison["server_utilisation"], steps.loc["server_utilisation"]
    assert (row.design, row.difference, row.low, row.high, row.n) == ("B", *step, 3)
    assert steps["difference"].dtype == "float64"
