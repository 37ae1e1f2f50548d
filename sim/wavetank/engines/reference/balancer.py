"""Which node a new connection goes to, and what is known of the nodes' health."""

from collections.abc import Sequence

from simpy.events import Event

from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.node import Node
from wavetank.engines.reference.parts import Attempt
from wavetank.policy.balancing import choose, less_busy, rival
from wavetank.policy.codes import Purpose
from wavetank.policy.keyed import draw, key_of
from wavetank.protocol.order import Kind
from wavetank.scenario.resolved import Resolved


class Balancer:
    """Decides per connection (layer 4). A node that is away is noticed at the next health tick."""

    def __init__(self, resolved: Resolved, clock: Clock, nodes: Sequence[Node], horizon_ns: int) -> None:
        self._plan = resolved.balancer
        self._seed = resolved.seed
        self._end_ns = horizon_ns
        self._clock = clock
        self._nodes = nodes
        self._alive = list(nodes)
        self._turn = 0
        if self._plan.health_check_ns:
            self._plan_tick()

    def _plan_tick(self) -> None:
        at_ns = self._clock.ns + self._plan.health_check_ns
        if at_ns < self._end_ns:
            self._clock.call(at_ns, (Kind.HEALTH_TICK, -1, 0, 0, 0, 0), self._tick)

    def _tick(self, _: Event) -> None:
        healthy = [node for node in self._nodes if node.up and not node.silent]
        self._alive = healthy or list(self._nodes)
        self._plan_tick()

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
