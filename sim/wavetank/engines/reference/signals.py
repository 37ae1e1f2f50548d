"""Signals for a judge during the run: counts and levels, kept at each change, read by `sample`.

Reading changes nothing in the run. Without a judge there is no such object, and nothing is kept. The judge
of results/judge reads them at the instants of its grid.
"""

from collections.abc import Callable, Sequence

from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.gauge import Gauge
from wavetank.engines.reference.measure import Measure
from wavetank.engines.reference.needs import NO_TOKEN_STATES, Needs
from wavetank.engines.reference.outstanding import Outstanding
from wavetank.engines.reference.parts import Agent, AgentStream
from wavetank.engines.reference.silence import Silence
from wavetank.engines.reference.tokens import Tokens
from wavetank.policy.codes import EVENT_STREAMS
from wavetank.protocol.server import Authority
from wavetank.results.judge.grid import grid_of
from wavetank.results.judge.sample import NO_TOKEN, NOT_COUNTED, Level, Sample
from wavetank.scenario.resolved import Resolved


class Signals:
    """The figures of samples, without the agents that have left."""

    def __init__(
        self, resolved: Resolved, clock: Clock, measure: Measure, tokens: Tokens, authority: Authority, *,
        patience_ns: Sequence[int], created: Callable[[AgentStream, int], int],
        holds: Callable[[Agent], bool], last_beat_ns: Callable[[Agent], int],
    ) -> None:  # fmt: skip
        """`created` says how many events a stream has up to an instant, `holds` whether a node holds a poll
        of an agent, `last_beat_ns` when one was last heard before the run, or UNHEARD.
        """
        self._clock = clock
        self._measure = measure
        self._tokens = tokens
        self._authority = authority
        self._events_created = created
        self.needs = Needs(resolved, clock, tokens.needed, patience_ns, holds)
        beats = resolved.heartbeat
        self.silence = Silence(beats, clock, last_beat_ns) if beats.period_ns else None
        self.commands = Outstanding(clock, resolved.agents, grid_of(resolved).stale_ns)
        self._agents: list[Agent] = []
        self._waiting = measure.waiting_gauge = Gauge()
        self._settled = Gauge()
        self._thought = Gauge()
        self._acknowledged = 0
        self._dropped = 0
        self._offline = 0
        self._renewed: list[int] = []

    def join(self, agents: list[Agent]) -> None:
        """Look at the fleet as it begins."""
        self._agents = agents
        for agent in agents:
            self.needs.look(agent)
        if self.silence is not None:
            self.silence.join(agents)

    # ---- what happens -----------------------------------------------------------------------

    def begins(self, agent: Agent) -> None:
        """An agent begins after the run did."""
        if self.silence is not None:
            self.silence.heard(agent)

    def acknowledged(self, flow: AgentStream, events: int) -> None:
        """Events were acknowledged to their agent."""
        if not flow.agent.left:
            self._acknowledged += events
            self._settled.change(events, self._clock.ns)

    def dropped(self, flow: AgentStream, events: int) -> None:
        """Events were given up."""
        flow.dropped += events
        if not flow.agent.left:
            self._dropped += events
            self._settled.change(events, self._clock.ns)

    def thought(self, flow: AgentStream) -> None:
        """A closed stream's think time is over."""
        if not flow.agent.left:
            self._thought.change(1, self._clock.ns)

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
        now = self._clock.ns
        measure = self._measure
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
            waiting=self._waiting.take(now),
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
        staying = [agent for agent in self._agents if agent.started and not agent.left]
        flows = [agent.flows[stream] for agent in staying for stream in EVENT_STREAMS]
        created = self._events_created
        return sum([created(flow, until_ns) - flow.origin for flow in flows if flow is not None])

    def invalid_tokens(self) -> int:
        """Return how many begun agents have no token that the server would accept now."""
        if not self._tokens.needed:
            return 0
        return sum(agent.started and not agent.left and not self._accepted(agent) for agent in self._agents)

    def _accepted(self, agent: Agent) -> bool:
        generation, expires_ns = self._tokens.carried(agent)
        known = generation >= self._authority.oldest
        return agent.session.state not in NO_TOKEN_STATES and known and self._clock.ns < expires_ns

    def offline_agents(self) -> tuple[int, ...]:
        """Return the agents that are offline, in order."""
        return tuple(agent.index for agent in self._agents if agent.offline and not agent.left)

    # ---- leaving ----------------------------------------------------------------------------

    def leave(self, agents: Sequence[int]) -> None:
        """Count these agents no more: their part of every figure is taken out, as if it never was."""
        for agent in (self._agents[index] for index in agents):
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
