from dataclasses import replace

import pytest
from scipy import stats

from tests.unit.results.cases import STABLE, overloaded, small_result, trapped, verdict_of
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.verdict import Verdict
from wavetank.results.result import Result
from wavetank.results.statistics import NotComparable, difference, intervals, replicated
from wavetank.results.summary import Summary

LATENCIES = (1.0, 2.0, 4.0)


def three(scale: float = 1.0):  # type: ignore[no-untyped-def]
    return [small_result(seed=seed, latency_s=scale * value) for seed, value in enumerate(LATENCIES)]


def test_summary_is_the_mean() -> None:
    result = replicated(three())
    assert result.replications == 3
    assert result.seed == 0
    assert result.summary["request_latency_mean_s"] == pytest.approx(7 / 3)
    assert result.summary["events_produced"] == 100
    assert result.wall_s == 1.5


def test_percentiles_are_of_all_observations() -> None:
    result = replicated(three())
    assert result.summary["request_latency_p50_s"] == pytest.approx(2.0, rel=0.01)
    assert result.summary["request_latency_p95_s"] == pytest.approx(4.0, rel=0.01)
    assert result.summary["request_latency_max_s"] == 4.0
    assert result.histograms["request_latency"].histogram.count == 15


def test_maxima_are_the_greatest() -> None:
    values = zip((3, 9, 4), three(), strict=True)
    runs = [replace(result, each=({"connections_open_max": value},)) for value, result in values]
    assert replicated(runs).summary["connections_open_max"] == 9


def test_intervals_are_of_the_replications() -> None:
    result = replicated(three())
    expected = stats.t.interval(0.95, 2, 7 / 3, stats.sem(LATENCIES))
    assert result.intervals["request_latency_mean_s"] == pytest.approx(expected)
    # more replications make a maximum greater: there is no value that it estimates
    assert "request_latency_max_s" not in result.intervals
    assert result.intervals["events_produced"] == (100, 100)


def test_interval_of_a_percentile_lies_around_that_of_all_observations() -> None:
    each: list[Summary] = [{"event_latency_p99_s": 3.0}, {"event_latency_p99_s": 5.0}]
    low, high = intervals(each, {"event_latency_p99_s": 4.5})["event_latency_p99_s"] or (0.0, 0.0)
    assert (low + high) / 2 == pytest.approx(4.5)


def test_infinite_value_has_no_interval() -> None:
    result = replicated(three())
    assert result.summary["event_latency_p99_s"] is None
    assert result.intervals["event_latency_p99_s"] is None
    # one replication of two is enough
    bounds = intervals([{"goodput_per_s": 3.0}, {"goodput_per_s": None}], {})
    assert bounds == {"goodput_per_s": None}


def test_mean_with_an_infinite_value_is_infinite() -> None:
    results = three()
    results[1] = replace(results[1], each=(results[1].summary | {"goodput_per_s": None},))
    assert replicated(results).summary["goodput_per_s"] is None


def test_absent_value_is_left_out() -> None:
    results = three()
    assert "echo_period_s" not in results[0].summary
    results[1] = replace(results[1], each=(results[1].summary | {"echo_period_s": 5.0},))
    result = replicated(results)
    assert result.summary["echo_period_s"] == 5.0
    assert "echo_period_s" not in result.intervals


def runs(*verdicts: Verdict) -> Result:
    """The replications of one scenario with these verdicts."""
    return replicated([small_result(seed=seed, verdict=verdict) for seed, verdict in enumerate(verdicts)])


def back(after_s: float) -> Verdict:
    return verdict_of(Outcome.BACK, back_s=after_s)


def test_verdict_is_the_worst_that_a_tenth_of_the_runs_have() -> None:
    assert runs(STABLE, STABLE, overloaded()).verdict == "overloaded"
    assert runs(*[STABLE] * 10, overloaded()).verdict == "stable"
    result = runs(*[STABLE] * 9, overloaded())
    assert (result.verdict, result.verdicts[-1]) == ("overloaded", "overloaded")
    assert {outcome: share.count for outcome, share in result.shares.items()} == {
        "stable": 9,
        "overloaded": 1,
    }


def test_recovery_is_the_median_with_its_order_statistics() -> None:
    result = runs(*(back(float(k)) for k in (8, 1, 5, 3, 2, 9, 4, 7)))
    assert result.summary["recovery_s"] == 4.5
    # of 8 values the whole range covers the median with 99.2 %, the second and the seventh with 93 %
    low, high = result.intervals["recovery_s"] or (0.0, 0.0)
    assert 1.0 < low < 2.0
    assert 8.0 < high < 9.0
    assert "recovery_s" not in result.censored
    few = runs(back(1.0), back(2.0), back(9.0))
    assert few.summary["recovery_s"] == 2.0
    assert "recovery_s" not in few.intervals


def test_who_is_not_back_is_later_than_any() -> None:
    result = runs(back(10.0), back(20.0), trapped(600.0))
    assert result.summary["recovery_s"] == 20.0
    result = runs(back(10.0), trapped(500.0), trapped(600.0))
    assert (result.summary["recovery_s"], result.censored["recovery_s"]) == (None, 500.0)


def test_the_bound_of_a_median_between_a_value_and_an_open_one_lies_between_them() -> None:
    # whatever the open ones come to, the median is at least (20 + 500) / 2
    result = runs(back(10.0), back(20.0), trapped(500.0), trapped(600.0))
    assert (result.summary["recovery_s"], result.censored["recovery_s"]) == (None, 260.0)


def test_a_median_of_recoveries_that_can_not_come_has_no_bound() -> None:
    lost = verdict_of(Outcome.LOST, open_s=600.0, lost=True)
    assert "recovery_s" not in runs(back(10.0), lost, lost).censored


def test_series_and_trace_are_the_first_ones() -> None:
    results = three()
    result = replicated(results)
    assert result.columns == results[0].columns
    assert result.trace_rows == results[0].trace_rows


def test_replications_may_come_in_parts() -> None:
    results = three()
    in_parts = replicated([replicated(results[:2]), results[2]])
    assert in_parts == replicated(results)


def test_one_is_itself() -> None:
    result = small_result()
    assert replicated([result]) is result
    assert result.intervals == {}


def test_different_things_are_not_put_together() -> None:
    with pytest.raises(NotComparable, match="different things"):
        replicated([small_result(), small_result(scenario="other")])
    with pytest.raises(NotComparable, match="no replications"):
        replicated([])


def test_difference_is_paired() -> None:
    a, b = replicated(three()), replicated(three(scale=1.5))
    expected = stats.t.interval(0.95, 2, 3.5 / 3, stats.sem([0.5, 1.0, 2.0]))
    change = difference(a, b, "request_latency_max_s")
    assert change == pytest.approx((3.5 / 3, *expected))
    # the same random numbers: what both have in common does not widen the interval
    assert difference(a, a, "request_latency_max_s") == (0, 0, 0)


def test_difference_of_single_runs_has_no_interval() -> None:
    change = difference(small_result(), small_result(latency_s=3.0), "request_latency_max_s")
    assert change == (2.0, None, None)


def test_difference_with_an_infinite_or_absent_value() -> None:
    a = small_result()
    assert difference(a, a, "event_latency_p99_s") == (None, None, None)
    assert difference(a, a, "recovery_s.0") == (None, None, None)


def test_difference_needs_the_same_random_numbers() -> None:
    with pytest.raises(NotComparable, match="seed, replications"):
        difference(small_result(), small_result(seed=2), "goodput_per_s")
    with pytest.raises(NotComparable):
        difference(small_result(seed=0), replicated(three()), "goodput_per_s")
