"""Small runs for the tests of the reference engine."""

from typing import Any, cast

from wavetank.engines.reference import run
from wavetank.engines.reference.parts import Attempt, Connection
from wavetank.protocol.order import Message
from wavetank.protocol.session import Exchange
from wavetank.results.tally import Tally
from wavetank.results.trace import TraceRow
from wavetank.scenario import loads

MS = 1_000_000
S = 1_000_000_000


def tally_of(text: str, **how: Any) -> Tally:
    """The counts of a scenario, every agent traced."""
    resolved = loads(text).resolve()
    return run(resolved, range(resolved.agents), **how)


def sent(tally: Tally, message: Message) -> list[TraceRow]:
    """The messages of one kind, in the order of sending."""
    return [row for row in tally.trace if row.message == message]


def attempt(agent: int, request: int = 0, stream: int = 2) -> Attempt:
    """An attempt of no agent's in particular, for parts that look at its key alone."""
    nobody = cast(Any, None)
    connection = Connection(nobody, stream, (request, 0))
    key = (agent, stream, request, 0)
    return Attempt(nobody, Exchange(request, (), 0, 0), 0, 0, 0, 0, key, connection)
