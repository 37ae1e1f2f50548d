from wavetank.results.metrics import is_metric
from wavetank.studies.headlines import HEADLINES, headlines


def test_headlines_are_metrics() -> None:
    assert [metric for metric, _ in HEADLINES if not is_metric(metric)] == []


def test_what_is_nought_everywhere_is_left_out() -> None:
    names = {metric for metric, _ in headlines([{"retries_total": 0, "events_dropped": 0}])}
    assert names == {"events_dropped"}
    assert ("retries_total", "retries") in headlines([{"retries_total": 0}, {"retries_total": 2}])
    assert headlines([{}]) == []
