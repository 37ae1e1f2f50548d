"""[fleet], [[fleet.class]] and [network.NAME]."""

from fractions import Fraction
from typing import Annotated

from pydantic import Field

from wavetank.policy.registry import PROCESSES, STARTS
from wavetank.scenario.schema.base import Table, key
from wavetank.scenario.schema.laws import Bytes, Time
from wavetank.scenario.schema.leaf import (
    DURATION,
    Bandwidth,
    Duration,
    Leaf,
    Loss,
    Misfit,
    Name,
    PositiveDuration,
    PositiveShare,
    Rate,
    choice,
    number,
    shown,
    text,
    whole,
)
from wavetank.units import DURATION_UNITS, pattern

_NONE = Fraction(0)
NO_NETWORK = "none"
PROCESS_WORDS = tuple(word for word in PROCESSES if word != "none")
_factor = number(0, 1000)


def _profile(value: object) -> object:
    """Ascending ((start_ns, factor), ...)."""
    example = 'write pairs of time and factor such as [[0, 1.0], ["30s", 2.2]]'
    if not isinstance(value, list) or not value:
        raise Misfit(f"{shown(value)} is not a profile; {example}")
    pieces: list[tuple[int, float]] = []
    for index, pair in enumerate(value):
        if not isinstance(pair, list) or len(pair) != 2:
            raise Misfit(f"{shown(pair)} is not a pair; {example}", index)
        try:
            start = DURATION.check(pair[0])
        except ValueError as error:
            raise Misfit(str(error), index, 0) from None
        try:
            factor = _factor.check(pair[1])
        except Misfit as error:
            raise Misfit(str(error), index, 1) from None
        if pieces and start <= pieces[-1][0]:
            raise Misfit(f"{shown(pair[0])} is not later than the piece before; put them in order", index, 0)
        pieces.append((start, factor))
    return tuple(pieces)


_PAIR = {
    "type": "array",
    "prefixItems": [
        {"anyOf": [{"const": 0}, {"type": "string", "pattern": pattern(DURATION_UNITS)}]},
        {"type": "number", "minimum": 0, "maximum": 1000},
    ],
    "minItems": 2,
    "maxItems": 2,
}
Profile = Annotated[
    tuple[tuple[int, float], ...],
    Leaf(
        _profile,
        {"type": "array", "items": _PAIR, "minItems": 1},
        "array of [duration, number]",
        "times ascending; factors 0 to 1000",
        lambda value: "",
    ),
]


class Stream(Table):
    """The events that each agent of a class creates on one stream."""

    rate: Rate = key(_NONE, "poisson, constant: mean rate of events per agent.", "none: must be given")
    process: Annotated[str, choice(PROCESS_WORDS)] = key(
        "poisson", "How events come: at random, in equal gaps, or one after another (closed)."
    )
    size: Bytes | None = key(None, "Body bytes of one event.")
    phase: Duration = key(-1, "constant: when the first event is.", "at random within one gap, per agent")
    profile: Profile = key((), "poisson, constant: from each time on, the rate is multiplied by the factor.")
    think: Time | None = key(None, "closed: time from the settling of an event to the next event.")


class Class(Table):
    """Agents that are alike."""

    name: Name = key("all", "Name of the class, used in metrics and by --set; no two are alike.")
    share: PositiveShare = key(_NONE, "Part of the fleet; one class may leave it out.", "what is left")
    network: Name = key(NO_NETWORK, 'Which [network.NAME] its agents use; "none": no delay, no limit.')
    credentials: Annotated[str, choice(("valid", "invalid"))] = key(
        "valid", "invalid: the server refuses these agents."
    )
    stateless: Stream | None = key(None, "Events that may be lost (monitoring data).")
    stateful: Stream | None = key(None, "Events that must arrive (inventory, state).")


class Fleet(Table):
    """How many agents of which classes there are, and how they are at time zero."""

    agents: Annotated[int, whole(1, 100_000_000)] = key(1000, "Number of agents.")
    start: Annotated[str, choice(STARTS)] = key(
        "steady", "State at time 0: long running, all without token and connection, or coming one by one."
    )
    ramp: PositiveDuration = key(0, 'start = "ramp": the time over which agents begin, uniformly.')
    mix: Annotated[str, text("a fleet's name or path", 200)] = key(
        "", "A fleet of the catalogue (or a file) that gives the classes unless they are given here."
    )
    classes: tuple[Class, ...] = Field(
        default=(), alias="class", description="[[fleet.class]], one table per class."
    )


class Network(Table):
    """The way between agents and servers."""

    delay: Time | None = key(None, "One-way delay of a message.")
    bandwidth: Bandwidth = key(_NONE, "Limit per agent and direction.")
    loss: Loss = key(_NONE, "Messages that are lost, and sent again after 200 ms, 400 ms, ...")
