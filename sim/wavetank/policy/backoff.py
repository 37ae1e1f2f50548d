"""The wait between two attempts of a request."""

from typing import NamedTuple

from wavetank.policy.choices import names_all
from wavetank.policy.codes import BackoffLaw
from wavetank.policy.keyed import unit

names_all(__name__, BackoffLaw, "NONE FIXED EXPONENTIAL FULL_JITTER EQUAL_JITTER DECORRELATED SCALED_JITTER")

NONE = int(BackoffLaw.NONE)
FIXED = int(BackoffLaw.FIXED)
EXPONENTIAL = int(BackoffLaw.EXPONENTIAL)
FULL_JITTER = int(BackoffLaw.FULL_JITTER)
EQUAL_JITTER = int(BackoffLaw.EQUAL_JITTER)
DECORRELATED = int(BackoffLaw.DECORRELATED)
SCALED_JITTER = int(BackoffLaw.SCALED_JITTER)

LONGEST_NS = 2**60
"""36 years: three of them, and a jitter, still fit into 64 bits."""


class Backoff(NamedTuple):
    """A `BackoffLaw` with its first wait `base_ns`, its bound `cap_ns` (0: none) and added jitter."""

    law: int
    base_ns: int
    cap_ns: int
    jitter_ns: int


NO_BACKOFF = Backoff(NONE, 0, 0, 0)

FORMULAS = {
    BackoffLaw.NONE: "0",
    BackoffLaw.FIXED: "min(cap, base)",
    BackoffLaw.EXPONENTIAL: "min(cap, base * 2**n)",
    BackoffLaw.FULL_JITTER: "U * min(cap, base * 2**n)",
    BackoffLaw.EQUAL_JITTER: "(1/2 + U/2) * min(cap, base * 2**n)",
    BackoffLaw.DECORRELATED: "min(cap, base + U * (3 * max(base, previous) - base))",
    BackoffLaw.SCALED_JITTER: "(1/2 + U) * min(cap, base * 2**n)",
}
"""The formulas of `wait` before the added jitter, for the pages: n from 0, U uniform from 0 to 1."""


def wait(backoff: Backoff, n: int, previous_ns: int, bits: int, jitter_bits: int) -> int:
    """The n-th wait of a request in ns, n from 0, given the one before (0 at first) and keyed bits.

    With w = min(cap, base * 2**n): none 0, fixed min(cap, base), exponential w, full jitter U(0, w),
    equal jitter w/2 + U(0, w/2), decorrelated min(cap, U(base, 3 * previous)), where the first previous
    is base, scaled jitter w * (0.5 + U(0, 1)). U(0, jitter) is added to the wait of every law. -1: there
    is no such law.
    Laws as in Brooker: Exponential backoff and jitter (AWS Architecture Blog, 2015).
    """
    law = backoff.law
    jitter_ns = int(unit(jitter_bits) * backoff.jitter_ns + 0.5) if backoff.jitter_ns > 0 else 0
    if law == NONE:
        return jitter_ns
    cap_ns = backoff.cap_ns if 0 < backoff.cap_ns < LONGEST_NS else LONGEST_NS
    base_ns = min(backoff.base_ns, cap_ns)
    if law == FIXED:
        return base_ns + jitter_ns
    if law == DECORRELATED:
        # a previous wait is at most the cap, so that three of them fit into 64 bits
        spread_ns = 3 * max(base_ns, min(previous_ns, cap_ns)) - base_ns
        return min(cap_ns, base_ns + int(unit(bits) * spread_ns + 0.5)) + jitter_ns
    w_ns = base_ns << n if n < 60 and base_ns <= cap_ns >> n else cap_ns
    if base_ns == 0:
        w_ns = 0
    if law == EXPONENTIAL:
        return w_ns + jitter_ns
    if law == FULL_JITTER:
        return int(unit(bits) * w_ns + 0.5) + jitter_ns
    half_ns = w_ns >> 1
    if law == EQUAL_JITTER:
        return half_ns + int(unit(bits) * (w_ns - half_ns) + 0.5) + jitter_ns
    if law == SCALED_JITTER:
        return int((0.5 + unit(bits)) * w_ns + 0.5) + jitter_ns
    return -1
