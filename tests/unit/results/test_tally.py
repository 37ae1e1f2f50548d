import pytest

from tests.unit.results.cases import RESTART, SECOND, resolved_of
from wavetank.policy.codes import EVENT_STREAMS, Stream
from wavetank.results.tally import LatencyWindow, Tally, empty_tally, least_age, together, with_window


@pytest.fixture
def tally() -> Tally:
    return empty_tally(resolved_of()._replace(faults=(RESTART,)))


def test_empty_tally_has_the_shape_of_its_scenario(tally: Tally) -> None:
    resolved = resolved_of()
    assert len(tally.issued) == len(Stream)
    assert [len(of_class) for of_class in tally.event_latency] == [len(EVENT_STREAMS)] * 2
    assert len(tally.series.requests) * resolved.bin_ns == resolved.duration_ns == tally.ended_ns
    assert len(tally.busy_ns) == len(tally.series.busy_ns) == len(tally.node_requests) == 2
    assert len(tally.windows) == 3


def test_a_single_node_is_not_counted_by_itself() -> None:
    resolved = resolved_of()
    alone = empty_tally(resolved._replace(server=resolved.server._replace(nodes=1)))
    assert (alone.node_requests, alone.windows) == ([], [])


@pytest.mark.parametrize(
    ("measured", "name", "measures"),
    [
        (None, "anything", True),
        (("a_s",), "a_s", True),
        (("a_s",), "b_s", False),
        (("a_s",), "a_s@during", True),
        (("a_s",), "a_s.login", False),
        (("a_s.*",), "a_s.login", True),
        (("a_s.*",), "a_s.login@after", True),
        ((), "a_s", False),
    ],
)
def test_measures(measured: tuple[str, ...] | None, name: str, measures: bool, tally: Tally) -> None:
    tally.measured = measured
    assert tally.measures(name) is measures


@pytest.mark.parametrize(("ages", "least"), [((0, 0), 0), ((5, 0), 5), ((0, 5), 5), ((5, 3), 3)])
def test_zero_is_no_age(ages: tuple[int, int], least: int) -> None:
    assert least_age(*ages) == least


def test_what_is_created_in_a_window_counts_there_and_in_the_whole(tally: Tally) -> None:
    assert with_window(tally, 1) == [tally, tally.windows[1]]
    calm = empty_tally(resolved_of())
    assert with_window(calm, 1) == [calm]


def filled(tally: Tally, window: int, delivered: int, censor_ns: int) -> LatencyWindow:
    """One window: of ten events and ten commands so many took 1 s; the others are so old at least."""
    part = tally.windows[window]
    latency = part.event_latency[1][0]
    latency.created, latency.delivered, latency.sum_ns = 10, delivered, delivered * SECOND
    latency.censor_ns = part.command_censor_ns = censor_ns
    part.commands_due = 10
    latency.histogram.add_many(SECOND, delivered)
    part.command_latency.add_many(SECOND, delivered)
    return part


def test_windows_together_are_the_sum_of_their_latencies(tally: Tally) -> None:
    before, after = filled(tally, 0, 4, 9), filled(tally, 2, 10, 0)
    whole = together([before, after])
    latency = whole.event_latency[1][0]
    assert (latency.created, latency.delivered, latency.sum_ns) == (20, 14, 14 * SECOND)
    assert latency.censor_ns == whole.command_censor_ns == 9
    assert latency.histogram.count == whole.command_latency.count == 14
    assert whole.commands_due == 20
    assert whole.event_latency[0][0].created == 0
    assert before.commands_due == 10, "the parts stay as they are"
    assert together([after]) is after
