"""The engine's expanded pages hold the very events of the policy's tree, whatever is asked, in any order."""

from hypothesis import given
from hypothesis import strategies as st

from wavetank.engines.reference.arrivals import Arrivals
from wavetank.policy.arrivals import Source, count, make_source, time_of
from wavetank.policy.codes import ProcessKind
from wavetank.policy.laws import NO_LAW
from wavetank.policy.rate_map import NEVER

SECOND = 10**9
keys = st.integers(0, 2**64 - 1)
profiles = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from([0.0, 0.3, 1.0, 2.5])), max_size=4, unique_by=lambda p: p[0]
).map(lambda pieces: tuple((at * SECOND, factor) for at, factor in sorted(pieces)))


@st.composite
def sources(draw: st.DrawFn) -> Source:
    kind = draw(st.sampled_from([ProcessKind.POISSON, ProcessKind.CONSTANT]))
    rate = draw(st.sampled_from([0.01, 0.7, 3.0, 200.0]))
    return make_source(kind, rate, draw(profiles), NO_LAW, NO_LAW)


def counted(source: Source, key: int, until_ns: int) -> int:
    return count(source, key, 0, 0, until_ns)[2]


def looked_up(source: Source, key: int, index: int) -> int:
    return time_of(source, key, 0, 0, index)[2]


@given(sources(), keys, st.booleans(), st.lists(st.integers(0, 90 * SECOND), min_size=1, max_size=12))
def test_in_the_order_of_a_simulation(source: Source, key: int, expand: bool, instants: list[int]) -> None:
    """Time goes on; batches are taken, so that the oldest event asked for moves on."""
    arrivals = Arrivals(source, key, expand)
    oldest = 0
    for now_ns in sorted(instants):
        n = arrivals.created(now_ns, oldest)
        assert n == counted(source, key, now_ns)
        for index in {oldest, (oldest + n) // 2, max(oldest, n - 1), n, n + 1}:
            assert arrivals.time_of(index, oldest) == looked_up(source, key, index)
        if n > oldest + 1:
            oldest = (oldest + n) // 2


@given(sources(), keys, st.lists(st.tuples(st.booleans(), st.integers(0, 90 * SECOND)), max_size=12))
def test_in_any_order(source: Source, key: int, asked: list[tuple[bool, int]]) -> None:
    """Instants and indices before the window, too: what was forgotten is found in the tree."""
    arrivals = Arrivals(source, key, True)
    newest = 0
    for is_time, number in asked:
        if is_time:
            n = arrivals.created(number, newest)
            assert n == counted(source, key, number)
            newest = max(newest, n)
        else:
            index = number % (newest + 3)
            assert arrivals.time_of(index, newest) == looked_up(source, key, index)
        assert arrivals.look_up(number) == counted(source, key, number)


@given(sources(), keys)
def test_a_stream_that_ends(source: Source, key: int) -> None:
    """From a last piece without events on there is none, and asking for one says NEVER."""
    ended = source._replace(factors=(*source.factors[:-1], 0))
    arrivals = Arrivals(ended, key, True)
    n = counted(ended, key, NEVER - 1)
    assert arrivals.time_of(n, 0) == looked_up(ended, key, n) == NEVER
    assert arrivals.created(10**6 * SECOND, 0) == n
