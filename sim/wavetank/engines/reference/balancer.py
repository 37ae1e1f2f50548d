"""Which node a new connection goes to, and what is known of the nodes' health.

A connection keeps its node for life. Without a balancer agent i goes to node i modulo nodes; with one,
only nodes believed alive are candidates, or all where none is. Rules: docs/model.md#balancer,
#no-balancer, #power-of-two and #health-checks.
"""

from collections.abc import Sequence
from functools import partial

from simpy.events import Event

from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.measure import Measure
from wavetank.engines.reference.node import Node
from wavetank.engines.reference.parts import Attempt
from wavetank.policy.balancing import choose, less_busy, rival
from wavetank.policy.codes import Purpose
from wavetank.policy.health import believed, first_check_ns, streak_after
from wavetank.policy.keyed import draw, key_of
from wavetank.protocol.order import Kind
from wavetank.scenario.resolved import Resolved


class Balancer:
    """Decides per connection (layer 4). Checks of each node notice that it is away, or back."""

    def __init__(
        self, resolved: Resolved, clock: Clock, nodes: Sequence[Node], measure: Measure, horizon_ns: int
    ) -> None:
        self._plan = resolved.balancer
        self._seed = resolved.seed
        self._end_ns = horizon_ns
        self._clock = clock
        self._nodes = nodes
        self._measure = measure
        self._in = [True] * len(nodes)
        self._streaks = [0] * len(nodes)
        self._alive = list(nodes)
        self._turn = 0
        if self._plan.health_check_ns:
            key = key_of(self._seed, -1, 0, Purpose.HEALTH_PHASE)
            for node in nodes:
                bits = draw(key, node.index, 0)
                self._plan_check(node, first_check_ns(self._plan.phase, self._plan.health_check_ns, bits))

    def _plan_check(self, node: Node, at_ns: int) -> None:
        if at_ns < self._end_ns:
            self._clock.call(at_ns, (Kind.HEALTH_TICK, -1, 0, node.index, 0, 0), partial(self._check, node))

    def _check(self, node: Node, _: Event) -> None:
        """Look at a node; enough checks in a row take it out, or bring it in."""
        index, healthy = node.index, node.up and not node.silent
        before = self._in[index]
        streak = streak_after(before, healthy, self._streaks[index])
        now_in = believed(before, streak, self._plan.fall, self._plan.rise)
        self._in[index], self._streaks[index] = now_in, streak if now_in == before else 0
        if now_in != before:
            if before:
                self._measure.node_taken_out(node.gone_ns)
            # when all are out, all are candidates
            self._alive = [peer for peer in self._nodes if self._in[peer.index]] or list(self._nodes)
        self._plan_check(node, self._clock.ns + self._plan.health_check_ns)

    def choose(self, attempt: Attempt) -> Node:
        """The node for the connection that `attempt` opens."""
        agent, stream, request, number = attempt.key
        return self.choose_for(agent, stream, request, number)

    def choose_for(self, agent: int, stream: int, request: int, attempt: int) -> Node:
        """The node for a connection made by this attempt of a request."""
        alive = self._alive
        if len(alive) == 1:
            return alive[0]
        bits = draw(key_of(self._seed, agent, stream, Purpose.BALANCER), request, attempt)
        first = choose(self._plan.policy, agent, self._turn, bits, len(alive))
        second = rival(self._plan.policy, first, bits, len(alive))
        self._turn += 1
        return alive[less_busy(first, second, len(alive[first].connections), len(alive[second].connections))]
