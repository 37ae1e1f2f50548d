import pytest

from wavetank.scenario.schema.leaf import Misfit
from wavetank.studies.reviewing.quantities import limit_of, measure_of, value_text


@pytest.mark.parametrize(
    ("word", "window", "metric", "quantity"),
    [
        ("recovery", "", "recovery_s", "duration"),
        ("event_latency_p99", "during", "event_latency_p99_s@during", "duration"),
        ("server_utilisation.login", "", "server_utilisation.login", "ratio"),
        ("echo_backlog_max_ratio", "", "echo_backlog_max_ratio", "ratio"),
        ("goodput_per_s", "", "goodput_per_s", "rate"),
        ("bytes_up_per_agent_day", "", "bytes_up_per_agent_day", "size"),
        ("events_dropped", "", "events_dropped", "number"),
    ],
)
def test_words_of_slo_and_names_of_metrics(word: str, window: str, metric: str, quantity: str) -> None:
    assert measure_of(word, window) == (metric, quantity)


def test_what_is_no_metric_says_what_may_be_meant() -> None:
    with pytest.raises(Misfit, match="did you mean events_dropped"):
        measure_of("events_droped")
    with pytest.raises(Misfit, match="is not known by window"):
        measure_of("recovery", "during")


def test_limits_are_in_the_unit_of_the_metric() -> None:
    assert limit_of("duration", "2min") == 120
    assert limit_of("duration", 0) == 0
    assert limit_of("ratio", "5%") == 0.05
    assert limit_of("ratio", 1.5) == 1.5
    assert limit_of("rate", "4/min") == pytest.approx(1 / 15)
    for quantity, value in (("duration", 5), ("duration", "5%"), ("number", "5"), ("ratio", "5s")):
        with pytest.raises(Misfit):
            limit_of(quantity, value)


def test_values_in_words() -> None:
    assert value_text("duration", None) == "never"
    assert value_text("ratio", 1.5) == "1.5"
    assert value_text("number", 12_345.0) == "12,345"
    assert value_text("size", 2e6) == "2 MB"
    assert value_text("rate", 4.0) == "4/s"
