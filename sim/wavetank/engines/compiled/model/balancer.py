"""Which node a new connection goes to, and what is known of the nodes' health.

A connection keeps its node for life. Without a balancer agent i goes to node i modulo nodes; with one,
only nodes believed alive are candidates, or all where none is. Rules: docs/model.md#balancer,
#no-balancer, #power-of-two and #health-checks. Its twin is engines/reference/balancer.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import push
from wavetank.engines.compiled.containers.histogram import add
from wavetank.engines.compiled.containers.order import order_high
from wavetank.engines.compiled.model.node import node_of
from wavetank.engines.compiled.model.parts import Node
from wavetank.engines.compiled.model.world import NO_BRANCH, World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import store, word
from wavetank.policy.balancing import choose, less_busy, rival
from wavetank.policy.codes import Purpose
from wavetank.policy.health import believed, first_check_ns, streak_after
from wavetank.policy.keyed import draw, key_of
from wavetank.protocol.order import Kind


@entry("balancer")
def plan_health_checks(w: World) -> None:
    """The first look at each node's health."""
    key = key_of(w.seed, -1, 0, Purpose.HEALTH_PHASE)
    for index in range(w.server.nodes):
        bits = draw(key, index, 0)
        plan_health_check(w, index, first_check_ns(w.balancer.phase, w.balancer.health_check_ns, bits))


@kernel
def plan_health_check(w: World, index: int, at_ns: int) -> None:
    """A look at a node's health."""
    if at_ns < w.horizon_ns:
        push(w, at_ns, order_high(Kind.HEALTH_TICK, -1, 0, index), 0, 0)


@entry("balancer")
def health_check(w: World, index: int) -> None:
    """Look at a node; enough checks in a row take it out, or bring it in."""
    node = node_of(w, index)
    healthy = node.up != 0 and not node.silent
    before = not node.out
    node.streak = streak_after(before, healthy, node.streak)
    now_in = believed(before, node.streak, w.balancer.fall, w.balancer.rise)
    if now_in != before:
        node.streak = 0
        node.out = not now_in
        if before:
            add(w.node_detection, w.now - node.gone_ns)
        list_alive(w)
    plan_health_check(w, index, w.now + w.balancer.health_check_ns)


@kernel
def choose_node(w: World, agent: int, stream: int, request: int, attempt: int) -> Node:
    """The node for a connection made by this attempt of a request."""
    if w.alive_count == 1:
        return node_of(w, word(w.alive))
    return balance(w, agent, stream, request, attempt)


@entry("balancer")
def balance(w: World, agent: int, stream: int, request: int, attempt: int) -> Node:
    """One of several living nodes, by the policy."""
    bits = draw(key_of(w.seed, agent, stream, Purpose.BALANCER), request, attempt)
    first = choose(w.balancer.policy, agent, w.turn, bits, w.alive_count)
    if first < 0:
        w.error = NO_BRANCH
        first = 0
    second = rival(w.balancer.policy, first, bits, w.alive_count)
    w.turn += 1
    candidate, other = node_of(w, word(w.alive + 8 * first)), node_of(w, word(w.alive + 8 * second))
    return candidate if less_busy(first, second, candidate.connected, other.connected) == first else other


@kernel
def list_alive(w: World) -> None:
    """The nodes that are in; when none is, all are."""
    count = 0
    for index in range(w.server.nodes):
        if not node_of(w, index).out:
            store(w.alive + 8 * count, index)
            count += 1
    if count == 0:
        for index in range(w.server.nodes):
            store(w.alive + 8 * index, index)
        count = w.server.nodes
    w.alive_count = count
