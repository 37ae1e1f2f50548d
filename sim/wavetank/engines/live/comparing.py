"""The two sides' counters, compared: what the agents know of their events, and what the server has stored."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from wavetank.engines.live.fleet import FleetReport
from wavetank.policy.choices import names_all
from wavetank.policy.codes import EVENT_STREAMS, Stream
from wavetank.protocol.outbox import Range
from wavetank.results.tally import EventCounts

names_all(__name__, Stream, "REGISTER LOGIN STATELESS STATEFUL COMMANDS HEARTBEAT")

MOST_LISTED = 1_000_000
"""More stored events than this are not listed one by one."""


class Stored(NamedTuple):
    """The server's events of one stream: the numbers of each agent's events, and how many rows they take."""

    numbers: dict[int, set[int]]
    rows: int


def stored_events(listed: Iterable[Mapping[str, Any]], index_of: Mapping[str, int]) -> dict[Stream, Stored]:
    """The stored events by stream and agent; those of agents that are not ours are left out."""
    numbers: dict[Stream, dict[int, set[int]]] = {stream: {} for stream in EVENT_STREAMS}
    rows = dict.fromkeys(EVENT_STREAMS, 0)
    for event in listed:
        agent = index_of.get(event["agent"])
        if agent is None:
            continue
        stream = Stream[event["stream"].upper()]
        # An event's text begins with its number (see `arrivals`).
        number = int(str(event["data"]).split(" ", 1)[0])
        numbers[stream].setdefault(agent, set()).add(number)
        rows[stream] += 1
    return {stream: Stored(numbers[stream], rows[stream]) for stream in EVENT_STREAMS}


class Compared(NamedTuple):
    """The differences, in words, and how many stateless events were acknowledged and then lost."""

    problems: list[str]
    lost: int


def enter(report: FleetReport, stored: Mapping[Stream, Stored], repeats: int, killed: bool) -> Compared:
    """Enter what the server has into the tally, and compare.

    `repeats` are the stateful events that the server had already. A server that was `killed` may lose
    stateless events that it has acknowledged, and no others.
    """
    problems, lost = list[str](), 0
    for stream, counts in zip(EVENT_STREAMS, report.tally.events, strict=True):
        had = stored[stream]
        counts.received = sum(len(numbers) for numbers in had.numbers.values())
        counts.duplicated = had.rows - counts.received + (repeats if stream == Stream.STATEFUL else 0)
        counts.dropped_but_received = _among(report.given_up, stream, had)
        missing = counts.delivered - _among(report.acknowledged, stream, had)
        name = stream.name.lower()
        if missing and killed and stream == Stream.STATELESS:
            lost = missing
        elif missing:
            problems.append(f"{missing:,} {name} events were acknowledged to the agents and are not stored")
        problems += _unexplained(name, counts, report.unsure[stream])
    return Compared(problems, lost)


def _unexplained(name: str, counts: EventCounts, unsure: int) -> list[str]:
    """More rows than events sent: whatever was not acknowledged must come from attempts without an answer."""
    surplus = counts.received + counts.duplicated - counts.delivered
    if surplus > unsure:
        return [f"the server has {surplus - unsure:,} {name} events more than the agents have sent"]
    return []


def _among(ranges: Mapping[tuple[int, int], Iterable[Range]], stream: Stream, had: Stored) -> int:
    """Count the events of these ranges that the server has stored."""
    shared = 0
    for (agent, of), those in ranges.items():
        if of == stream:
            numbers = had.numbers.get(agent, set())
            shared += sum(number in numbers for first, end in those for number in range(first, end))
    return shared
