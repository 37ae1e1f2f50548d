"""The token bucket."""

from wavetank.policy.admission import reserve, take


def test_a_full_bucket_serves_its_burst_then_one_per_interval() -> None:
    tat = 0
    answers = []
    for now in (0, 0, 0, 0, 99, 100, 100, 350, 350, 350):
        admitted, tat = take(tat, now, 100, 3)
        answers.append(admitted)
    assert answers == [True, True, True, False, False, True, False, True, True, False]


def test_a_refusal_takes_nothing() -> None:
    assert take(500, 100, 100, 2) == (False, 500)
    assert take(500, 400, 100, 2) == (True, 600)


def test_an_idle_bucket_holds_no_more_than_its_burst() -> None:
    tat = 0
    admitted = 0
    for _ in range(10):
        ok, tat = take(tat, 10**12, 100, 4)
        admitted += ok
    assert admitted == 4


def test_no_interval_is_no_limit() -> None:
    assert take(77, 0, 0, 0) == (True, 77)


def test_tokens_to_come_are_given_in_turn_to_as_many_as_may_wait() -> None:
    tat, due = 0, []
    for now in (1000, 1010, 1020, 1030, 1210):
        when, tat = reserve(tat, now, 100, 2, 2)
        due.append(when)
    # two tokens are there, two come at 1100 and 1200; nobody waits any more at 1210
    assert due == [1000, 1010, 1100, 1200, 1300]
    assert reserve(tat, 1210, 100, 2, 1)[0] == -1
    assert reserve(tat, 1210, 100, 2, 2)[0] == 1400


def test_without_room_to_wait_a_token_is_taken_or_not() -> None:
    for now in range(0, 1000, 37):
        for tat in range(0, 1500, 41):
            due, state = reserve(tat, now, 100, 3, 0)
            assert (due == now, state) == take(tat, now, 100, 3)
            assert due in (now, -1)
