import re
from dataclasses import replace

import pytest

from tests.unit.face.report.cases import result
from wavetank.face.report.causes import Sentence, causal_sentence, plain
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.verdict import Verdict
from wavetank.results.statistics import replicated
from wavetank.studies import formatting

NAMES = ("stable", "back", "back-echo", "metastable", "worse", "overloaded", "limited", "undecided", "short")


def figures(sentence: Sentence) -> dict[str, str]:
    """The figures of a sentence by their metrics."""
    return {part.metric: part.text for part in sentence if part.metric}


@pytest.mark.parametrize("name", NAMES)
def test_every_number_is_a_metric_of_this_run(name: str) -> None:
    outcome = result(name)
    sentence = causal_sentence(outcome)
    assert figures(sentence)
    for part in sentence:
        if part.metric:
            assert part.text == formatting.figure(part.metric, outcome.summary[part.metric]).removesuffix(
                "/s"
            )
        else:
            assert not re.search(r"\d", part.text)


@pytest.mark.parametrize("name", NAMES)
def test_reads_as_one_sentence(name: str) -> None:
    text = plain(causal_sentence(result(name)))
    assert re.fullmatch(r"[A-Z0-9].*[^.]\.", text)
    assert not re.search(r"  |[{}]| [,;.]|\bnever\b", text)
    metrics = [part.metric for part in causal_sentence(result(name)) if part.metric]
    assert len(metrics) == len(set(metrics))


def test_two_scenarios_share_no_number() -> None:
    ours, other = (figures(causal_sentence(result(name))) for name in ("metastable", "worse"))
    assert len(ours) >= 5
    assert len(other) >= 5
    assert [metric for metric in ours if ours[metric] == other.get(metric)] == []
    worse = result("worse")
    swapped = replace(result("metastable"), summary=worse.summary, columns=worse.columns)
    assert figures(causal_sentence(swapped)) == other


def test_verdicts_tell_different_truths() -> None:
    told = {name: plain(causal_sentence(result(name))) for name in NAMES}
    named = ("stable", "back", "back-echo", "metastable", "overloaded", "undecided")
    assert [result(name).verdict for name in named] == list(named)
    assert "all but one event in a hundred arrive within" in told["stable"]
    assert "the fleet is back" in told["back"]
    assert told["back"].startswith("After the node-restart, ")
    assert "agents give up waiting" in told["metastable"]
    assert "of all core time goes into logins" in told["metastable"]
    assert told["metastable"].endswith("events still wait when the run ends.")
    assert told["overloaded"].startswith("The cores are busy 100.0 % of the time, ")
    assert "requests are turned away by the limit on the request rate" in told["limited"]
    assert "the cores are busy only" in told["limited"]


def test_what_did_not_happen_is_not_told() -> None:
    outcome = result("metastable")
    calm = {
        **outcome.summary, "timeouts_total": 0, "requests_lost_total": 0, "server_utilisation.wasted": 0.0,
    }  # fmt: skip
    text = plain(causal_sentence(replace(outcome, summary=calm)))
    assert "give up" not in text
    assert "abandoned" not in text
    assert "requests are repeated" in text


def test_events_that_never_arrive_are_no_good_end() -> None:
    outcome = result("stable")
    late = {**outcome.summary, "event_latency_p99_s": None, "events_dropped": 37}
    text = plain(causal_sentence(replace(outcome, summary=late)))
    assert "all but one" not in text
    assert text.endswith("does not arrive in time: 37 are given up.")


def test_dropped_events_are_the_outcome_of_an_overload() -> None:
    outcome = result("overloaded")
    dropped = {**outcome.summary, "events_dropped": 3000, "events_queued": 12}
    text = plain(causal_sentence(replace(outcome, summary=dropped)))
    assert re.search(r"so 3,000 of [\d,]+ events are given up\.$", text)


def test_of_replications_that_disagree_the_worst_is_told() -> None:
    first, other = result("metastable"), replace(result("back"), scenario=result("metastable").scenario)
    both = replicated([first, other])
    assert both.verdict == "metastable"
    assert plain(causal_sentence(both)).endswith("events still wait when the run ends.")


def test_not_back_yet_is_told_apart_from_too_short() -> None:
    late, short = (plain(causal_sentence(result(name))) for name in ("undecided", "short"))
    assert late.startswith("After the cold-start, ")
    assert late.endswith("events still wait when the run ends.")
    assert short.startswith("There is too little to judge by: ")


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_a_sentence(outcome: Outcome) -> None:
    ended = replace(result("back"), judgements=(Verdict(outcome),))
    assert re.fullmatch(r"[A-Z0-9].*[^.]\.", plain(causal_sentence(ended)))


def test_only_a_fleet_that_is_back_is_said_to_be() -> None:
    outcome = replace(result("back"), judgements=(Verdict(Outcome.LOST),))
    for recovery_s, end in (
        (None, ""),
        (0, "and the fleet is back at once."),
        (9.0, "after the fault has ended."),
    ):
        text = plain(causal_sentence(replace(outcome, summary={**outcome.summary, "recovery_s": recovery_s})))
        assert text.endswith(end)
        assert ("back" in text) == (recovery_s is not None)


def test_nothing_at_all_is_still_a_sentence() -> None:
    empty = replace(result("stable"), summary={})
    assert plain(causal_sentence(empty)) == "Nothing was asked of the servers."


def test_logins_peak_with_the_fault_or_are_not_told_of() -> None:
    outcome = result("back-echo")
    assert "logins peak at" in plain(causal_sentence(outcome))
    level = {**outcome.columns, "logins": [3] * len(outcome.columns["logins"])}
    early = {**level, "logins": [50, 50, *level["logins"][2:]]}
    for columns in (level, early):
        assert "logins peak at" not in plain(causal_sentence(replace(outcome, columns=columns)))
