from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from tests.unit.face.report.cases import result
from wavetank.face.report.bins import end_s, points
from wavetank.results.result import FaultSpan, Result


def hand_made(bins: int = 25) -> Result:
    """Bins of half a second: two requests in each, a queue that counts up, all cores half busy."""
    flat: dict[str, list[Any]] = {
        "t_s": [0.5 * index for index in range(bins)],
        "requests": [2] * bins,
        "queue_length": list(range(bins)),
        "utilisation": [0.5] * bins,
        "produced": [3 * (index + 1) for index in range(bins)],
    }
    return replace(result("stable"), columns=flat)


def test_flows_are_per_second_over_whole_periods() -> None:
    drawn = points(hand_made(), "requests")
    assert drawn.times_s == [0, 5, 10]
    assert drawn.values == [4, 4, 4]  # the last point ends the second step


def test_levels_are_at_their_highest_and_end_where_they_end() -> None:
    drawn = points(hand_made(), "queue_length")
    assert drawn.times_s == [0, 5, 10, 12.5]
    assert drawn.values == [9, 19, 24, 24]


def test_events_created_are_told_apart_from_those_so_far() -> None:
    assert points(hand_made(), "produced").values == [6, 6, 6]
    assert points(hand_made(), "utilisation").values == [50, 50, 50]


def test_no_more_points_than_can_be_seen() -> None:
    many = hand_made(9_000)
    assert len(points(many, "queue_length").values) <= 402
    assert points(many, "queue_length").values[-1] == 8_999
    assert end_s(many) == 4_500


@pytest.mark.parametrize("series", ["requests", "delivered", "timed_out"])
def test_nothing_is_lost_on_the_way(series: str) -> None:
    outcome = result("metastable")
    told = points(outcome, series)
    bin_s = outcome.columns["t_s"][1]
    drawn = sum(
        value * (end - begin)
        for value, (begin, end) in zip(told.values, pairwise(told.times_s), strict=False)
    )
    assert drawn == pytest.approx(sum(outcome.columns[series][: round(told.times_s[-1] / bin_s)]))
    assert told.times_s[-1] > end_s(outcome) - 10 * bin_s


def test_no_effect_is_drawn_before_its_cause() -> None:
    """A queue that stands at 0 until a fault, and at 9 from then on, wherever in a period that falls."""
    for fault in range(1, 25):
        levels = [0] * fault + [9] * (25 - fault)
        bare = hand_made()
        struck = replace(
            bare, columns={**bare.columns, "queue_length": levels},
            faults=(FaultSpan("node-restart", 0.5 * fault, 0.5 * fault + 1),),
        )  # fmt: skip
        drawn = points(struck, "queue_length")
        assert drawn.times_s[drawn.values.index(9)] == 0.5 * fault
        assert drawn.times_s[-1] == 12.5


def test_an_empty_series_has_no_points() -> None:
    empty = replace(result("stable"), columns={"t_s": [], "requests": []})
    assert points(empty, "requests").values == []
