"""What a batch of events looks like: JSON, or NDJSON with one event a line."""

import json
from typing import NamedTuple

from wavetank.real.server import bodies
from wavetank.real.server.events import Event
from wavetank.real.server.fleet import Agent
from wavetank.real.server.identity import own
from wavetank.real.transports.server.messages import Refused, Request

_MOST_SEQUENCE = 2**63 - 1
_LONGEST_EPOCH = 128
_WHO = ("agent", "uuid")


class Batch(NamedTuple):
    """The events of one request; `epoch` is "" for stateless ones."""

    epoch: str
    events: list[Event]
    size_bytes: int


async def read_batch(request: Request, agent: Agent, stateful: bool, most_bytes: int) -> Batch:
    """The batch that a request carries. Raises Refused."""
    kind, body = await bodies.read(request, (bodies.JSON, *bodies.NDJSON), most_bytes)
    epoch, events = _lines(body, stateful) if kind in bodies.NDJSON else _object(body, agent, stateful)
    known = ("sequence", "data", *_WHO) if stateful else ("data", *_WHO)
    return Batch(
        _epoch(epoch) if stateful else "",
        [_event(event, agent, known, stateful) for event in events],
        len(body),
    )


def _object(body: bytes, agent: Agent, stateful: bool) -> tuple[object, list[object]]:
    """Epoch and events of {epoch, events: [...]}."""
    known = ("epoch", "events", *_WHO) if stateful else ("events", *_WHO)
    batch = bodies.fields(bodies.parse(body), known, "a batch")
    for name in _WHO:
        if name in batch:
            own(agent, batch[name])
    events = batch.get("events")
    if not isinstance(events, list):
        raise Refused(422, "events is a list", "fields")
    return batch.get("epoch"), events


def _lines(body: bytes, stateful: bool) -> tuple[object, list[object]]:
    """Epoch (from the first line of a stateful batch) and events, one a line."""
    lines = bodies.parse_lines(body)
    if not stateful:
        return None, lines
    first = bodies.fields(lines[0] if lines else None, ("epoch",), "the first line of a stateful batch")
    return first.get("epoch"), lines[1:]


def _epoch(said: object) -> str:
    if type(said) is int and 0 <= said <= _MOST_SEQUENCE:
        return str(said)
    if isinstance(said, str) and 0 < len(said) <= _LONGEST_EPOCH and said.isascii() and said.isprintable():
        return said
    raise Refused(422, f"epoch is a text of 1 to {_LONGEST_EPOCH} printable ASCII characters", "fields")


def _event(event: object, agent: Agent, known: tuple[str, ...], stateful: bool) -> Event:
    if not isinstance(event, dict) or "data" not in event or not event.keys() <= set(known):
        event = bodies.fields(event, known, "an event")
        raise Refused(422, "an event needs data", "fields")
    if len(event) > 1 + stateful:
        for name in _WHO:
            if name in event:
                own(agent, event[name])
    sequence = None
    if stateful:
        sequence = event.get("sequence")
        if type(sequence) is not int or not 0 <= sequence <= _MOST_SEQUENCE:
            raise Refused(422, "sequence is a whole number from 0 to 2^63-1", "fields")
    # ASCII: half of a surrogate pair is valid in JSON, but in no UTF-8 text.
    return Event(sequence, json.dumps(event["data"], separators=(",", ":")))
