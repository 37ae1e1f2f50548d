"""The states of sampled agents over time, for the wave picture.

A run that goes on after its duration has more bins, of the same width. A bin shows the worst state that
falls into it. Rule: docs/model.md#wave-agents.
"""

from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.parts import Agent, AgentStream
from wavetank.policy.choices import names_all
from wavetank.policy.shares import spread
from wavetank.protocol.tables import ExchangeState, TokenState
from wavetank.results.states import CONNECTED, OFFLINE, RETRYING, WAITING, WAVE_BINS, WAVE_ROWS
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved

names_all(__name__, ExchangeState, "NEW AWAITING_TOKEN IN_FLIGHT BACKING_OFF SETTLED")
names_all(__name__, TokenState, "NONE LOGGING_IN LOGIN_WAIT VALID RENEWING RENEW_WAIT DENIED")


class Wave:
    """At most 2,000 agents, evenly chosen, by at most 1,000 bins to the duration; a bin shows its worst."""

    def __init__(self, resolved: Resolved, clock: Clock) -> None:
        self._clock = clock
        self._duration_ns = resolved.duration_ns
        self._bins = min(WAVE_BINS, max(1, resolved.duration_ns // 1_000_000))
        self._sampled = spread(resolved.agents, WAVE_ROWS)
        rows = len(self._sampled)
        self._rows: list[bytearray | None] = [None] * rows
        self._state = [CONNECTED] * rows
        self._filled = [0] * rows
        self._agents: list[Agent] = []
        self._expiry: list[int] | None = None

    def join(self, agents: list[Agent]) -> None:
        """Give the sampled agents their rows."""
        self._agents = [agents[index] for index in self._sampled]
        for row, agent in enumerate(self._agents):
            agent.wave_row = row
            self.look(agent)

    def look(self, agent: Agent) -> None:
        """Something happened to an agent: note its state when it has changed."""
        row = agent.wave_row
        if row < 0:
            return
        state = _state_of(agent)
        if state != self._state[row]:
            self._fill(row, self._clock.ns)
            self._state[row] = state
            here = self._bin(self._clock.ns)
            line = self._line(row, here + 1)
            if state > line[here]:
                line[here] = state

    def _bin(self, at_ns: int) -> int:
        return at_ns * self._bins // self._duration_ns

    def _fill(self, row: int, until_ns: int) -> None:
        """The state so far holds in every bin up to this instant."""
        end = self._bin(until_ns) + 1
        begin, state = self._filled[row], self._state[row]
        if state != CONNECTED:
            line = self._line(row, end)
            for index in range(begin, end):
                if state > line[index]:
                    line[index] = state
        self._filled[row] = max(begin, end - 1)

    def _line(self, row: int, bins: int) -> bytearray:
        """The row's bins, at least so many; made when the first of them is not CONNECTED."""
        line = self._rows[row]
        if line is None:
            line = self._rows[row] = bytearray(max(self._bins, bins))
        elif bins > len(line):
            line.extend(bytes(bins - len(line)))
        return line

    def fault(self) -> None:
        """A fault begins: the first one decides the order of the rows."""
        if self._expiry is None:
            self._expiry = [agent.session.expires_ns for agent in self._agents]

    def close(self, tally: Tally) -> None:
        """Hand over the rows, sorted by token expiry at the first fault."""
        end_ns = self._clock.ns
        for row in range(len(self._rows)):
            self._fill(row, end_ns - 1)
        self.fault()
        expiry = self._expiry or []
        order = sorted(range(len(self._rows)), key=lambda row: (expiry[row], row))
        bins = self._bin(end_ns - 1) + 1
        calm = bytes(bins)
        tally.states = [
            calm if (line := self._rows[row]) is None else bytes(line[:bins]).ljust(bins, b"\0")
            for row in order
        ]


def held(flow: AgentStream) -> bool:
    """Whether a stream's poll has arrived and waits for commands: that is well, whichever attempt it was."""
    return any(attempt.hold is not None for attempt in flow.attempts)


def _state_of(agent: Agent) -> int:
    if agent.offline or not agent.started:
        return OFFLINE
    worst = CONNECTED
    session = agent.session.state
    if session == TokenState.LOGIN_WAIT:
        return RETRYING
    if session == TokenState.LOGGING_IN:
        worst = WAITING
    for flow in agent.flows:
        if flow is not None:
            for exchange in flow.live:
                state = exchange.state
                if state == ExchangeState.BACKING_OFF or (exchange.attempt > 0 and not held(flow)):
                    return RETRYING
                if state == ExchangeState.AWAITING_TOKEN:
                    worst = WAITING
    return worst
