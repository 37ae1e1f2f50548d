"""The part of a design that is simulated: all of it, or fewer nodes with as many agents each.

Nodes behind a balancer are alike, so a design of many nodes may be simulated with a few of them and their
share of the agents. A fault of one node is then harder (`harder`).
"""

from typing import NamedTuple

from wavetank.errors import ScenarioError
from wavetank.policy.codes import FaultKind
from wavetank.scenario import Scenario
from wavetank.scenario.resolved import Resolved
from wavetank.studies import formatting
from wavetank.studies.sizing.conditions import FAULTS, NODE
from wavetank.studies.sizing.sought import Sought
from wavetank.units import format_duration

MOST_AGENTS = 10_000
"""A design with more agents is confirmed with fewer whole nodes, and then a few times as it is."""
FEWEST_NODES = 3
"""One big node is trapped where several recover, so a smaller design keeps at least three."""
OF_ONE_NODE = frozenset({FaultKind.NODE_LOSS, FaultKind.NODE_RESTART, FaultKind.BROWN_OUT})


class Shape(NamedTuple):
    """A design as it is simulated.

    Attributes
    ----------
    rank : int
        The rank of the design that it stands for.
    settings : tuple of str
        What is changed in the scenario.
    resolved : Resolved
        What engines see, with the objectives and faults of the scenario.
    """

    rank: int
    settings: tuple[str, ...]
    resolved: Resolved

    @property
    def text(self) -> str:
        """Its size in words."""
        server = self.resolved.server
        cores = formatting.many(server.cores, "core")
        return f"{formatting.many(self.resolved.agents, 'agent')} on {server.nodes:,} x {cores}"


class Shapes:
    """Makes and keeps the shapes of one scenario. To resolve a scenario takes as long as a short run."""

    def __init__(self, base: Scenario, sought: Sought, duration_ns: int) -> None:
        self._base, self._sought = base, sought
        self._duration = (f"duration={format_duration(duration_ns)}",)
        self._made: dict[tuple[str, ...], Resolved] = {}

    def full(self, rank: int) -> Shape:
        """Return a design as it is. Raises ScenarioError where the scenario does not allow it."""
        return self._shape(rank, self._sought.settings(rank))

    def confirming(self, rank: int, condition: str) -> Shape:
        """Return the shape with which a condition is confirmed: at most 10,000 agents, in whole nodes."""
        full = self.full(rank)
        nodes = full.resolved.server.nodes
        if full.resolved.agents <= MOST_AGENTS:
            return full
        fewer = max(FEWEST_NODES, MOST_AGENTS * nodes // full.resolved.agents)
        return self._smaller(full, condition, fewer, None)

    def screening(self, rank: int, condition: str) -> Shape:
        """Return the smallest shape at the same load of each core, for a first look."""
        full = self.full(rank)
        server = full.resolved.server
        cores = None if _is_limited(full.resolved) else 1
        if server.nodes < FEWEST_NODES:
            return full
        return self._smaller(full, condition, FEWEST_NODES, cores)

    def wide(self, rank: int, condition: str) -> Shape:
        """Return a design with all its nodes but one core on each: a lost node takes its true share along.

        Where no single node is struck, or nodes have limits of their own, it is the design as it is.
        """
        full = self.full(rank)
        server = full.resolved.server
        if server.cores == 1 or _is_limited(full.resolved) or not self.strikes_one(full, condition):
            return full
        return self._smaller(full, condition, server.nodes, 1)

    def strikes_one(self, shape: Shape, condition: str) -> bool:
        """Return whether a condition takes one node away, or slows it.

        With fewer nodes its share is greater. Such a shape is harder than the design that it stands for:
        where it holds that is enough, where it fails the design is asked with all its nodes.
        """
        return condition == NODE or (condition == FAULTS and _strikes_one(shape.resolved))

    def _smaller(self, full: Shape, condition: str, nodes: int, cores: int | None) -> Shape:
        """Fewer nodes, with as many agents for each core; where one node is struck, for each that is left."""
        resolved, server = full.resolved, full.resolved.server
        nodes = max([nodes, *(fault.node + 1 for fault in resolved.faults if condition == FAULTS)])
        if nodes >= server.nodes and cores is None:
            return full
        nodes = min(nodes, server.nodes)
        # with a node away the load of those that are left is the same
        away = 1 if self.strikes_one(full, condition) else 0
        if resolved.store.parallelism or server.nodes <= away:
            return full
        part = (nodes - away) / (server.nodes - away) * ((cores or server.cores) / server.cores)
        agents = max(1, round(resolved.agents * part))
        texts = [f"server.nodes={nodes}", f"fleet.agents={agents}"]
        if cores is not None:
            texts.append(f"server.cores={cores}")
        try:
            return self._shape(full.rank, (*full.settings, *texts))
        except ScenarioError:
            return full  # classes that do not fit into so few agents

    def _shape(self, rank: int, settings: tuple[str, ...]) -> Shape:
        if settings not in self._made:
            self._made[settings] = self._base.but(*self._duration, *settings).resolve()
        return Shape(rank, settings, self._made[settings])


def harder(shape: Shape, wide: Shape) -> bool:
    """Return whether a shape has fewer nodes than the design, so that a lost one takes more along."""
    return shape.resolved.server.nodes < wide.resolved.server.nodes


def _strikes_one(resolved: Resolved) -> bool:
    return any(fault.kind in OF_ONE_NODE and fault.node >= 0 for fault in resolved.faults)


def _is_limited(resolved: Resolved) -> bool:
    """Whether a node has limits or workers that do not shrink with its cores."""
    server = resolved.server
    limits = server.limits
    values = (limits.connections.value, limits.in_flight.value, limits.in_flight_bytes.value)
    rates = (limits.connect_rate, limits.request_rate, limits.login_rate)
    limited = any(values) or any(rate.interval_ns for rate in rates) or limits.bandwidth_bytes_per_s > 0
    return limited or server.workers < server.cores or server.blocking or limits.accept_queue > 0
