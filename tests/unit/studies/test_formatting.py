import pytest

from wavetank.studies.formatting import (
    clock,
    duration,
    figure,
    found,
    interval,
    many,
    outcome_of,
    recovery,
    step,
    step_interval,
    title_of,
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


def test_a_value_that_was_not_over_is_a_lower_bound() -> None:
    censored = {"command_latency_p99_s": 552.0, "recovery_s": 600.0}
    assert found("command_latency_p99_s", None, censored) == "> 9 min 12 s"
    assert found("command_latency_max_s", None, censored) == "never"
    assert found("command_latency_p99_s", 3.0, {}) == "3 s"
    assert recovery(censored) == "> 10 min"
    assert recovery({}) == "not back"


def test_title_has_the_window_in_words() -> None:
    assert title_of("event_latency_p99_s") == "event_latency_p99_s"
    assert title_of("event_latency_p99_s.desk@during") == "event_latency_p99_s.desk during the fault"


def test_outcome_of_an_objective() -> None:
    assert outcome_of("recovery_s", None, None, 600.0) == "> 10 min"
    assert outcome_of("recovery_s", None, None, None) == "-"
    assert outcome_of("recovery_s", None, False, None) == "not back"
    assert outcome_of("recovery_s", 9.0, True, None) == "9 s"
