"""Counts and times of any source answer each other exactly, wherever the cursor stands."""

from hypothesis import assume, given
from hypothesis import strategies as st

from wavetank.policy.arrivals import Source, count, make_source, time_of
from wavetank.policy.codes import ProcessKind
from wavetank.policy.keyed import MASK
from wavetank.policy.laws import NO_LAW
from wavetank.policy.poisson_tree import count_before, first_half, offset_of
from wavetank.policy.rate_map import HORIZON, NEVER

keys = st.integers(0, MASK)
rates = st.floats(-5.0, 7.0).map(lambda exponent: 10.0**exponent)
factors = st.one_of(st.just(0.0), st.just(1.0), st.floats(0.01, 20.0))


@st.composite
def sources(draw: st.DrawFn) -> Source:
    """Poisson and constant sources whose profile changes within some hundred events."""
    rate_per_s = draw(rates)
    profile = []
    start_ns = 0
    for factor in draw(st.lists(factors, max_size=5)):
        profile.append((start_ns, factor))
        start_ns += 1 + int(draw(st.floats(0.0, 100.0)) * 1e9 / rate_per_s)
    kind = draw(st.sampled_from((ProcessKind.POISSON, ProcessKind.CONSTANT)))
    phase_ns = draw(st.sampled_from((-1, 0, int(1e9 / rate_per_s))))
    return make_source(kind, rate_per_s, tuple(profile), NO_LAW, NO_LAW, phase_ns)


def span_ns(source: Source) -> int:
    """Where some hundred events of the source have passed, or its profile is over."""
    return source.starts_ns[-1] + int(100 * 1e9 / source.rate_per_s)


@given(source=sources(), key=keys, j=st.integers(0, 300))
def test_an_event_is_counted_from_its_instant_on(source: Source, key: int, j: int) -> None:
    page, before, t_ns = time_of(source, key, 0, 0, j)
    assume(t_ns < NEVER)
    assert 0 <= t_ns < HORIZON
    assert count(source, key, page, before, t_ns)[2] >= j + 1
    assert count(source, key, page, before, t_ns - 1)[2] <= j


@given(source=sources(), key=keys, where=st.floats(0.0, 1.0))
def test_a_count_stands_between_two_events(source: Source, key: int, where: float) -> None:
    until_ns = int(where * span_ns(source))
    page, before, n = count(source, key, 0, 0, until_ns)
    assert n == 0 or time_of(source, key, page, before, n - 1)[2] <= until_ns
    assert time_of(source, key, page, before, n)[2] > until_ns


@given(source=sources(), key=keys, wheres=st.lists(st.floats(0.0, 1.0), min_size=2, max_size=20))
def test_counts_and_times_never_fall(source: Source, key: int, wheres: list[float]) -> None:
    counts = [count(source, key, 0, 0, int(where * span_ns(source)))[2] for where in sorted(wheres)]
    assert counts == sorted(counts)
    times = [time_of(source, key, 0, 0, j)[2] for j in range(60)]
    assert times == sorted(times)


@given(
    source=sources(),
    key=keys,
    questions=st.lists(st.tuples(st.booleans(), st.floats(0.0, 1.0)), min_size=1, max_size=20),
)
def test_answers_do_not_depend_on_the_cursor(
    source: Source, key: int, questions: list[tuple[bool, float]]
) -> None:
    """One cursor is led back and forth; a fresh one is asked each time."""
    page = before = 0
    for of_count, where in questions:
        if of_count:
            asked = int(where * span_ns(source))
            page, before, answer = count(source, key, page, before, asked)
            assert answer == count(source, key, 0, 0, asked)[2]
        else:
            asked = int(where * 250)
            page, before, answer = time_of(source, key, page, before, asked)
            assert answer == time_of(source, key, 0, 0, asked)[2]


@given(bits=keys, width=st.integers(1, 60), n=st.integers(1, 255), j=st.integers(0, 254))
def test_a_split_is_an_exact_partition(bits: int, width: int, n: int, j: int) -> None:
    """The first half holds the first events, all of them, and no other."""
    left = n if n == 1 else first_half(bits, 1, n)
    assert 0 <= left <= n
    half = 1 << (width - 1)
    if n > 1:
        assert count_before(bits, width, n, half) == left
        assert (offset_of(bits, width, n, j % n) < half) == (j % n < left)
    assert count_before(bits, width, n, 0) == 0
    assert count_before(bits, width, n, 2 * half) == n


@given(bits=keys, width=st.integers(0, 60), n=st.integers(1, 255), where=st.floats(0.0, 1.0))
def test_offsets_and_counts_of_a_page_answer_each_other(bits: int, width: int, n: int, where: float) -> None:
    x = int(where * 2**width)
    before = count_before(bits, width, n, x)
    assert before == 0 or offset_of(bits, width, n, before - 1) < x
    assert before == n or offset_of(bits, width, n, before) >= x
