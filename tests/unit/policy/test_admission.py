"""The token bucket."""

from wavetank.policy.admission import take


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
