import pytest

from tests.unit.results.cases import resolved_of, small_tally
from wavetank.errors import AccountingError
from wavetank.policy.codes import Cause, Stream
from wavetank.results.accounting import check
from wavetank.results.tally import Tally, empty_tally


@pytest.fixture
def tally() -> Tally:
    return small_tally(resolved_of())


def test_balanced_books_pass(tally: Tally) -> None:
    check(tally)
    check(empty_tally(resolved_of()))


def test_series_of_a_run_that_went_on_hold_more_than_its_books(tally: Tally) -> None:
    tally.series.delivered.append(1)
    check(tally, went_on=True)
    with pytest.raises(AccountingError, match="series delivered"):
        check(tally)
    tally.series.dropped[0] -= 1
    with pytest.raises(AccountingError, match="series dropped"):
        check(tally, went_on=True)


def test_lost_event_is_named(tally: Tally) -> None:
    tally.events[1].queued -= 1
    with pytest.raises(AccountingError, match=r"^stateful events: produced 10 .* queued 1$"):
        check(tally)


@pytest.mark.parametrize("fate", ["issued", "ok", "rejected", "timed_out", "lost", "open"])
def test_each_fate_of_attempts_counts(tally: Tally, fate: str) -> None:
    getattr(tally, fate)[Stream.LOGIN] += 1
    with pytest.raises(AccountingError, match=r"^login requests: issued"):
        check(tally)


def test_negative_counts_do_not_hide(tally: Tally) -> None:
    tally.events[0].queued, tally.events[0].delivered = -4, 90
    tally.series.delivered[3] += 8
    with pytest.raises(AccountingError, match="below zero"):
        check(tally)
    tally.open[Stream.HEARTBEAT], tally.lost[Stream.HEARTBEAT] = 1, -1
    with pytest.raises(AccountingError, match="heartbeat requests: a count below zero"):
        check(tally)


def test_series_agree_with_totals(tally: Tally) -> None:
    tally.series.dropped[0] += 1
    with pytest.raises(AccountingError, match="series dropped: the bins add up to 5, the run to 4"):
        check(tally)


def test_nodes_add_up_to_the_run(tally: Tally) -> None:
    tally.causes[Cause.IN_FLIGHT], tally.node_rejected[1] = 3, 2
    with pytest.raises(AccountingError, match="rejections: the nodes add up to 2, the causes to 3"):
        check(tally)
    tally.node_rejected[0] = 1
    check(tally)
    tally.node_connections_area_ns[0] += 5
    with pytest.raises(AccountingError, match="the nodes held them for 5 ns in all, the run for 0"):
        check(tally)


def test_latency_has_a_deposit_per_delivery(tally: Tally) -> None:
    tally.event_latency[0][0].delivered += 1
    with pytest.raises(AccountingError, match="4 deposits for 5 deliveries"):
        check(tally)


def test_no_more_delivered_than_created(tally: Tally) -> None:
    tally.event_latency[0][0].created = 3
    with pytest.raises(AccountingError, match="delivered 4 of 3 created"):
        check(tally)


def test_no_more_waited_than_came(tally: Tally) -> None:
    tally.wait_waited = 1
    with pytest.raises(AccountingError, match="1 of 0 jobs waited"):
        check(tally)


def test_every_imbalance_is_named(tally: Tally) -> None:
    tally.events[0].produced += 1
    tally.issued[Stream.COMMANDS] += 1
    with pytest.raises(AccountingError) as raised:
        check(tally)
    assert "stateless events" in str(raised.value)
    assert "commands requests" in str(raised.value)
    assert str(type(raised.value)(*raised.value.args)) == str(raised.value)
