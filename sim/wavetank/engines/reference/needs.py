"""Which agents have an unmet need, kept up to date at every change, so that a sample need not look for them.

Two things keep this exact. Changes within one instant are one change: a need that ends and begins again in
the same instant is unbroken, in whatever order the engine came by. And an attempt becomes a need by time
alone, when it has been open for a reach: before anything changes, `catch_up` takes the attempts that came to
that since the last change, each at its own instant.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence

from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.gauge import Gauge
from wavetank.engines.reference.parts import Agent, AgentStream, Attempt
from wavetank.engines.reference.wave import held
from wavetank.policy.choices import names_all
from wavetank.policy.codes import Channel
from wavetank.protocol.session import Exchange
from wavetank.protocol.tables import ExchangeState, TokenState
from wavetank.results.judge.grid import grid_of
from wavetank.results.judge.sample import Level
from wavetank.scenario.resolved import Resolved

names_all(__name__, ExchangeState, "NEW AWAITING_TOKEN IN_FLIGHT BACKING_OFF SETTLED")

NO_TOKEN_STATES = (TokenState.NONE, TokenState.LOGGING_IN, TokenState.LOGIN_WAIT, TokenState.DENIED)


class Needs:
    """The agents with an unmet need, and since when."""

    def __init__(
        self, resolved: Resolved, clock: Clock, logs_in: bool, patience_ns: Sequence[int],
        holds: Callable[[Agent], bool],
    ) -> None:  # fmt: skip
        """`logs_in`: agents need tokens; `patience_ns`: how long they wait for an answer, by stream (0: for
        ever); `holds` says whether a node holds a poll of an agent.
        """
        self._clock = clock
        self._holds = holds
        grid = grid_of(resolved)
        self._reach_ns = grid.reach_ns
        self._stale_ns = grid.stale_ns
        self._logs_in = logs_in
        self._long_polls = resolved.commands.channel == Channel.LONG_POLL
        self._watched = [not limit_ns or limit_ns > grid.reach_ns for limit_ns in patience_ns]
        self._open: deque[Attempt] = deque()
        self._level = Gauge()
        self._since: OrderedDict[int, int] = OrderedDict()
        self._stale: set[int] = set()
        self._met: set[int] = set()
        self._looked_ns = 0

    # ---- what happens -----------------------------------------------------------------------

    def look(self, agent: Agent) -> None:
        """Something has changed that may be a need of an agent, or may meet it."""
        self.catch_up()
        if agent.started and not agent.left and self._has_need(agent):
            self._begin(agent.index, self._looked_ns)
        elif agent.index in self._since or agent.index in self._stale:
            self._met.add(agent.index)

    def sent(self, attempt: Attempt) -> None:
        """An attempt begins, later than those before: a need once it has been open for too long."""
        if self._watched[attempt.flow.stream]:
            self._open.append(attempt)

    def ends(self, attempt: Attempt) -> None:
        """An attempt is about to end; it may have been open for too long by now."""
        if self._watched[attempt.flow.stream] and attempt.started_ns + self._reach_ns < self._clock.ns:
            self.catch_up()

    def catch_up(self) -> None:
        """Take in what time alone did since the last change. Comes before a hold begins or ends."""
        now = self._clock.ns
        if now != self._looked_ns:
            self._overdue(self._looked_ns + 1)
            self._settle()
            self._overdue(now)
            self._looked_ns = now

    # ---- what follows -----------------------------------------------------------------------

    def _overdue(self, before_ns: int) -> None:
        """Take the attempts that have been open for a reach before an instant."""
        queue = self._open
        while queue and queue[0].started_ns + self._reach_ns < before_ns:
            attempt = queue.popleft()
            if not attempt.over:
                attempt.overdue = True
                if attempt.hold is None and not attempt.flow.agent.left:
                    self._begin(attempt.flow.agent.index, max(0, attempt.started_ns + self._reach_ns))

    def _begin(self, agent: int, at_ns: int) -> None:
        if agent in self._met:
            self._met.remove(agent)
        elif agent not in self._since and agent not in self._stale:
            self._since[agent] = at_ns
            self._level.change(1, at_ns)

    def _settle(self) -> None:
        """The instant looked at last is over: the needs that were met in it have ended."""
        for agent in self._met:
            self._remove(agent)
            self._level.change(-1, self._looked_ns)
        self._met.clear()

    def _remove(self, agent: int) -> None:
        if agent in self._stale:
            self._stale.remove(agent)
        else:
            del self._since[agent]

    def leave(self, agent: Agent) -> None:
        """An agent has left: its need counts no more, and never did."""
        self._met.discard(agent.index)
        if agent.index in self._since or agent.index in self._stale:
            self._remove(agent.index)
            self._level.value -= 1

    def take(self) -> tuple[Level, int]:
        """Return how many agents have a need now, and how many of these needs are stale."""
        self.catch_up()
        now, since = self._looked_ns, self._since
        self._settle()
        while since and next(iter(since.values())) < now - self._stale_ns:
            self._stale.add(since.popitem(last=False)[0])
        return self._level.take(now), len(self._stale)

    # ---- what a need is ---------------------------------------------------------------------

    def _has_need(self, agent: Agent) -> bool:
        if self._logs_in and agent.session.state in NO_TOKEN_STATES:
            return True
        if self._long_polls and not self._holds(agent):
            return True
        for flow in agent.flows:
            if flow is None:
                continue
            if any(attempt.overdue and attempt.hold is None for attempt in flow.attempts):
                return True
            if any(_failed(flow, exchange) for exchange in flow.live):
                return True
        return False


def _failed(flow: AgentStream, exchange: Exchange) -> bool:
    """Whether an attempt of a request failed, and the request is not done; a held poll is well."""
    state = exchange.state
    if state == ExchangeState.IN_FLIGHT:
        return exchange.attempt > 0 and not held(flow)
    return state == ExchangeState.BACKING_OFF or (
        state == ExchangeState.AWAITING_TOKEN and exchange.attempt >= 0
    )


__all__ = ["Needs"]
