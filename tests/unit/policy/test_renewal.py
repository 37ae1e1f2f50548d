"""When the next token is asked for."""

from wavetank.policy.codes import Renewal
from wavetank.policy.keyed import MASK
from wavetank.policy.rate_map import NEVER
from wavetank.policy.renewal import due_ns


def test_on_expiry_and_on_rejection() -> None:
    assert due_ns(Renewal.ON_EXPIRY, 10, 910, 5, 5, MASK) == 910
    assert due_ns(Renewal.ON_REJECTION, 10, 910, 5, 5, MASK) == NEVER


def test_before_expiry_by_the_margin_and_up_to_the_jitter_more() -> None:
    assert due_ns(Renewal.BEFORE_EXPIRY, 10, 910, 100, 0, MASK) == 810
    renewals = [due_ns(Renewal.BEFORE_EXPIRY, 10, 910, 100, 60, bits) for bits in (0, 1 << 63, MASK)]
    assert renewals == [810, 780, 750]


def test_never_before_the_token_was_issued() -> None:
    assert due_ns(Renewal.BEFORE_EXPIRY, 10, 910, 2_000, 60, 0) == 10
