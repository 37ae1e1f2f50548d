from wavetank.policy.codes import Stream
from wavetank.protocol.order import Message
from wavetank.results.requests import OPEN_NS, Outcome, RequestLog
from wavetank.results.trace import TraceRow
from wavetank.studies.divergence import clock, equal_requests, first_divergence

UP = TraceRow(10, 20, 0, Stream.STATELESS, 0, 0, Message.REQUEST, 0, 0, 3, 1)
DOWN = TraceRow(20, 30, 0, Stream.STATELESS, 0, 0, Message.RESPONSE, 0, 200, 0, 0)
ELSEWHERE = TraceRow(12, 22, 1, Stream.STATELESS, 0, 0, Message.REQUEST, 0, 0, 1, 1)


def test_equal_traces_do_not_diverge() -> None:
    assert first_divergence([UP, DOWN], [DOWN, UP]) is None


def test_earliest_happening_counts_even_of_a_later_row() -> None:
    late = UP._replace(arrived_ns=25)
    early = ELSEWHERE._replace(arrived_ns=21)
    divergence = first_divergence([UP, ELSEWHERE, DOWN], [late, early, DOWN])
    assert divergence is not None
    assert divergence.at_ns == 20
    assert divergence.message == "agent 0, stateless request 0, attempt 0, REQUEST"
    assert "arrived 0.000000020" in divergence.told[0]
    assert "arrived 0.000000025" in divergence.told[1]
    assert divergence.around == ((1, UP), (2, late), (0, DOWN))


def test_message_of_one_side_alone() -> None:
    divergence = first_divergence([UP], [UP, DOWN])
    assert divergence is not None
    assert divergence.told[0] == "not sent"
    assert "status 200" in divergence.told[1]


def test_content_counts() -> None:
    divergence = first_divergence([UP], [UP._replace(events=4)])
    assert divergence is not None
    assert divergence.at_ns == 10


def test_times_to_the_nanosecond() -> None:
    assert [clock(ns) for ns in (0, 1, 61_000_000_002, -5)] == [
        "0.000000000", "0.000000001", "61.000000002", "-0.000000005",
    ]  # fmt: skip


def log(*rows: tuple[int, int, int, Outcome]) -> RequestLog:
    made = RequestLog()
    for request, start_ns, end_ns, outcome in rows:
        made.add((7, Stream.LOGIN, request, 0), start_ns, end_ns, outcome)
    return made


def test_requests_are_counted_that_both_logs_hold() -> None:
    mine = log((0, 1, 5, Outcome.OK), (1, 2, 6, Outcome.OK), (2, 3, OPEN_NS, Outcome.OPEN)).table()
    other = log((0, 1, 5, Outcome.OK), (1, 2, 6, Outcome.LOST)).table()
    assert equal_requests(mine, mine) == (3, None)
    equal, unequal = equal_requests(mine, other)
    assert equal == 1
    assert unequal is not None
    assert unequal.request == "agent 7, login request 1, attempt 0"
    assert unequal.told == (
        "started 0.000000002, ok at 0.000000006",
        "started 0.000000002, lost at 0.000000006",
    )


def test_request_that_only_one_log_has() -> None:
    left, other = log((0, 1, OPEN_NS, Outcome.OPEN)).table(), log().table()
    assert equal_requests(left, other)[1] == (
        "agent 7, login request 0, attempt 0",
        ("started 0.000000001, open", "not made"),
    )
    assert equal_requests(other, other) == (0, None)
