"""From which agents the server has heard no heartbeat for too long.

An agent is silent from the instant on at which its last heartbeat is too old, not from when somebody
looks. Agents that have left the run are never silent. Rule: docs/model.md#signals.
"""

from collections import OrderedDict
from collections.abc import Callable

from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.gauge import Gauge
from wavetank.engines.reference.parts import Agent
from wavetank.protocol.server import UNHEARD
from wavetank.results.judge.sample import Level
from wavetank.scenario.resolved import Heartbeat

PERIODS = 2
"""An agent is silent once it missed this many heartbeats."""


class Silence:
    """When each agent was last heard, oldest first. An agent that was not heard counts from when it began."""

    def __init__(self, heartbeat: Heartbeat, clock: Clock, last_beat_ns: Callable[[Agent], int]) -> None:
        """`last_beat_ns` says when an agent was last heard before the run, or UNHEARD."""
        self._clock = clock
        self._last_beat_ns = last_beat_ns
        self._after_ns = max(PERIODS * heartbeat.period_ns, heartbeat.offline_after_ns)
        self._level = Gauge()
        self._last_ns: OrderedDict[int, int] = OrderedDict()
        self._silent: set[int] = set()

    def join(self, agents: list[Agent]) -> None:
        """Note when each agent was last heard before the run, or that it begins now."""
        last_ns = ((self._last_beat_ns(agent), agent.index) for agent in agents if agent.started)
        for at_ns, agent in sorted((0 if at_ns == UNHEARD else at_ns, agent) for at_ns, agent in last_ns):
            self._last_ns[agent] = at_ns

    def heard(self, agent: Agent) -> None:
        """The server hears an agent, or the agent begins."""
        if agent.left:
            return
        self._catch_up()
        now, index = self._clock.ns, agent.index
        if index in self._silent:
            self._silent.remove(index)
            self._level.change(-1, now)
        self._last_ns[index] = now
        self._last_ns.move_to_end(index)

    def _catch_up(self) -> None:
        """Take in who fell silent since the last look, each at its own instant."""
        last_ns, before_ns = self._last_ns, self._clock.ns - self._after_ns
        while last_ns and next(iter(last_ns.values())) < before_ns:
            agent, at_ns = last_ns.popitem(last=False)
            self._silent.add(agent)
            self._level.change(1, at_ns + self._after_ns)

    def leave(self, agent: Agent) -> None:
        """An agent has left: its silence counts no more, and never did."""
        self._last_ns.pop(agent.index, None)
        if agent.index in self._silent:
            self._silent.remove(agent.index)
            self._level.value -= 1

    def take(self) -> Level:
        """Return how many agents are silent now."""
        self._catch_up()
        return self._level.take(self._clock.ns)


__all__ = ["Silence"]
