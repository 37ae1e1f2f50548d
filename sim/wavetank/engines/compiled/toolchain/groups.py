"""Which groups of entries a scenario needs. What is not needed is not compiled, for a short cold start.

Entries of a group that is off lead to one that notes the mistake, so a wrong guess here stops a run
instead of changing it.
"""

from collections.abc import Iterator
from typing import Any

from wavetank.policy.choices import names_all
from wavetank.policy.codes import (
    AuthScheme,
    Channel,
    FaultKind,
    ProcessKind,
    StartKind,
    Strategy,
    Stream,
    Tls,
)
from wavetank.policy.laws import FIXED_LAWS, Law
from wavetank.protocol.waits import patience_of
from wavetank.scenario.resolved import Resolved

names_all(__name__, ProcessKind, "NONE POISSON CONSTANT CLOSED")


def needed(resolved: Resolved, traced: bool, judged: bool = False) -> frozenset[str]:
    """The groups of entries that a run may call; `judged`: one that is to be sampled."""
    parts = (_fleet, _requests, _servers, _events)
    wanted = {name for part in parts for name, so in part(resolved).items() if so}
    more = {"trace": traced, "judged": judged}
    return frozenset({"core", "always", *wanted, *(name for name, so in more.items() if so)})


def _laws(value: Any) -> Iterator[Law]:
    """All laws within a structure."""
    if isinstance(value, Law):
        yield value
    elif isinstance(value, tuple):
        for inner in value:
            if isinstance(inner, tuple):
                yield from _laws(inner)


def _fleet(r: Resolved) -> dict[str, bool]:
    kinds = {fault.kind for fault in r.faults}
    return {
        "loss": any(network.loss for network in r.networks),
        "laws": any(law.kind not in FIXED_LAWS for law in _laws(r)),
        "steady": r.start == StartKind.STEADY,
        "cold": r.start != StartKind.STEADY or FaultKind.COLD_START in kinds,
        "faults": bool(r.faults),
        "token": r.auth.scheme == AuthScheme.SERVER_TOKEN,
        "heartbeat": bool(r.heartbeat.period_ns),
        "channels": r.commands.channel != Channel.NONE or r.commands.source.kind != ProcessKind.NONE,
    }


def _requests(r: Resolved) -> dict[str, bool]:
    routes = any(r.server.route_timeout_ns)
    return {
        "tls": r.connection.tls != Tls.NONE,
        "idle": r.connection.strategy == Strategy.KEEP_ALIVE or bool(r.server.idle_ns),
        "route": routes,
        "deadlines": routes or any(patience_of(r.retry, r.commands).ns) or bool(r.commands.server_hold_ns),
    }


def _servers(r: Resolved) -> dict[str, bool]:
    return {
        "balancer": r.server.nodes > 1 or bool(r.balancer.health_check_ns),
        "store": bool(r.store.parallelism),
    }


def _events(r: Resolved) -> dict[str, bool]:
    sources = [source for kind in r.classes for source in (kind.stateless, kind.stateful)]
    return {
        "arrivals": any(source.kind in (ProcessKind.POISSON, ProcessKind.CONSTANT) for source in sources),
        "bytes": any(batching.bytes for batching in r.batching),
        "overflow": any(batching.buffer_events for batching in r.batching),
        "given back": bool(r.retry[Stream.STATEFUL].attempts),
    }
