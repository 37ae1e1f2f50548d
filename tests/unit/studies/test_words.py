from dataclasses import replace

import pytest

from tests.unit.results.cases import small_result
from wavetank.results.result import Result
from wavetank.results.verdict import Outcome
from wavetank.studies.words import (
    clock,
    duration,
    fate,
    figure,
    interval,
    many,
    sentence,
    step,
    step_interval,
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (3e-9, "3 ns"),
        (0.00025, "250 us"),
        (0.25, "250 ms"),
        (0.9997, "1 s"),
        (12.34, "12.3 s"),
        (59.9, "59.9 s"),
        (192, "3 min 12 s"),
        (180.4, "3 min"),
        (3900, "1 h 5 min"),
        (7200, "2 h"),
        (90_000, "1 d 1 h"),
        (-192, "-3 min 12 s"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(178, "2:58"), (9, "0:09"), (3810, "1:03:30"), (-61, "-1:01")])
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(("count", "text"), [(0, "no faults"), (1, "1 fault"), (2000, "2,000 faults")])
def test_many(count: int, text: str) -> None:
    assert many(count, "fault") == text
    assert many(2, "class", "classes") == "2 classes"


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [
        ("recovery_s.0", None, "never"),
        ("recovery_s.0", 192.0, "3 min 12 s"),
        ("server_utilisation", 0.655, "65.5 %"),
        ("events_produced", 1_234_567, "1,234,567"),
        ("server_queue_length_mean", 0.5, "0.5"),
        ("login_rate_per_s", 11.111, "11.1/s"),
        ("bytes_up_per_agent_day", 1_500_000, "1.5 MB"),
        ("bytes_up_per_agent_day", 12, "12 B"),
    ],
)
def test_figure(metric: str, value: float | None, text: str) -> None:
    assert figure(metric, value) == text


def test_difference_of_percentages_is_in_percentage_points() -> None:
    assert step("server_utilisation", -0.368) == "-36.8 pp"
    assert step("server_wait_probability", 0.05) == "+5.0 pp"
    assert step_interval("server_utilisation", (-0.38, -0.356)) == "[-38.0 pp, -35.6 pp]"
    assert step("recovery_s", 12.0) == "+12 s"
    assert step("recovery_s", None) == "never"
    assert step_interval("recovery_s", (178, 210)) == "[2:58, 3:30]"
    assert step_interval("server_utilisation", None) == ""


def test_interval() -> None:
    assert interval("recovery_s", (178, 210)) == "[2:58, 3:30]"
    assert interval("event_latency_p99_s", (0.5, 1.5)) == "[500 ms, 1.5 s]"
    assert interval("server_utilisation", (0.1, 0.2)) == "[10.0 %, 20.0 %]"
    assert interval("recovery_s", None) == ""


def result(
    verdict: Outcome, recovery_s: float | None = None, faults: bool = True, **changes: object
) -> Result:
    base = replace(small_result(), verdict=verdict.value, reason="Because of this.", **changes)  # type: ignore[arg-type]
    return replace(base, summary={**base.summary, "recovery_s": recovery_s}) if faults else base


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (result(Outcome.STABLE, faults=False), "is stable"),
        (result(Outcome.RECOVERS, 192.0), "is back in 3 min 12 s"),
        (
            result(Outcome.RECOVERS, 192.0, intervals={"recovery_s": (178.0, 210.0)}),
            "is back in 3 min 12 s [2:58, 3:30]",
        ),
        (result(Outcome.RECOVERS, 0.0), "is back at once"),
        (result(Outcome.METASTABLE), "is not back when the run ends (metastable)"),
        (result(Outcome.OVERLOADED, 3.0), "is overloaded even without faults"),
        (result(Outcome.OVERLOADED, faults=False), "is overloaded"),
        (result(Outcome.UNDECIDED), "is undecided: because of this"),
        (
            replace(
                result(Outcome.UNDECIDED),
                reason="Not back when the run ends, but getting better: backlog of the last sixth 3.",
            ),
            "is not back when the run ends, but getting better (undecided)",
        ),
        (
            result(Outcome.UNDECIDED, verdicts=("recovers", "metastable", "recovers")),
            "is undecided: replications disagree (1 metastable, 2 recovers)",
        ),
    ],
)
def test_fate(found: Result, said: str) -> None:
    assert fate(found) == said


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (result(Outcome.STABLE, faults=False), "The fleet is stable. Because of this."),
        (
            result(Outcome.RECOVERS, 192.0),
            "The fleet is back in 3 min 12 s after the fault. Because of this.",
        ),
        (
            result(Outcome.METASTABLE),
            "The fleet is not back when the run ends: the storm outlives the fault (metastable). "
            "Because of this.",
        ),
        (result(Outcome.OVERLOADED), "The servers are overloaded. Because of this."),
        (result(Outcome.UNDECIDED), "The fleet's fate is undecided: because of this."),
    ],
)
def test_sentence(found: Result, said: str) -> None:
    assert sentence(found) == said
