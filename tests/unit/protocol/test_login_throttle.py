from wavetank.protocol.login_throttle import LoginThrottle


def test_failures_of_a_window_are_limited() -> None:
    window = LoginThrottle(2, 100)
    assert [window.begin("a", now) for now in (0, 10, 20)] == [0, 0, 80]
    assert window.begin("a", 99) == 1
    assert window.begin("a", 100) == 0
    assert window.begin("a", 101) == 9


def test_keys_do_not_touch_one_another() -> None:
    window = LoginThrottle(1, 100)
    assert window.begin("a", 0) == window.begin("b", 0) == 0
    assert window.begin("a", 1) == window.begin("b", 1) == 99


def test_successes_do_not_count() -> None:
    window = LoginThrottle(1, 100)
    for now in range(50):
        assert window.begin("a", now) == 0
        window.succeeded("a", now)
    assert window.begin("a", 50) == 0
    assert window.begin("a", 51) > 0


def test_attempts_under_way_count() -> None:
    """Ten guesses at once do not get past a limit of two."""
    window = LoginThrottle(2, 100)
    assert [window.begin("a", 0) == 0 for _ in range(10)] == [True, True] + [False] * 8
    window.succeeded("a", 0)
    assert window.begin("a", 0) == 0
    assert window.begin("a", 0) > 0


def test_clock_set_back_locks_nobody_out() -> None:
    window = LoginThrottle(1, 100)
    assert window.begin("a", 10_000) == 0
    assert window.begin("a", 5) == 0


def test_memory_is_bounded() -> None:
    window = LoginThrottle(1, 100, keys=3)
    for name in "abcd":
        assert window.begin(name, 0) == 0
    assert window.begin("d", 1) > 0
    assert window.begin("a", 1) == 0, "forgotten: it was the one not seen for longest"


def test_success_after_it_was_forgotten() -> None:
    window = LoginThrottle(1, 100, keys=1)
    window.begin("a", 0)
    window.begin("b", 0)
    window.succeeded("a", 0)
    assert window.begin("b", 1) > 0
