import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavetank.engines.reference.arrivals import Arrivals
from wavetank.policy.arrivals import Source, make_source
from wavetank.policy.codes import ProcessKind
from wavetank.policy.laws import NO_LAW
from wavetank.policy.rate_map import NEVER

S = 1_000_000_000
PROFILES = {
    "even": (),
    "bent": ((0, 1.0), (5 * S, 0.0), (9 * S, 2.5)),
    "ending": ((0, 1.0), (20 * S, 0.0)),
}


def source(rate_per_s: float, profile: str) -> Source:
    return make_source(ProcessKind.POISSON, rate_per_s, PROFILES[profile], NO_LAW, NO_LAW)


@pytest.mark.parametrize("profile", PROFILES)
@given(
    rate=st.sampled_from((0.05, 3.0)),
    key=st.integers(0, 2**64 - 1),
    steps=st.lists(st.tuples(st.integers(0, 40 * S), st.integers(0, 30), st.integers(0, 40)), max_size=12),
)
def test_expanded_pages_are_the_tree(
    profile: str, rate: float, key: int, steps: list[tuple[int, int, int]]
) -> None:
    """The same answers as one look-up after the other, also about what was forgotten."""
    expanded = Arrivals(source(rate, profile), key, expand=True)
    tree = Arrivals(source(rate, profile), key, expand=False)
    oldest = until = 0
    for past, taken, ahead in steps:
        until += past
        created = expanded.created(until, oldest)
        assert created == tree.created(until, oldest) == tree.look_up(until)
        oldest = min(created, oldest + taken)
        for index in (oldest, oldest + ahead, max(0, oldest - taken)):
            assert expanded.time_of(index, oldest) == tree.time_of(index, oldest)
            at = tree.time_of(index, oldest)
            for around in (at - 1, at, at + 1) if at < NEVER else ():
                assert expanded.created(around, oldest) == tree.look_up(around)
        assert expanded.look_up(until // 2) == tree.look_up(until // 2)


def test_rate_that_ends_has_no_later_event() -> None:
    arrivals = Arrivals(source(3.0, "ending"), 1, expand=True)
    last = arrivals.created(1_000 * S, 0)
    assert last == arrivals.created(20 * S, 0) > 30
    assert arrivals.time_of(last, 0) == NEVER
    assert arrivals.time_of(last - 1, 0) < 20 * S
