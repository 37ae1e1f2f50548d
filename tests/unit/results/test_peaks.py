from wavetank.policy.codes import Stream
from wavetank.results.peaks import (
    ALL_HANDSHAKES,
    ALL_REQUESTS,
    CONNECTS,
    EVENTS,
    FULL,
    REQUESTS,
    RESUMED,
    Peaks,
)
from wavetank.units import SECOND


def test_the_most_of_each_whole_second() -> None:
    peaks = Peaks(0)
    for at_ns, n in ((0, 2), (SECOND - 1, 1), (SECOND, 2), (3 * SECOND, 4)):
        peaks.count(at_ns, EVENTS, n)
    assert peaks.most[EVENTS] == 3
    peaks.close()
    assert peaks.most[EVENTS] == 4


def test_a_sum_has_a_second_of_its_own() -> None:
    peaks = Peaks(0)
    login, stateful = REQUESTS + Stream.LOGIN, REQUESTS + Stream.STATEFUL
    for second, logins, events in ((0, 5, 0), (1, 3, 3), (2, 0, 5)):
        peaks.count(second * SECOND, login, logins)
        peaks.count(second * SECOND, stateful, events)
        peaks.count(second * SECOND, FULL, logins)
        peaks.count(second * SECOND, RESUMED, events)
    peaks.close()
    assert (peaks.most[login], peaks.most[stateful], peaks.most[ALL_REQUESTS]) == (5, 5, 6)
    assert peaks.most[ALL_HANDSHAKES] == 6


def test_seconds_before_that_of_the_warm_up_s_end_are_left_out() -> None:
    peaks = Peaks(SECOND + SECOND // 2)
    peaks.count(SECOND // 2, CONNECTS, 9)
    peaks.count(SECOND, CONNECTS, 1)
    peaks.count(SECOND + SECOND // 2, CONNECTS, 1)
    peaks.close()
    assert peaks.most[CONNECTS] == 2
