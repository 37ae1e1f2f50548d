"""Bounds and equivalences of waits, laws, rate limits, renewals and shares, for any parameters."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavetank.policy.admission import take
from wavetank.policy.backoff import LONGEST_NS, Backoff, wait
from wavetank.policy.balancing import choose
from wavetank.policy.codes import BackoffLaw, BalancerPolicy, LawKind, Renewal
from wavetank.policy.keyed import MASK
from wavetank.policy.laws import LARGEST, Law, sample
from wavetank.policy.renewal import due_ns
from wavetank.policy.shares import affected_agents, largest_remainder

words = st.integers(0, MASK)
durations = st.integers(0, 2**55)
backoffs = st.builds(
    Backoff, st.sampled_from([int(law) for law in BackoffLaw]), durations, durations, st.integers(0, 2**40)
)


@given(backoffs, st.integers(0, 10_000), durations, words, words)
def test_every_wait_is_within_its_laws_bounds(
    backoff: Backoff, n: int, previous_ns: int, bits: int, jitter_bits: int
) -> None:
    cap = backoff.cap_ns or LONGEST_NS
    base = min(backoff.base_ns, cap)
    w = min(cap, base * 2**n)
    previous = max(base, min(previous_ns, cap))
    low, high = {
        BackoffLaw.NONE: (0, 0),
        BackoffLaw.FIXED: (base, base),
        BackoffLaw.EXPONENTIAL: (w, w),
        BackoffLaw.FULL_JITTER: (0, w),
        BackoffLaw.EQUAL_JITTER: (w // 2, w),
        BackoffLaw.DECORRELATED: (base, min(cap, 3 * previous)),
        BackoffLaw.SCALED_JITTER: (w // 2, w + w // 2 + 1),
    }[BackoffLaw(backoff.law)]
    plain = backoff._replace(jitter_ns=0)
    assert low <= wait(plain, n, previous_ns, bits, jitter_bits) <= high
    jittered = wait(backoff, n, previous_ns, bits, jitter_bits)
    assert 0 <= jittered - wait(plain, n, previous_ns, bits, jitter_bits) <= backoff.jitter_ns


@given(backoffs, st.integers(0, 200), durations, words)
def test_a_later_wait_is_no_shorter_with_the_same_bits(
    backoff: Backoff, n: int, previous_ns: int, bits: int
) -> None:
    waits = [wait(backoff, m, previous_ns, bits, bits) for m in (n, n + 1)]
    assert waits == sorted(waits)


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=60), st.integers(1, 1_000), st.integers(1, 10))
def test_virtual_scheduling_is_the_plain_token_bucket(gaps: list[int], interval: int, burst: int) -> None:
    tat = now = last = 0
    tokens = Fraction(burst)
    for gap in gaps:
        now += gap % (2 * interval)
        tokens = min(Fraction(burst), tokens + Fraction(now - last, interval))
        last = now
        admitted, tat = take(tat, now, interval, burst)
        assert admitted == (tokens >= 1)
        if admitted:
            tokens -= 1


@pytest.mark.parametrize(
    "kind", [LawKind.EXPONENTIAL, LawKind.ERLANG, LawKind.LOGNORMAL, LawKind.HYPEREXPONENTIAL]
)
@given(mean=st.floats(0.0, 1e18), shape=st.integers(1, 20), bits=words)
def test_samples_are_whole_numbers_in_range(kind: LawKind, mean: float, shape: int, bits: int) -> None:
    value = sample(Law(kind, mean, float(shape), 0, 0), bits, (0,))
    assert isinstance(value, int)
    assert 0 <= value <= LARGEST


@given(st.integers(0, 2**50), st.integers(0, 2**50), words)
def test_uniform_samples_lie_between_their_ends(low: int, width: int, bits: int) -> None:
    assert low <= sample(Law(LawKind.UNIFORM, 0.0, 0.0, low, low + width), bits, (0,)) <= low + width


@given(st.integers(0, 2**50), st.integers(1, 2**45), durations, st.integers(0, 2**45), words)
def test_a_renewal_lies_between_issue_and_expiry(
    issued: int, ttl: int, margin: int, jitter: int, bits: int
) -> None:
    due = due_ns(Renewal.BEFORE_EXPIRY, issued, issued + ttl, margin, jitter, bits)
    assert issued <= due <= issued + ttl
    assert due == issued or issued + ttl - margin - jitter <= due <= issued + ttl - margin


@given(
    st.sampled_from(BalancerPolicy), st.integers(0, 2**20), st.integers(0, 2**40), words, st.integers(1, 999)
)
def test_the_choice_is_one_of_the_living(policy: int, agent: int, turn: int, bits: int, alive: int) -> None:
    assert 0 <= choose(policy, agent, turn, bits, alive) < alive


@given(st.integers(0, 10**6), st.lists(st.floats(0.0, 1.0), max_size=8), st.floats(0.01, 1.0))
def test_parts_add_up_and_stay_within_one_of_their_quota(total: int, some: list[float], last: float) -> None:
    weights = (*some, last)
    parts = largest_remainder(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * weight / sum(weights)) < 1 + 1e-6


@given(st.integers(0, 2**62), st.integers(1, 300), st.floats(0.0, 1.0), st.integers(0, 9))
def test_the_struck_are_as_many_as_the_share_says(seed: int, agents: int, share: float, salt: int) -> None:
    chosen = affected_agents(seed, agents, share, salt)
    assert len(chosen) == round(share * agents)
    assert list(chosen) == sorted(set(chosen))
    assert all(0 <= agent < agents for agent in chosen)
