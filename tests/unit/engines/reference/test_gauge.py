from wavetank.engines.reference.gauge import Gauge


def test_a_sample_has_the_level_and_its_moment_since_the_last() -> None:
    gauge = Gauge()
    gauge.change(3, 10)
    gauge.change(-1, 40)
    assert gauge.take(100) == (2, 3 * 10 - 1 * 40)
    gauge.change(5, 160)
    assert gauge.take(200) == (7, 5 * (160 - 100))


def test_nothing_changes_nothing() -> None:
    gauge = Gauge()
    assert gauge.take(50) == (0, 0)
    gauge.change(4, 60)
    gauge.take(70)
    assert gauge.take(90) == (4, 0)


def test_the_mean_follows_from_level_and_moment() -> None:
    """A level of 2 for 30 ns and of 5 for 70 ns has a mean of 4.1 over 100 ns."""
    gauge = Gauge()
    gauge.change(2, 0)
    gauge.change(3, 30)
    value, moment_ns = gauge.take(100)
    assert (value * 100 - moment_ns) / 100 == 4.1
