"""The place of an event among those of the same instant, as two words (see protocol/order.py).

The first word holds kind, agent, stream and request, the second attempt and leg, and below them what decides
nothing. Kinds and agents are held plus 1: events of no agent, and the timers' own events, have -1. Neither
word reaches the sign.
"""

from __future__ import annotations

from wavetank.engines.compiled.toolchain.kernels import kernel
from wavetank.policy.codes import Stream
from wavetank.protocol.order import LEGS, Kind

WORD_BITS = 63
"""A signed word without its sign, so that order words compare as numbers."""
REQUEST_BITS = 27
"""A request of each stream every second for four years."""
STREAM_BITS = 3
"""Six streams, and two to spare."""
AGENT_BITS = 28
"""A quarter of a billion agents."""
AGENT = STREAM_BITS + REQUEST_BITS
KIND = AGENT + AGENT_BITS
"""Where agent and kind begin in the first word."""
KIND_BITS = WORD_BITS - KIND

ATTEMPT_BITS = 16
"""Keyed random numbers tell as many attempts of a request apart (policy/keyed.py)."""
LEG_BITS = 10
"""Streams that share a connection, and control messages, will each take legs of their own."""
EXTRA_BITS = WORD_BITS - ATTEMPT_BITS - LEG_BITS
"""Bits that decide no order: an agent's incarnation, or a row of the trace and the subject of a message."""
ATTEMPT = LEG_BITS + EXTRA_BITS
"""Where the attempt begins in the second word."""
FIRST = -1
"""The kind of the timers' own events: before all others."""

for size, bits in ((len(Kind) + 1, KIND_BITS), (len(Stream), STREAM_BITS), (LEGS, LEG_BITS)):
    if size > 1 << bits:
        raise OverflowError(f"{size} members do not fit into the {bits} bits that order words have for them")


@kernel
def order_high(kind: int, agent: int, stream: int, request: int) -> int:
    """The first word of an event's place: kind, agent, stream, request."""
    return (kind + 1) << KIND | (agent + 1) << AGENT | stream << REQUEST_BITS | request


@kernel
def order_low(attempt: int, leg: int) -> int:
    """The second word: attempt, leg; what is added below 2**EXTRA_BITS decides nothing."""
    return attempt << ATTEMPT | leg << EXTRA_BITS


@kernel
def of_kind(kind: int, high: int) -> int:
    """The first word of an attempt's key, for an event of some kind."""
    return high + (kind << KIND)


@kernel
def kind_of(high: int) -> int:
    """The kind of an event."""
    return (high >> KIND) - 1


@kernel
def agent_of(high: int) -> int:
    """The agent of an event."""
    return (high >> AGENT & (1 << AGENT_BITS) - 1) - 1


@kernel
def stream_of(high: int) -> int:
    """The stream of an event."""
    return high >> REQUEST_BITS & (1 << STREAM_BITS) - 1


@kernel
def request_of(high: int) -> int:
    """The request of an event."""
    return high & (1 << REQUEST_BITS) - 1


@kernel
def attempt_of(low: int) -> int:
    """The attempt of an event."""
    return low >> ATTEMPT


@kernel
def leg_of(low: int) -> int:
    """The leg of an event."""
    return low >> EXTRA_BITS & (1 << LEG_BITS) - 1


@kernel
def extra_of(low: int) -> int:
    """Return what was added to the second word."""
    return low & (1 << EXTRA_BITS) - 1
