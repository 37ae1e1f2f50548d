from itertools import pairwise

import pytest

from wavetank.policy.arrivals import make_source
from wavetank.policy.codes import AgeFrom, LawKind, ProcessKind, Purpose, Stream
from wavetank.policy.keyed import draw, key_of
from wavetank.policy.laws import NO_LAW, Law, mean_of, residual, sample
from wavetank.policy.steady import MOST, carried, carried_ns, gathering

S = 1_000_000_000
GRID = [(i + 0.5) / 10_000 for i in range(10_000)]


def flushes(age_from: AgeFrom, pause_ns: int, gap_ns: float) -> list[int]:
    """When the age is over, by `gathering` at instants spread evenly over the cycle, age 10 s."""
    cycles = (gathering(age_from, 10 * S, pause_ns, 0, gap_ns, True, u) for u in GRID)
    return sorted(since_ns + 10 * S for _, _, since_ns, _, _ in cycles)


def assert_even(times_ns: list[int], low_ns: int, high_ns: int) -> None:
    assert low_ns <= times_ns[0]
    assert times_ns[-1] <= high_ns
    tenths = [sum(low_ns + (high_ns - low_ns) * i / 10 <= t for t in times_ns) for i in range(11)]
    assert all(a - b == pytest.approx(len(times_ns) / 10, rel=0.05) for a, b in pairwise(tenths))


def test_flushes_of_busy_streams_are_spread_over_pause_and_age() -> None:
    assert_even(flushes(AgeFrom.RESUME, S, 1e6), 0, 11 * S)


@pytest.mark.parametrize("age_from", [AgeFrom.RESUME, AgeFrom.FLUSH])
def test_flushes_of_quiet_streams_are_spread_over_the_age(age_from: AgeFrom) -> None:
    """One event in 1,000 ages: nearly every age finds nothing."""
    assert_even(flushes(age_from, 0, 1e13), 0, 10 * S)


def test_quiet_stream_that_gathers_from_its_first_event_is_mostly_empty() -> None:
    cycles = [gathering(AgeFrom.FIRST_EVENT, 10 * S, 0, 0, 30.0 * S, True, u) for u in GRID]
    gathers = [first_ns for *_, first_ns in cycles if first_ns >= 0]
    assert len(gathers) == pytest.approx(len(GRID) / 4, rel=0.01)
    assert_even(sorted(gathers), 0, 10 * S)


def test_no_more_wait_than_a_batch_holds() -> None:
    """Ten events fill a batch before it is old: any number below ten, each alike."""
    waiting = [gathering(AgeFrom.FLUSH, 10 * S, 0, 10, 0.5 * S, True, u) for u in GRID]
    counts = [sum(most == n for most, *_ in waiting) for n in range(10)]
    assert counts == [1_000] * 10
    assert {window_ns for _, window_ns, *_ in waiting} == {-1}


def test_constant_stream_goes_on_as_it_was() -> None:
    source = make_source(ProcessKind.CONSTANT, 1.0, (), NO_LAW, NO_LAW, phase_ns=300_000_000)
    past_times = [carried_ns(source, 0, 300_000_000, j) for j in (1, 2, 3)]
    assert past_times == [-700_000_000, -1_700_000_000, -2_700_000_000]
    for window_ns, count in (
        (0, 0),
        (699_999_999, 0),
        (700_000_000, 1),
        (2_500_000_000, 2),
        (2_700_000_000, 3),
    ):
        assert carried(source, 0, 300_000_000, MOST, window_ns, -1) == count
    assert carried(source, 0, 5 * S, MOST, 9 * S, -1) == 0


def test_constant_stream_begins_a_batch_with_every_so_many_th_event() -> None:
    """Events each second, age 2.5 s: three make a batch, the last of them 0.5 s before its flush."""
    source = make_source(ProcessKind.CONSTANT, 1.0, (), NO_LAW, NO_LAW)
    counts: dict[int, int] = {}
    for u in GRID:
        phase_ns = int(u * 997 % 1 * S)
        most, window_ns, _, _, first_ns = gathering(AgeFrom.FIRST_EVENT, 5 * S // 2, 0, 0, 1e9, False, u)
        waiting = carried(source, 0, phase_ns, most, window_ns, first_ns)
        counts[waiting] = counts.get(waiting, 0) + 1
    # of 3 s, half a second none waits, one second one, one second two, half a second three
    assert [counts[n] / len(GRID) for n in range(4)] == pytest.approx([1 / 6, 1 / 3, 1 / 3, 1 / 6], abs=0.02)


def test_poisson_stream_was_poisson() -> None:
    source = make_source(ProcessKind.POISSON, 2.0, (), NO_LAW, NO_LAW)
    counts = []
    for agent in range(4_000):
        key = key_of(1, agent, Stream.STATELESS, Purpose.CARRIED)
        n = carried(source, key, 0, MOST, 3 * S, -1)
        times = [carried_ns(source, key, 0, j) for j in range(1, n + 2)]
        assert times == sorted(times, reverse=True)
        assert times[-1] < -3 * S
        assert all(-3 * S <= t < 0 for t in times[:-1])
        counts.append(n)
    mean = sum(counts) / len(counts)
    assert mean == pytest.approx(6, abs=4 * (6 / 4_000) ** 0.5)
    variance = sum((n - mean) ** 2 for n in counts) / len(counts)
    assert variance == pytest.approx(6, rel=0.1)


BARE = NO_LAW._replace(mean=1e6)
LAWS = (
    NO_LAW._replace(kind=int(LawKind.DETERMINISTIC), low=1_000_000),
    NO_LAW._replace(kind=int(LawKind.UNIFORM), low=200_000, high=1_800_000),
    BARE._replace(kind=int(LawKind.EXPONENTIAL)),
    BARE._replace(kind=int(LawKind.ERLANG), shape=3.0),
    BARE._replace(kind=int(LawKind.LOGNORMAL), shape=0.5),
    BARE._replace(kind=int(LawKind.HYPEREXPONENTIAL), shape=2.0),
    NO_LAW._replace(kind=int(LawKind.EMPIRICAL), low=0, high=3),
)
EMPIRICAL = (100_000, 1_000_000, 3_000_000)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: LawKind(law.kind).name.lower())
def test_mean_of_what_is_left_is_half_the_second_moment_over_the_mean(law: Law) -> None:
    n = 40_000
    key = key_of(7, 0, 0, Purpose.THINK)
    whole = [sample(law, draw(key, i, 0), EMPIRICAL) for i in range(n)]
    left = [residual(law, draw(key, i, 1), EMPIRICAL) for i in range(n)]
    second = sum(x * x for x in whole) / n
    assert sum(left) / n == pytest.approx(second / 2 / mean_of(law, EMPIRICAL), rel=0.04)
