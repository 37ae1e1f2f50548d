"""Sources of events: what a scenario says, and when the events are."""

import pytest

from wavetank.policy.arrivals import NEVER, NO_SOURCE, Source, count, make_source, time_of
from wavetank.policy.codes import LawKind, ProcessKind, Purpose, Stream
from wavetank.policy.keyed import key_of
from wavetank.policy.laws import NO_LAW, Law
from wavetank.policy.rate_map import UNIT

SECOND = 10**9
KEY = key_of(1, 17, Stream.STATELESS, Purpose.PAGE_COUNT)


def source(
    kind: ProcessKind, rate_per_s: float, profile: tuple[tuple[int, float], ...] = (), phase_ns: int = -1
) -> Source:
    return make_source(kind, rate_per_s, profile, NO_LAW, NO_LAW, phase_ns)


def times(of: Source, many: int, key: int = KEY) -> list[int]:
    page = before = 0
    instants = []
    for j in range(many):
        page, before, t_ns = time_of(of, key, page, before, j)
        instants.append(t_ns)
    return instants


def test_no_source_makes_no_events() -> None:
    for nothing in (NO_SOURCE, source(ProcessKind.POISSON, 0.0), source(ProcessKind.CONSTANT, 0.0)):
        assert count(nothing, KEY, 0, 0, 10**18) == (0, 0, 0)
        assert time_of(nothing, KEY, 0, 0, 0) == (0, 0, NEVER)


def test_a_closed_source_keeps_its_laws_and_makes_no_events_by_itself() -> None:
    think = Law(LawKind.EXPONENTIAL, 1e10, 0.0, 0, 0)
    size = Law(LawKind.DETERMINISTIC, 0.0, 0.0, 400, 0)
    closed = make_source(ProcessKind.CLOSED, 0.0, (), think, size)
    assert (closed.kind, closed.think, closed.size) == (ProcessKind.CLOSED, think, size)
    assert count(closed, KEY, 0, 0, 10**18)[2] == 0
    assert time_of(closed, KEY, 0, 0, 0)[2] == NEVER


def test_constant_events_are_equally_spaced_from_a_given_phase() -> None:
    steady = source(ProcessKind.CONSTANT, 4.0, phase_ns=7)
    assert times(steady, 3) == [7, 250_000_007, 500_000_007]
    counts = {t: count(steady, KEY, 0, 0, t)[2] for t in (-1, 0, 6, 7, 250_000_006, 250_000_007)}
    assert list(counts.values()) == [0, 0, 0, 1, 1, 2]


def test_constant_streams_of_different_agents_are_out_of_step() -> None:
    steady = source(ProcessKind.CONSTANT, 4.0)
    keys = [key_of(1, agent, Stream.STATELESS, Purpose.PAGE_COUNT) for agent in range(400)]
    phases = [times(steady, 1, key)[0] for key in keys]
    assert all(0 <= phase < 250_000_000 for phase in phases)
    assert all(50 < sum(phase // 62_500_000 == part for phase in phases) < 150 for part in range(4))
    assert times(steady, 2)[1] - times(steady, 1)[0] == 250_000_000


def test_a_profile_bends_constant_events_too() -> None:
    profile = ((0, 1.0), (2 * SECOND, 2.0), (3 * SECOND, 0.0), (9 * SECOND, 0.5))
    bent = source(ProcessKind.CONSTANT, 1.0, profile, 0)
    assert [t / SECOND for t in times(bent, 6)] == [0.0, 1.0, 2.0, 2.5, 9.0, 11.0]


def test_profiles_are_kept_as_integers_from_time_zero_on() -> None:
    assert source(ProcessKind.POISSON, 1.0).factors == (UNIT,)
    kept = source(ProcessKind.POISSON, 1.0, ((0, 0.5), (8, 2.0)))
    assert (kept.starts_ns, kept.starts_op, kept.factors) == ((0, 8), (0, 4), (UNIT // 2, 2 * UNIT))
    late = source(ProcessKind.POISSON, 1.0, ((8, 2.0),))
    assert (late.starts_ns, late.starts_op, late.factors) == ((0, 8), (0, 8), (UNIT, 2 * UNIT))


@pytest.mark.parametrize("rate_per_s", [4 / 86_400, 0.1, 10.0])
def test_poisson_counts_and_times_answer_each_other(rate_per_s: float) -> None:
    poisson = source(ProcessKind.POISSON, rate_per_s)
    instants = times(poisson, 300)
    assert instants == sorted(instants)
    page = before = 0
    for j, t_ns in enumerate(instants):
        page, before, n = count(poisson, KEY, page, before, t_ns)
        assert n >= j + 1
        assert count(poisson, KEY, page, before, t_ns - 1)[2] <= j


def test_the_cursor_is_a_matter_of_speed_alone() -> None:
    poisson = source(ProcessKind.POISSON, 10.0)
    page, before, n = count(poisson, KEY, 0, 0, 1_000 * SECOND)
    assert page > 0
    assert 0 < before <= n
    assert count(poisson, KEY, page, before, 3 * SECOND) == count(poisson, KEY, 0, 0, 3 * SECOND)
    assert time_of(poisson, KEY, page, before, 5) == time_of(poisson, KEY, 0, 0, 5)
    assert count(poisson, KEY, page, before, -1) == (page, before, 0)


def test_a_rate_that_ends_for_good_has_a_last_event() -> None:
    ending = source(ProcessKind.POISSON, 1.0, ((0, 1.0), (100 * SECOND, 0.0)))
    _, _, all_of_them = count(ending, KEY, 0, 0, 10**15)
    assert 50 < all_of_them < 150
    instants = times(ending, all_of_them + 50)
    assert instants[all_of_them - 1] < 100 * SECOND
    assert set(instants[all_of_them:]) == {NEVER}


def test_a_source_that_is_all_silence_has_no_event() -> None:
    silent = source(ProcessKind.POISSON, 1.0, ((0, 0.0),))
    assert count(silent, KEY, 0, 0, 10**15)[2] == 0
    assert times(silent, 3) == [NEVER] * 3


def test_agents_and_streams_have_events_of_their_own() -> None:
    poisson = source(ProcessKind.POISSON, 1.0)
    keys = [
        key_of(seed, agent, stream, Purpose.PAGE_COUNT)
        for seed in (1, 2)
        for agent in (0, 1)
        for stream in (Stream.STATELESS, Stream.STATEFUL)
    ]
    assert len({tuple(times(poisson, 5, key)) for key in keys}) == len(keys)


def test_the_definition_is_pinned() -> None:
    """Whatever changes one of these figures is another version of the model."""
    first = times(source(ProcessKind.POISSON, 10.0), 3)
    bent = times(source(ProcessKind.POISSON, 10.0, ((0, 1.0), (SECOND, 0.3))), 14)[-2:]
    assert first == [41570967, 114860847, 117272825]
    assert bent == [2351779207, 3111195354]
    assert times(source(ProcessKind.CONSTANT, 10.0), 1) == [91777773]
