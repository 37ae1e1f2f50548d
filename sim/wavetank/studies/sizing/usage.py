"""How much of each resource a design uses, by closed form: what `size` begins with, and what binds.

A resource whose use reaches 1 is used up; no run can show otherwise. The search begins above such
designs, and the binding resource is read from the same figures.
"""

from collections.abc import Iterator
from math import inf
from typing import NamedTuple

from wavetank.policy.codes import AuthScheme, Channel, FaultKind, Stream
from wavetank.scenario.resolved import Resolved
from wavetank.studies.flows import polling_agents
from wavetank.studies.judge_plan import plan_of
from wavetank.studies.load import Load, is_closed, loads
from wavetank.studies.sizing.conditions import DAY, FAULTS, NODE

STORMS = frozenset({FaultKind.COLD_START, FaultKind.KEY_ROTATION})
"""Faults after which every agent logs in again."""


class Usage(NamedTuple):
    """The use of one resource under a condition: `share` of its capacity, from 1 on too much."""

    resource: str
    condition: str
    share: float


def usages(resolved: Resolved, within_s: float, conditions: tuple[str, ...]) -> list[Usage]:
    """Return how much a design uses of each resource that it has, under each condition.

    On an ordinary day that is the mean load over the capacity; with one node lost, over the capacity of the
    others. After a storm every agent's login comes on top, spread over the time `within_s` to be back.
    """
    return [usage for usage in _all(resolved, within_s) if usage.condition in conditions]


def _all(resolved: Resolved, within_s: float) -> Iterator[Usage]:
    mean, _ = loads(resolved)
    nodes = resolved.server.nodes
    spread = nodes / (nodes - 1) if nodes > 1 else inf
    storm = resolved.auth.scheme == AuthScheme.SERVER_TOKEN and any(
        fault.kind in STORMS for fault in resolved.faults
    )
    for resource in plan_of(resolved).resources:
        if not resource.capacity_per_s:
            continue
        used = 0.0 if resource.used == "busy" and is_closed(resolved) else _used(resource.used, mean)
        per_node = resource.name != "store"
        day = used / resource.capacity_per_s
        yield Usage(resource.name, DAY, day)
        yield Usage(resource.name, NODE, day * spread if per_node else day)
        if storm and resource.per_login:
            logins = resolved.agents * resource.per_login / within_s
            yield Usage(resource.name, FAULTS, (used + logins) / resource.capacity_per_s)
    yield from _held(resolved, spread)


def _used(kind: str, load: Load) -> float:
    if kind == "busy":
        return load.offered
    if kind == "logins":
        return load.requests_per_s(Stream.LOGIN)
    if kind == "requests":
        return load.requests_per_s()
    return load.connections_per_s if kind == "connects" else load.events_per_s


def _held(resolved: Resolved, spread: float) -> Iterator[Usage]:
    """Connections and workers that held polls keep."""
    held, server = polling_agents(resolved), resolved.server
    if not held:
        return
    room = {"connections": server.limits.connections.value, "in_flight": server.limits.in_flight.value}
    if server.blocking and resolved.commands.channel == Channel.LONG_POLL:
        room["workers"] = server.workers
    for name, limit in room.items():
        if limit:
            share = held / (server.nodes * limit)
            yield Usage(name, DAY, share)
            yield Usage(name, NODE, share * spread)


def fits(usages: list[Usage]) -> bool:
    """Return whether no resource is used up."""
    return all(usage.share < 1 for usage in usages)
