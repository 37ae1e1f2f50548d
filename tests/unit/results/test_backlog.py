import pytest

from tests.unit.results.cases import resolved_of
from wavetank.results.backlog import backlog_at_bins, produced_at_bins, samples
from wavetank.results.tally import Series, empty_tally


def series_of(produced: list[int], delivered: list[int], dropped: list[int] | None = None) -> Series:
    series = empty_tally(resolved_of()).series
    series.produced, series.delivered = produced, delivered
    series.dropped = dropped or [0] * len(delivered)
    return series


def test_produced_is_linear_between_known_ends() -> None:
    assert produced_at_bins([10, 30], 5, 10) == pytest.approx([2, 4, 6, 8, 10, 14, 18, 22, 26, 30])


def test_last_period_may_be_cut() -> None:
    assert produced_at_bins([10, 16], 5, 7) == pytest.approx([2, 4, 6, 8, 10, 13, 16])


def test_bins_after_the_last_known_end_carry_on() -> None:
    assert produced_at_bins([10], 2, 4) == pytest.approx([5, 10, 10, 10])


def test_backlog_is_what_is_neither_delivered_nor_dropped() -> None:
    series = series_of([10, 20], [0, 7, 0, 7], [0, 1, 2, 0])
    assert backlog_at_bins(series, 2) == pytest.approx([5, 2, 5, 3])


def test_fleet_in_step_has_a_level_backlog() -> None:
    # all flush together once a period: single points would be anything between 0 and 40
    bins = 10
    for phase in range(bins):
        delivered = [40 if index % bins == phase and index >= bins else 0 for index in range(10 * bins)]
        sampled = samples(series_of([40 * (k + 1) for k in range(10)], delivered), bins).backlog
        assert max(sampled[2:]) - min(sampled[2:]) < 1e-9


def test_samples_are_of_whole_periods() -> None:
    series = series_of([10, 20, 25], [1, 2, 3, 4, 5], [0, 1, 0, 0, 0])
    sampled = samples(series, 2)
    assert sampled.produced == [10, 10]
    assert sampled.delivered == [3, 7]
    assert sampled.dropped == [1, 0]
    assert sampled.backlog == pytest.approx([(5 - 1 + 10 - 4) / 2, (15 - 7 + 20 - 11) / 2])


def test_short_run_has_no_sample() -> None:
    assert samples(series_of([3], [0, 0]), 5).backlog == []
