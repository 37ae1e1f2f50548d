"""Faults: how each begins and ends. One function per kind of fault, and one line in `begin_fault`.

Faults begin and end before anything else that happens in the same instant. What a fault does to a node is
in node.py, what it does to agents in startup.py. Rules: docs/model.md#node-faults, #invalid-credentials
and #cold-start-fault. Its twin is engines/reference/faults.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import push
from wavetank.engines.compiled.containers.order import order_high
from wavetank.engines.compiled.model.channels import holds_died
from wavetank.engines.compiled.model.closing import reset_connection
from wavetank.engines.compiled.model.lifetimes import drop_connection
from wavetank.engines.compiled.model.node import die, node_of
from wavetank.engines.compiled.model.parts import (
    FAULT_BYTES,
    Connection,
    FaultPlan,
    Node,
    fault_at,
)
from wavetank.engines.compiled.model.startup import begin_again
from wavetank.engines.compiled.model.store import lose_batches
from wavetank.engines.compiled.model.wave import strike
from wavetank.engines.compiled.model.world import NO_BRANCH, World, agent_number
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.policy.choices import names_all
from wavetank.policy.codes import Channel, FaultKind
from wavetank.protocol.order import Kind

names_all(__name__, FaultKind, "NODE_RESTART NODE_LOSS KEY_ROTATION INVALID_CREDENTIALS BROWN_OUT COLD_START")


@kernel
def fault_of(w: World, index: int) -> FaultPlan:
    """A fault by its number."""
    return fault_at(w.faults + FAULT_BYTES * index)


@entry("faults")
def plan_faults(w: World) -> None:
    """Let every fault of the scenario begin, and end, at its time."""
    for index in range(w.fault_count):
        fault = fault_of(w, index)
        push(w, fault.at_ns, order_high(Kind.FAULT_BEGINS, -1, 0, index), 0, 0)
        kind = fault.kind
        ends = kind == FaultKind.NODE_RESTART or kind == FaultKind.NODE_LOSS or kind == FaultKind.BROWN_OUT
        if ends and fault.at_ns + fault.lasts_ns < w.horizon_ns:
            push(w, fault.at_ns + fault.lasts_ns, order_high(Kind.FAULT_ENDS, -1, 0, index), 0, 0)


@entry("faults")
def begin_fault(w: World, index: int) -> None:
    """A fault begins."""
    strike(w)
    fault = fault_of(w, index)
    kind = fault.kind
    if kind == FaultKind.NODE_RESTART or kind == FaultKind.NODE_LOSS:
        for number in range(w.server.nodes):
            if fault.node < 0 or fault.node == number:
                go_down(w, node_of(w, number), kind == FaultKind.NODE_RESTART)
    elif kind == FaultKind.KEY_ROTATION:
        w.generation += 1
    elif kind == FaultKind.INVALID_CREDENTIALS:
        for i in range(len(fault.struck)):
            agent_number(w, fault.struck[i]).invalid = 1
    elif kind == FaultKind.BROWN_OUT:
        for number in range(w.server.nodes):
            if fault.node < 0 or fault.node == number:
                node_of(w, number).factor *= fault.factor
    elif kind == FaultKind.COLD_START:
        cold_start(w)
    else:
        w.error = NO_BRANCH


@entry("faults")
def end_fault(w: World, index: int) -> None:
    """A fault is over."""
    fault = fault_of(w, index)
    for number in range(w.server.nodes):
        if fault.node < 0 or fault.node == number:
            node = node_of(w, number)
            if fault.kind == FaultKind.NODE_RESTART:
                node.up = 1
            elif fault.kind == FaultKind.NODE_LOSS:
                node.silent = 0
            elif fault.kind == FaultKind.BROWN_OUT:
                fast_again(w, node, index)
            else:
                w.error = NO_BRANCH


@kernel
def kill(w: World, node: Node) -> Connection:
    """All that a node has in memory is lost; returns the connections that it had."""
    cut = die(w, node)
    if w.command_plan.channel == Channel.LONG_POLL:
        holds_died(w, node)
    lose_batches(w, node)
    return cut


@kernel
def go_down(w: World, node: Node, resets: bool) -> None:
    """A restart: connections are reset, new ones refused until it is back. A loss: silence."""
    if node.up and not node.silent:
        node.gone_ns = w.now
    if resets:
        node.up = 0
    else:
        node.silent = 1
    cut_off(w, kill(w, node), resets)


@entry("faults")
def cut_off(w: World, c: Connection, resets: int) -> None:
    """Reset or drop the connections of a failed node, so that their agents notice the fault."""
    while c:
        after = c.next_open
        if resets:
            reset_connection(w, c)
        else:
            drop_connection(w, c)
        c = after


@kernel
def fast_again(w: World, node: Node, index: int) -> None:
    """A brown-out is over; others may last."""
    factor = 1.0
    for number in range(w.fault_count):
        other = fault_of(w, number)
        lasts = other.at_ns <= w.now < other.at_ns + other.lasts_ns
        here = other.node < 0 or other.node == node.index
        if number != index and other.kind == FaultKind.BROWN_OUT and lasts and here:
            factor *= other.factor
    node.factor = factor


@kernel
def cold_start(w: World) -> None:
    """The whole site comes back at once: nodes without memory, agents without token or connection."""
    for number in range(w.server.nodes):
        cut_off(w, kill(w, node_of(w, number)), 0)
    for index in range(w.agent_count):
        agent = agent_number(w, index)
        if agent.started:
            begin_again(w, agent)
