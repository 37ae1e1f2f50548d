"""The place of an event among those of the same instant, as two words (see protocol/order.py)."""

from __future__ import annotations

from wavetank.engines.compiled.toolchain.kernels import kernel

AGENT_BITS = 28
REQUEST_BITS = 27
FIRST = -1


@kernel
def order_high(kind: int, agent: int, stream: int, request: int) -> int:
    """The first word of an event's place: kind, agent, stream, request."""
    return (kind + 1) << 58 | (agent + 1) << 30 | stream << 27 | request


@kernel
def order_low(attempt: int, leg: int) -> int:
    """The second word: attempt, leg; what is added below 2**43 decides nothing."""
    return attempt << 47 | leg << 43


@kernel
def of_kind(kind: int, high: int) -> int:
    """The first word of an attempt's key, for an event of some kind."""
    return high + (kind << 58)


@kernel
def kind_of(high: int) -> int:
    """The kind of an event."""
    return (high >> 58) - 1


@kernel
def agent_of(high: int) -> int:
    """The agent of an event."""
    return (high >> 30 & 0xFFFFFFF) - 1


@kernel
def stream_of(high: int) -> int:
    """The stream of an event."""
    return high >> 27 & 7


@kernel
def request_of(high: int) -> int:
    """The request of an event."""
    return high & 0x7FFFFFF


@kernel
def attempt_of(low: int) -> int:
    """The attempt of an event."""
    return low >> 47


@kernel
def leg_of(low: int) -> int:
    """The leg of an event."""
    return low >> 43 & 15


@kernel
def extra_of(low: int) -> int:
    """What was added to the second word."""
    return low & 0x7FFFFFFFFFF
