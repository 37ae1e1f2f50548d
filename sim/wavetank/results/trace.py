"""The trace: one row per message of the chosen agents, the same from every engine.

`sent_ns` is when the sender began to send, `arrived_ns` when the other side had it (-1: it never
arrived before the run ended). ACK carries ClientHello where there is TLS. `status` is the HTTP status
of a RESPONSE (a hold that expired: 200 with no events) and 0 elsewhere; `events` is how many events the
message carries (for a RESPONSE to commands or a piggyback: commands); `up` is 1 for a message of the agent, 0
for one of its node.
"""

from typing import NamedTuple


class TraceRow(NamedTuple):
    """One message; `stream` and `message` are codes of `Stream` and `Message`."""

    sent_ns: int
    arrived_ns: int
    agent: int
    stream: int
    request: int
    attempt: int
    message: int
    node: int
    status: int
    events: int
    up: int


TRACE_COLUMNS = TraceRow._fields

TRACE_ROWS = 100_000
"""So many messages are kept unless a run asks for more: some 10 MB, and more than any diagram can show."""
