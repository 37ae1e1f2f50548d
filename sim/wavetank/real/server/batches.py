"""The formats of a batch of events: JSON, or NDJSON with one event a line."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from wavetank.real.server import bodies
from wavetank.real.server.batch_reader import BatchReader
from wavetank.real.server.fleet import Agent
from wavetank.real.server.json_text import JsonText
from wavetank.real.server.service import Service
from wavetank.real.transports.server.messages import Refused, Request

_LONGEST_EPOCH = 128
"""An epoch is a UUID or a date; as wire.md says."""

# What an event costs besides its data, in memory and in the database: object, row, indexes.
_EVENT_BYTES = 100
# What is stored in one go: some 2,000 small events, which take SQLite about 10 ms.
_PART_BYTES = 2**18


class Part(NamedTuple):
    """Events of one request that are stored in one go.

    `epoch` is "" and `sequences` is empty for stateless ones. `size_bytes`: what they take up.
    """

    epoch: str
    sequences: list[int]
    data: list[str]
    size_bytes: int


async def read_batch(service: Service, request: Request, agent: Agent, stateful: bool) -> list[Part]:
    """The batch that a request carries, in parts. Raises Refused."""
    limits = service.settings.limits
    sent = await bodies.read(service, request, (bodies.JSON, *bodies.NDJSON), limits.body_bytes)
    parse = partial(batch_of, sent.kind in bodies.NDJSON, stateful, agent, limits.events)
    return await bodies.parsed(service, sent, parse, agent.uuid)


def batch_of(lines: bool, stateful: bool, agent: Agent, most_events: int, body: bytes) -> list[Part]:
    """The batch that a body is, with one event a line if `lines`. Raises Refused."""
    reader = BatchReader(JsonText(bodies.text_of(body)), stateful, agent, most_events)
    epoch = reader.lines() if lines else reader.whole()
    return list(_parts(_epoch(epoch) if stateful else "", reader.sequences, reader.data))


def _parts(epoch: str, sequences: list[int], data: list[str]) -> Iterator[Part]:
    """The events in parts that are stored one after the other, so that others have their turn."""
    first = size_bytes = 0
    for at, text in enumerate(data):
        more = len(text) + _EVENT_BYTES
        if at > first and size_bytes + more > _PART_BYTES:
            yield Part(epoch, sequences[first:at], data[first:at], size_bytes)
            first, size_bytes = at, 0
        size_bytes += more
    yield Part(epoch, sequences[first:], data[first:], size_bytes)


def _epoch(said: object) -> str:
    if isinstance(said, str) and 0 < len(said) <= _LONGEST_EPOCH and said.isascii() and said.isprintable():
        return said
    raise Refused(
        422, f"epoch is a text (in quotes) of 1 to {_LONGEST_EPOCH} printable ASCII characters", "fields"
    )
