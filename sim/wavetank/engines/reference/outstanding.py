"""The commands that are created and not yet delivered, and which of them are stale.

A command counts from its creation to its delivery, and is stale once it has waited for longer than the
judge's bound. Those of agents that have left the run do not count. Rule: docs/model.md#signals.
"""

from collections import deque

from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.gauge import Gauge
from wavetank.engines.reference.parts import Agent
from wavetank.results.judge.sample import Level


class Outstanding:
    """Commands by agent: the k-th created is the k-th delivered. `_aged` of them were created long ago."""

    def __init__(self, clock: Clock, agents: int, stale_ns: int) -> None:
        self._clock = clock
        self._stale_ns = stale_ns
        self._level = Gauge()
        self._created = [0] * agents
        self._delivered = [0] * agents
        self._aged = [0] * agents
        self._queue: deque[tuple[int, Agent]] = deque()
        self._stale = 0

    def created(self, agent: Agent) -> None:
        """A command for an agent is created."""
        if not agent.left:
            self._created[agent.index] += 1
            self._queue.append((self._clock.ns, agent))
            self._level.change(1, self._clock.ns)

    def delivered(self, agent: Agent, commands: int) -> None:
        """The oldest commands of an agent have reached it."""
        if not agent.left:
            before = self._delivered[agent.index]
            self._delivered[agent.index] = before + commands
            self._stale -= max(0, min(self._aged[agent.index] - before, commands))
            self._level.change(-commands, self._clock.ns)

    def leave(self, agent: Agent) -> None:
        """An agent has left: its commands count no more, and never did."""
        delivered = self._delivered[agent.index]
        self._level.value -= self._created[agent.index] - delivered
        self._stale -= max(0, self._aged[agent.index] - delivered)

    def take(self) -> tuple[Level, int]:
        """Return how many commands are outstanding now, and how many of them are stale."""
        queue, now = self._queue, self._clock.ns
        while queue and queue[0][0] < now - self._stale_ns:
            agent = queue.popleft()[1]
            if not agent.left:
                self._aged[agent.index] += 1
                self._stale += self._aged[agent.index] > self._delivered[agent.index]
        return self._level.take(now), self._stale


__all__ = ["Outstanding"]
