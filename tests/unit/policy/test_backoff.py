"""Backoff: every law's waits at the ends and in the middle of its range."""

import pytest

from wavetank.policy.backoff import FORMULAS, LONGEST_NS, NO_BACKOFF, Backoff, wait
from wavetank.policy.codes import BackoffLaw
from wavetank.policy.keyed import MASK, unit

HALF = 1 << 63
SECOND = 10**9
CAP = 60 * SECOND


def backoff(law: BackoffLaw, cap_ns: int = CAP, jitter_ns: int = 0) -> Backoff:
    return Backoff(int(law), SECOND, cap_ns, jitter_ns)


def test_none_repeats_at_once() -> None:
    assert wait(NO_BACKOFF, 5, 0, MASK, MASK) == 0
    assert wait(backoff(BackoffLaw.NONE), 5, 0, MASK, MASK) == 0


def test_fixed_does_not_grow() -> None:
    assert [wait(backoff(BackoffLaw.FIXED), n, 0, MASK, 0) for n in (0, 1, 100)] == [SECOND] * 3
    assert wait(backoff(BackoffLaw.FIXED, cap_ns=7), 0, 0, 0, 0) == 7


def test_exponential_doubles_up_to_the_cap() -> None:
    waits = [wait(backoff(BackoffLaw.EXPONENTIAL), n, 0, MASK, 0) // SECOND for n in range(9)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


@pytest.mark.parametrize("n", [59, 60, 63, 64, 1_000, 10**9])
def test_no_number_of_attempts_overflows(n: int) -> None:
    assert wait(backoff(BackoffLaw.EXPONENTIAL), n, 0, 0, 0) == CAP
    assert wait(backoff(BackoffLaw.EXPONENTIAL, cap_ns=0), n, 0, 0, 0) == LONGEST_NS
    assert wait(Backoff(int(BackoffLaw.EXPONENTIAL), 0, CAP, 0), n, 0, 0, 0) == 0


@pytest.mark.parametrize(
    ("law", "least", "middle", "most"),
    [
        (BackoffLaw.FULL_JITTER, 0, 4 * SECOND, 8 * SECOND),
        (BackoffLaw.EQUAL_JITTER, 4 * SECOND, 6 * SECOND, 8 * SECOND),
        (BackoffLaw.SCALED_JITTER, 4 * SECOND, 8 * SECOND, 12 * SECOND),
    ],
)
def test_jittered_laws_at_the_third_repeat(law: BackoffLaw, least: int, middle: int, most: int) -> None:
    assert [wait(backoff(law), 3, 0, bits, MASK) for bits in (0, HALF, MASK)] == [least, middle, most]


def test_decorrelated_starts_from_the_base_and_follows_the_wait_before() -> None:
    law = backoff(BackoffLaw.DECORRELATED)
    assert [wait(law, 0, 0, bits, 0) for bits in (0, HALF, MASK)] == [SECOND, 2 * SECOND, 3 * SECOND]
    later = [wait(law, 9, 5 * SECOND, bits, 0) // SECOND for bits in (0, HALF, MASK)]
    assert later == [1, 8, 15]
    assert wait(law, 9, 50 * SECOND, MASK, 0) == CAP


@pytest.mark.parametrize("law", BackoffLaw)
def test_jitter_is_added_to_every_law(law: BackoffLaw) -> None:
    for jitter_bits, added in ((0, 0), (HALF, 50), (MASK, 100)):
        plain = wait(backoff(law), 2, SECOND, HALF, jitter_bits)
        assert wait(backoff(law, jitter_ns=100), 2, SECOND, HALF, jitter_bits) == plain + added


@pytest.mark.parametrize("bits", [0, HALF, 3 << 61, MASK])
@pytest.mark.parametrize("n", [0, 1, 5, 40])
@pytest.mark.parametrize("law", BackoffLaw)
def test_formula_of_the_pages_is_what_the_code_computes(law: BackoffLaw, n: int, bits: int) -> None:
    given = {"base": SECOND, "cap": CAP, "n": n, "previous": 7 * SECOND, "U": unit(bits)}
    expected = eval(FORMULAS[law], {"min": min, "max": max, **given})
    assert wait(backoff(law), n, 7 * SECOND, bits, 0) == pytest.approx(expected, abs=1)


def test_every_law_has_a_formula() -> None:
    assert list(FORMULAS) == list(BackoffLaw)
