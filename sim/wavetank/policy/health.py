"""Health checks of a balancer: when they run, and when they take a node out or in."""

from wavetank.policy.choices import names_all
from wavetank.policy.codes import CheckPhase
from wavetank.policy.keyed import unit

names_all(__name__, CheckPhase, "ALIGNED RANDOM")

RANDOM = int(CheckPhase.RANDOM)


def first_check_ns(phase: int, period_ns: int, bits: int) -> int:
    """When a node is checked for the first time: at the end of a period, or at one of its ns at random."""
    if phase == RANDOM:
        return 1 + int(unit(bits) * (period_ns - 1) + 0.5)
    return period_ns


def streak_after(is_in: bool, healthy: bool, streak: int) -> int:
    """How many checks in a row, this one included, speak against what the balancer believes of a node."""
    return 0 if is_in == healthy else streak + 1


def believed(is_in: bool, streak: int, fall: int, rise: int) -> bool:
    """Whether a node is in, after `streak` checks in a row that speak against what was believed.

    `fall` failures in a row take it out, `rise` successes bring it in (HAProxy's words).
    """
    return is_in != (streak >= (fall if is_in else rise))


__all__ = ["believed", "first_check_ns", "streak_after"]
