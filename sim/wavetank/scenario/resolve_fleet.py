"""Exact agents per class, their sources of events, and their networks."""

from fractions import Fraction

from wavetank.policy.arrivals import NO_SOURCE, Source
from wavetank.policy.laws import NO_LAW
from wavetank.policy.registry import PROCESSES
from wavetank.policy.shares import largest_remainder
from wavetank.scenario.positions import Path
from wavetank.scenario.resolve_laws import Laws
from wavetank.scenario.resolved import FleetClass, Network
from wavetank.scenario.schema.fleet import NO_NETWORK, Class, Stream
from wavetank.scenario.schema.top import Spec


def classes_of(spec: Spec, laws: Laws) -> tuple[FleetClass, ...]:
    """The classes with contiguous agents; a fleet without classes is one that creates no events."""
    kinds = spec.fleet.classes or (Class(name="all"),)
    left = 1 - sum((kind.share for kind in kinds), Fraction(0))
    weights = tuple(float(kind.share or left) for kind in kinds)
    networks = network_names(spec)
    classes: list[FleetClass] = []
    first = 0
    for index, (kind, agents) in enumerate(
        zip(kinds, largest_remainder(spec.fleet.agents, weights), strict=True)
    ):
        path: Path = ("fleet", "class", index)
        classes.append(
            FleetClass(
                name=kind.name,
                first=first,
                agents=agents,
                network=networks.index(kind.network),
                invalid_credentials=kind.credentials == "invalid",
                stateless=_source(kind.stateless, laws, (*path, "stateless")),
                stateful=_source(kind.stateful, laws, (*path, "stateful")),
            )
        )
        first += agents
    return tuple(classes)


def network_names(spec: Spec) -> tuple[str, ...]:
    """The networks in their order; the last is the absent one."""
    return (*spec.network, NO_NETWORK)


def networks_of(spec: Spec, laws: Laws) -> tuple[Network, ...]:
    """The named networks and the one without delay, limit and loss."""
    named = [
        Network(name, laws.law(net.delay, ("network", name, "delay")), float(net.bandwidth), float(net.loss))
        for name, net in spec.network.items()
    ]
    return (*named, Network(NO_NETWORK, NO_LAW, 0.0, 0.0))


def _source(stream: Stream | None, laws: Laws, path: Path) -> Source:
    if stream is None:
        return NO_SOURCE
    return laws.source(
        PROCESSES[stream.process],
        stream.rate,
        stream.profile,
        laws.law(stream.think, (*path, "think")),
        laws.law(stream.size, (*path, "size")),
        stream.phase,
    )
