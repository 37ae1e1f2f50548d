"""The whole scenario file, and the files that it may name: fleets and cost cards."""

from fractions import Fraction
from typing import Annotated, Any

from pydantic import Field

from wavetank.policy.registry import FAULT_KINDS
from wavetank.scenario.schema.agent import Auth, Batching, Commands, Connection, Heartbeat, Retries, Wire
from wavetank.scenario.schema.base import Table, key, required
from wavetank.scenario.schema.fleet import Class, Fleet, Network
from wavetank.scenario.schema.leaf import (
    Duration,
    Leaf,
    Misfit,
    Name,
    PositiveDuration,
    PositiveShare,
    choice,
    number,
    shown,
    text,
    whole,
)
from wavetank.scenario.schema.server import Balancer, Server, Service, Sign, Store
from wavetank.units import MINUTE

_NONE = Fraction(0)


def _sources(value: object) -> object:
    """{key path: source}, whether written "a.b" = "..." or a.b = "..."."""
    flat: dict[str, str] = {}

    def walk(table: object, path: tuple[str, ...]) -> None:
        if isinstance(table, dict):
            for name, inner in table.items():
                walk(inner, (*path, name))
        elif isinstance(table, str) and table and path:
            flat[".".join(path)] = table
        else:
            raise Misfit(f"{shown(table)} names no source; write text in quotes", *path)

    if not isinstance(value, dict):
        raise Misfit(f"{shown(value)} is not a table; write [sources]")
    walk(value, ())
    return flat


def _objectives(value: object) -> object:
    """((metric words, label or "", value as written), ...); their meaning is checked later."""
    if not isinstance(value, dict):
        raise Misfit(f'{shown(value)} is not a table; write [slo] and below it event_latency_p99 = "30s"')
    return value


Sources = Annotated[
    dict[str, str],
    Leaf(_sources, {"type": "object"}, "text per key", "any key path", lambda value: ""),
]
Objectives = Annotated[
    dict[str, Any],
    Leaf(
        _objectives,
        {"type": "object", "additionalProperties": True},
        "the metric's",
        "upper bounds; metrics without their unit, as event_latency_p99, or a window of them",
        lambda value: "",
    ),
]


class Fault(Table):
    """Something that goes wrong."""

    kind: Annotated[str, choice(FAULT_KINDS)] = required("What goes wrong.")
    at: Duration = required("When it begins.")
    node: Annotated[int, whole(0, 9_999)] = key(
        -1, "node-restart, node-loss, brown-out: which node, from 0.", "brown-out: all; else none"
    )
    down: PositiveDuration = key(0, "node-restart: how long the node is down.")
    lasts: PositiveDuration = key(0, "node-loss, brown-out: how long it lasts.")
    share: PositiveShare = key(_NONE, "invalid-credentials: part of the fleet that is struck.")
    factor: Annotated[float, number(0.001, 1_000_000)] = key(
        0.0, "brown-out: service times of jobs that start in it are multiplied by this."
    )


_NAME = Annotated[str, text("a name", 200)]
_TEXT = Annotated[str, text("a description", 10_000)]


class Spec(Table):
    """A scenario: one question to the tank."""

    name: _NAME = key(
        "", "Title of the scenario; {agents} in it stands for the size of the fleet.", "the file's name"
    )
    description: _TEXT = key("", "What it is about.")
    extends: Annotated[str, text("a scenario's name or path", 200)] = key(
        "", "A scenario of the catalogue, or a path from this file, whose keys this one changes."
    )
    duration: PositiveDuration = key(10 * MINUTE, "Simulated time.")
    warmup: Duration = key(0, "Time at the beginning that rates and latencies leave out.")
    seed: Annotated[int, whole(0, 2**63 - 1)] = key(1, "Seed of all random numbers.")
    sources: Sources = key({}, "Where the numbers come from, per key.")
    fleet: Fleet = key(Fleet(), "The agents.")
    auth: Auth = key(Auth(), "How agents authenticate.")
    heartbeat: Heartbeat = key(Heartbeat(), "Sign of life.")
    batching: Batching = key(Batching(), "How events are gathered into requests.")
    connection: Connection = key(Connection(), "How connections are used.")
    commands: Commands = key(Commands(), "How commands reach agents.")
    retry: Retries = key(Retries(), "Time-outs and retries.")
    network: dict[Name, Network] = key({}, "Named networks.")
    balancer: Balancer = key(Balancer(), "Which node a connection goes to.")
    server: Server = key(Server(), "The nodes.")
    store: Store = key(Store(), "Where events are committed.")
    fault: tuple[Fault, ...] = key((), "What goes wrong, one table each.")
    slo: Objectives = key({}, "What must hold: upper bounds on metrics.")


class FleetFile(Table):
    """A fleet of the catalogue."""

    name: _NAME = key("", "Title.")
    description: _TEXT = key("", "What it is.")
    sources: Sources = key({}, "Where the numbers come from, per key.")
    classes: tuple[Class, ...] = Field(default=(), alias="class", description="The classes.")
    network: dict[Name, Network] = key({}, "Networks that its classes use, unless the scenario has them.")


class Card(Table):
    """A cost card of the catalogue: what operations cost on one server or with one library."""

    name: _NAME = key("", "Title.")
    description: _TEXT = key("", "What was measured, where and how.")
    sources: Sources = key({}, "Where the numbers come from, per key.")
    service: Service = key(Service(), "CPU time per operation.")
    sign: dict[Name, Sign] = key({}, "CPU time of signing a token, per algorithm.")
    wire: Wire = key(Wire(), "Bytes per message and handshake.")
