"""The mean of every backoff law, against its closed form.

50,000 keyed draws each; the widest law, uniform from 0, has a standard error of 0.26 %, so 1.1 % is more
than four of them.
"""

import pytest

from wavetank.policy.backoff import Backoff, wait
from wavetank.policy.codes import BackoffLaw, Purpose, Stream
from wavetank.policy.keyed import draw, key_of

SECOND = 10**9
CAP = 60 * SECOND
DRAWS = 50_000
TOLERANCE = 0.011
WAIT_KEY = key_of(5, 0, Stream.STATELESS, Purpose.BACKOFF)
JITTER_KEY = key_of(5, 0, Stream.STATELESS, Purpose.BACKOFF_JITTER)


def mean_wait_s(backoff: Backoff, n: int) -> float:
    total = sum(wait(backoff, n, 0, draw(WAIT_KEY, i, n), draw(JITTER_KEY, i, n)) for i in range(DRAWS))
    return total / DRAWS / SECOND


@pytest.mark.parametrize(
    ("law", "n", "mean_s"),
    [
        (BackoffLaw.NONE, 3, 0.0),
        (BackoffLaw.FIXED, 3, 1.0),
        (BackoffLaw.EXPONENTIAL, 3, 8.0),
        (BackoffLaw.EXPONENTIAL, 9, 60.0),
        (BackoffLaw.FULL_JITTER, 0, 0.5),
        (BackoffLaw.FULL_JITTER, 3, 4.0),
        (BackoffLaw.FULL_JITTER, 9, 30.0),
        (BackoffLaw.EQUAL_JITTER, 3, 6.0),
        (BackoffLaw.EQUAL_JITTER, 9, 45.0),
        (BackoffLaw.SCALED_JITTER, 3, 8.0),
        (BackoffLaw.SCALED_JITTER, 9, 60.0),
        (BackoffLaw.DECORRELATED, 0, 2.0),
    ],
)
def test_mean_of_the_nth_wait(law: BackoffLaw, n: int, mean_s: float) -> None:
    assert mean_wait_s(Backoff(law, SECOND, CAP, 0), n) == pytest.approx(mean_s, rel=TOLERANCE)


@pytest.mark.parametrize("law", BackoffLaw)
def test_jitter_adds_half_of_itself(law: BackoffLaw) -> None:
    """The same draws with and without: the law's own deviation cancels."""
    plain = mean_wait_s(Backoff(law, SECOND, CAP, 0), 1)
    jittered = mean_wait_s(Backoff(law, SECOND, CAP, 4 * SECOND), 1)
    assert jittered - plain == pytest.approx(2.0, rel=TOLERANCE)


def test_decorrelated_waits_follow_their_recursion() -> None:
    """E w(n) = (base + 3 E w(n - 1)) / 2 below the cap, w(-1) = base: 2, 3.5, 5.75, 9.125 s."""
    backoff = Backoff(BackoffLaw.DECORRELATED, SECOND, 0, 0)
    totals = [0] * 4
    for i in range(DRAWS):
        previous_ns = 0
        for n in range(4):
            previous_ns = wait(backoff, n, previous_ns, draw(WAIT_KEY, i, n), 0)
            totals[n] += previous_ns
    means_s = [total / DRAWS / SECOND for total in totals]
    # the spread grows with n: the fourth wait's standard error is 0.4 %
    assert means_s == pytest.approx([2.0, 3.5, 5.75, 9.125], rel=0.016)


def test_a_decorrelated_wait_is_cut_at_the_cap() -> None:
    """U(1, 3) s cut at 2 s has mean 1.75 s."""
    backoff = Backoff(BackoffLaw.DECORRELATED, SECOND, 2 * SECOND, 0)
    assert mean_wait_s(backoff, 0) == pytest.approx(1.75, rel=TOLERANCE)
