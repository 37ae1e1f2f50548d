"""Which node a new connection goes to, and what is known of the nodes' health."""

from __future__ import annotations

from wavetank.engines.compiled.calendar import push
from wavetank.engines.compiled.layouts import Node
from wavetank.engines.compiled.memory import store, word
from wavetank.engines.compiled.nodes import node_of
from wavetank.engines.compiled.pools import order_high
from wavetank.engines.compiled.units import kernel, unit
from wavetank.engines.compiled.world import World
from wavetank.policy.balancing import choose, less_busy, rival
from wavetank.policy.codes import Purpose
from wavetank.policy.keyed import draw, key_of
from wavetank.protocol.order import Kind


@kernel
def choose_node(w: World, agent: int, stream: int, request: int, attempt: int) -> Node:
    """The node for a connection made by this attempt of a request."""
    if w.alive_count == 1:
        return node_of(w, word(w.alive))
    return balance(w, agent, stream, request, attempt)


@unit("balancer")
def balance(w: World, agent: int, stream: int, request: int, attempt: int) -> Node:
    """One of several living nodes, by the policy."""
    bits = draw(key_of(w.seed, agent, stream, Purpose.BALANCER), request, attempt)
    first = choose(w.balancer.policy, agent, w.turn, bits, w.alive_count)
    second = rival(w.balancer.policy, first, bits, w.alive_count)
    w.turn += 1
    one, other = node_of(w, word(w.alive + 8 * first)), node_of(w, word(w.alive + 8 * second))
    return one if less_busy(first, second, one.connected, other.connected) == first else other


@kernel
def plan_health_tick(w: World) -> None:
    """The next look at the nodes' health."""
    at_ns = w.now + w.balancer.health_check_ns
    if w.balancer.health_check_ns and at_ns < w.horizon_ns:
        push(w, at_ns, order_high(Kind.HEALTH_TICK, -1, 0, 0), 0, 0)


@unit("balancer")
def health_tick(w: World) -> None:
    """The balancer notices which nodes are away; when all are, it takes them all for alive."""
    count = 0
    for index in range(w.server.nodes):
        node = node_of(w, index)
        if node.up and not node.silent:
            store(w.alive + 8 * count, index)
            count += 1
    if count == 0:
        for index in range(w.server.nodes):
            store(w.alive + 8 * index, index)
        count = w.server.nodes
    w.alive_count = count
    plan_health_tick(w)
