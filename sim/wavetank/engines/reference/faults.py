"""Faults: how each begins and ends. One function per kind of fault.

Faults begin and end before anything else that happens in the same instant. What a fault does to a node is
in node.py, what it does to agents in startup.py. Rules: docs/model.md#node-faults, #invalid-credentials
and #cold-start-fault.
"""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from simpy.events import Event

from wavetank.engines.reference.channels import Channels
from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.node import Node
from wavetank.engines.reference.parts import Agent, Connection
from wavetank.engines.reference.startup import Start
from wavetank.engines.reference.store import Store
from wavetank.engines.reference.wave import Wave
from wavetank.policy.choices import names_all
from wavetank.policy.codes import FaultKind
from wavetank.policy.shares import affected_agents
from wavetank.protocol.order import Kind
from wavetank.protocol.server import Authority
from wavetank.scenario.resolved import Fault, Resolved

names_all(__name__, FaultKind, "NODE_RESTART NODE_LOSS KEY_ROTATION INVALID_CREDENTIALS BROWN_OUT COLD_START")


class Context(Protocol):
    """The parts of the run that faults affect."""

    resolved: Resolved
    horizon_ns: int
    clock: Clock
    nodes: list[Node]
    agents: list[Agent]
    store: Store
    authority: Authority
    channels: Channels
    start: Start
    wave: Wave

    def reset(self, connection: Connection, node: Node) -> None:
        """A dying node's system resets a connection."""
        ...


Begin = Callable[[Context, Fault, int], None]


def plan(w: Context) -> None:
    """Let every fault of the scenario begin, and end, at its time."""
    for index, fault in enumerate(w.resolved.faults):
        kind = FaultKind(fault.kind)
        w.clock.call(fault.at_ns, (Kind.FAULT_BEGINS, -1, 0, index, 0, 0), partial(_begin, w, fault, index))
        end_ns = fault.at_ns + fault.lasts_ns
        if kind in _END and end_ns < w.horizon_ns:
            order = (Kind.FAULT_ENDS, -1, 0, index, 0, 0)
            w.clock.call(end_ns, order, partial(_end, w, fault, index))


def _begin(w: Context, fault: Fault, index: int, _: Event) -> None:
    w.wave.fault()
    _BEGIN[FaultKind(fault.kind)](w, fault, index)


def _end(w: Context, fault: Fault, index: int, _: Event) -> None:
    _END[FaultKind(fault.kind)](w, fault, index)


def _nodes(w: Context, fault: Fault) -> list[Node]:
    return w.nodes if fault.node < 0 else [w.nodes[fault.node]]


def _kill(w: Context, node: Node) -> list[Connection]:
    cut = node.die()
    w.channels.node_died(node)
    w.store.lose(node.index)
    return cut


def _restart(w: Context, fault: Fault, index: int) -> None:
    """The node's process ends: its connections are reset, new ones refused until it is back."""
    for node in _nodes(w, fault):
        node.go_away(in_silence=False)
        for connection in _kill(w, node):
            w.reset(connection, node)


def _up_again(w: Context, fault: Fault, index: int) -> None:
    for node in _nodes(w, fault):
        node.up = True


def _loss(w: Context, fault: Fault, index: int) -> None:
    """The machine is gone: silence."""
    for node in _nodes(w, fault):
        node.go_away(in_silence=True)
        _kill(w, node)


def _found_again(w: Context, fault: Fault, index: int) -> None:
    for node in _nodes(w, fault):
        node.silent = False


def _rotate(w: Context, fault: Fault, index: int) -> None:
    """Another signing key: every token given so far is void."""
    w.authority.rotate()


def _invalidate(w: Context, fault: Fault, index: int) -> None:
    """The credentials of a share of the agents are accepted no more."""
    w.authority.invalid.update(affected_agents(w.resolved.seed, w.resolved.agents, fault.share, index))


def _slow(w: Context, fault: Fault, index: int) -> None:
    """Jobs that start from now on take longer."""
    for node in _nodes(w, fault):
        node.cores.factor *= fault.factor


def _fast_again(w: Context, fault: Fault, index: int) -> None:
    for node in _nodes(w, fault):
        others = [
            other.factor
            for other in w.resolved.faults
            if other is not fault
            and other.kind == FaultKind.BROWN_OUT
            and other.at_ns <= w.clock.ns < other.at_ns + other.lasts_ns
            and other.node in (-1, node.index)
        ]
        node.cores.factor = 1.0
        for factor in others:
            node.cores.factor *= factor


def _cold_start(w: Context, fault: Fault, index: int) -> None:
    """The whole site comes back at once: nodes without memory, agents without token or connection."""
    for node in w.nodes:
        _kill(w, node)
    for agent in w.agents:
        if agent.started:
            w.start.again(agent)


_BEGIN: dict[FaultKind, Begin] = {
    FaultKind.NODE_RESTART: _restart,
    FaultKind.NODE_LOSS: _loss,
    FaultKind.KEY_ROTATION: _rotate,
    FaultKind.INVALID_CREDENTIALS: _invalidate,
    FaultKind.BROWN_OUT: _slow,
    FaultKind.COLD_START: _cold_start,
}
_END: dict[FaultKind, Begin] = {
    FaultKind.NODE_RESTART: _up_again,
    FaultKind.NODE_LOSS: _found_again,
    FaultKind.BROWN_OUT: _fast_again,
}
HONOURED = frozenset(_BEGIN)
