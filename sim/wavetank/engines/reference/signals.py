"""What a judge sees of a run while it goes on: counts and levels, kept at each change, read by `sample`.

Reading changes nothing in the run. Without a judge there is no such object, and nothing is kept.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wavetank.engines.reference.gauge import Gauge
from wavetank.engines.reference.needs import NO_TOKEN_STATES, Needs
from wavetank.engines.reference.outstanding import Outstanding
from wavetank.engines.reference.parts import Agent, Flow
from wavetank.engines.reference.silence import Silence
from wavetank.policy.codes import Stream
from wavetank.results.judge.grid import grid_of
from wavetank.results.judge.sample import NO_TOKEN, NOT_COUNTED, Level, Sample

if TYPE_CHECKING:
    from wavetank.engines.reference.world import World

EVENT_STREAMS = (Stream.STATELESS, Stream.STATEFUL)


class Signals:
    """The figures of samples, without the agents that have left."""

    def __init__(self, w: "World") -> None:
        self._w = w
        self.needs = Needs(w)
        self.silence = Silence(w) if w.resolved.heartbeat.period_ns else None
        self.commands = Outstanding(w.clock, w.resolved.agents, grid_of(w.resolved).stale_ns)
        self._settled = Gauge()
        self._thought = Gauge()
        self._acknowledged = 0
        self._dropped = 0
        self._offline = 0
        self._renewed: list[int] = []
        w.measure.waiting_gauge = Gauge()

    def join(self, agents: list[Agent]) -> None:
        """Look at the fleet as it begins."""
        for agent in agents:
            self.needs.look(agent)
        if self.silence is not None:
            self.silence.join(agents)

    # ---- what happens -----------------------------------------------------------------------

    def begins(self, agent: Agent) -> None:
        """An agent begins after the run did."""
        if self.silence is not None:
            self.silence.heard(agent)

    def acknowledged(self, flow: Flow, events: int) -> None:
        """Events were acknowledged to their agent."""
        if not flow.agent.left:
            self._acknowledged += events
            self._settled.change(events, self._w.clock.ns)

    def dropped(self, flow: Flow, events: int) -> None:
        """Events were given up."""
        flow.dropped += events
        if not flow.agent.left:
            self._dropped += events
            self._settled.change(events, self._w.clock.ns)

    def thought(self, flow: Flow) -> None:
        """A closed stream's think time is over."""
        if not flow.agent.left:
            self._thought.change(1, self._w.clock.ns)

    def login_begins(self, agent: Agent) -> None:
        """The first attempt of a login is sent."""
        self._renewed.append(agent.session.issued_ns if agent.session.serial else NO_TOKEN)

    def went_offline(self, agent: Agent, change: int) -> None:
        """An agent goes offline (+1) or begins anew (-1)."""
        if not agent.left:
            self._offline += change

    # ---- what is asked ----------------------------------------------------------------------

    def sample(self, count_created: bool) -> Sample:
        """Return the sample of now: everything that happened before this instant."""
        w, now = self._w, self._w.clock.ns
        measure = w.measure
        waiting = measure.waiting_gauge
        assert waiting is not None
        impaired, stale_needs = self.needs.take()
        outstanding, stale_commands = self.commands.take()
        renewed, self._renewed = tuple(self._renewed), []
        return Sample(
            at_ns=now,
            settled=self._settled.take(now),
            acknowledged=self._acknowledged,
            dropped=self._dropped,
            created=self._created(now - 1) if count_created else NOT_COUNTED,
            thought=self._thought.take(now),
            impaired=impaired,
            outstanding=outstanding,
            silent=self.silence.take() if self.silence is not None else Level(0),
            waiting=waiting.take(now),
            offline=self._offline,
            stale_needs=stale_needs,
            stale_commands=stale_commands,
            busy_ns=measure.busy_ns,
            logins=measure.logins,
            requests=sum(measure.tally.issued),
            connects=measure.connects,
            refused=tuple(measure.tally.causes),
            renewed=renewed,
        )

    def _created(self, until_ns: int) -> int:
        created = self._w.streams.created
        staying = [flow for flow in self._w.sampling.flows if flow.agent.started and not flow.agent.left]
        return sum([created(flow, until_ns) - flow.origin for flow in staying])

    def invalid_tokens(self) -> int:
        """Return how many begun agents have no token that the server would accept now."""
        w = self._w
        if not w.tokens.needed:
            return 0
        return sum(agent.started and not agent.left and not self._accepted(agent) for agent in w.agents)

    def _accepted(self, agent: Agent) -> bool:
        generation, expires_ns = self._w.tokens.carried(agent)
        known = generation >= self._w.authority.oldest
        return agent.session.state not in NO_TOKEN_STATES and known and self._w.clock.ns < expires_ns

    def offline_agents(self) -> tuple[int, ...]:
        """Return the agents that are offline, in order."""
        return tuple(agent.index for agent in self._w.agents if agent.offline and not agent.left)

    # ---- leaving ----------------------------------------------------------------------------

    def leave(self, agents: Sequence[int]) -> None:
        """Count these agents no more: their part of every figure is taken out, as if it never was."""
        for agent in (self._w.agents[index] for index in agents):
            if not agent.left:
                self._leave(agent)

    def _leave(self, agent: Agent) -> None:
        self.needs.leave(agent)
        self.commands.leave(agent)
        if self.silence is not None:
            self.silence.leave(agent)
        for flow in (agent.flows[stream] for stream in EVENT_STREAMS):
            if flow is not None:
                settled = flow.outbox.seen - flow.outbox.held - flow.origin
                self._settled.value -= settled
                self._dropped -= flow.dropped
                self._acknowledged -= settled - flow.dropped
                self._thought.value -= flow.created
        self._offline -= agent.offline
        agent.left = True


__all__ = ["Signals"]
