import numpy
import pytest

from tests.unit.results.cases import resolved_of, small_tally
from wavetank.errors import AccountingError
from wavetank.policy.codes import Stream
from wavetank.results.accounting import check
from wavetank.results.requests import OPEN_NS, REQUEST, Outcome, RequestLog, fates
from wavetank.results.tally import Tally


def test_rows_are_sorted_by_start_then_by_whose_they_are() -> None:
    log = RequestLog()
    log.add((2, 2, 0, 0), 10, 20, Outcome.OK)
    log.add((1, 3, 5, 1), 10, OPEN_NS, Outcome.OPEN)
    log.add((1, 2, 5, 1), 10, 11, Outcome.LOST)
    log.add((9, 4, 0, 0), -7, 2**62, Outcome.TIMED_OUT)
    log.add((1, 2, 5, 0), 10, 12, Outcome.REJECTED)
    rows = log.table()
    assert rows.dtype == numpy.dtype(REQUEST)
    assert rows.tolist() == [
        (9, 4, 0, 0, -7, 2**62, Outcome.TIMED_OUT),
        (1, 2, 5, 0, 10, 12, Outcome.REJECTED),
        (1, 2, 5, 1, 10, 11, Outcome.LOST),
        (1, 3, 5, 1, 10, OPEN_NS, Outcome.OPEN),
        (2, 2, 0, 0, 10, 20, Outcome.OK),
    ]


def test_attempts_begun_anew_in_one_instant_are_sorted_by_their_end() -> None:
    log, other = RequestLog(), RequestLog()
    for end_ns in (30, 20):
        log.add((1, 2, 0, 0), 5, end_ns, Outcome.LOST)
    for end_ns in (20, 30):
        other.add((1, 2, 0, 0), 5, end_ns, Outcome.LOST)
    assert (log.table() == other.table()).all()


def test_empty_log_is_an_empty_table() -> None:
    rows = RequestLog().table()
    assert len(rows) == 0
    assert fates(rows) == [[0] * len(Outcome) for _ in Stream]


def logged() -> tuple[Tally, RequestLog]:
    """The 14 requests of `small_tally`, and their log."""
    tally, log = small_tally(resolved_of()), RequestLog()
    counted = (tally.ok, tally.rejected, tally.timed_out, tally.lost, tally.open)
    for stream in Stream:
        for outcome in Outcome:
            for request in range(counted[outcome][stream]):
                log.add((0, stream, request, outcome), request, request + 1, outcome)
    return tally, log


def test_log_that_agrees_with_the_counts_passes() -> None:
    tally, log = logged()
    tally.requests = log.table()
    assert len(tally.requests) == 14
    check(tally)


def test_row_too_many_is_named() -> None:
    tally, log = logged()
    log.add((0, Stream.STATEFUL, 99, 0), 5, 6, Outcome.TIMED_OUT)
    tally.requests = log.table()
    with pytest.raises(AccountingError, match=r"^stateful requests timed out: 1 in the log, 0 counted$"):
        check(tally)
