"""The agents' tokens: logging in, renewing, being turned away. Drives the TOKEN table.

There is at most one login of an agent at a time. Requests use the old token until it expires and then
wait; they go in stream order when the new one comes. Rules: docs/model.md#tokens and #token-of-attempt.
"""

from functools import partial
from typing import Protocol

from simpy.events import Event

from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.parts import Agent, Attempt
from wavetank.engines.reference.ports import Sends
from wavetank.policy.choices import names_all
from wavetank.policy.codes import AuthScheme, Stream
from wavetank.protocol.order import Kind
from wavetank.protocol.tables import ExchangeState, TokenAction, TokenEvent, TokenState
from wavetank.protocol.waits import renewal_ns
from wavetank.scenario.resolved import Resolved

names_all(__name__, TokenAction, "NOTHING LOGIN WAIT RELEASE GO_OFFLINE")
names_all(__name__, ExchangeState, "NEW AWAITING_TOKEN IN_FLIGHT BACKING_OFF SETTLED")


class Context(Protocol):
    """The parts of the run that tokens use."""

    resolved: Resolved
    clock: Clock
    horizon_ns: int

    @property
    def requests(self) -> Sends:
        """Begins requests and lets them go."""
        ...

    def changed(self, agent: Agent) -> None:
        """Something happened to an agent that its state, or a need of it, may come from."""
        ...

    def went_offline(self, agent: Agent, change: int) -> None:
        """An agent goes offline (+1) or begins anew (-1)."""
        ...

    def logged_in(self, agent: Agent) -> None:
        """An agent has a new token."""
        ...


class Tokens:
    """The agents' tokens: asks for them, renews them, releases requests. One object for the whole fleet."""

    def __init__(self, w: Context) -> None:
        self._w = w
        self._auth = w.resolved.auth
        self._seed = w.resolved.seed
        self.needed = self._auth.scheme == AuthScheme.SERVER_TOKEN
        self._generations: dict[int, int] = {}

    def carried(self, agent: Agent) -> tuple[int, int]:
        """(key generation, expiry in ns) of the token that a request carries now."""
        return self._generations.get(agent.index, 0), agent.session.expires_ns

    def ask(self, agent: Agent) -> None:
        """Get a token for a request that needs one, if the agent has none."""
        self._act(agent, agent.session.need(self._w.clock.ns))

    def rejected(self, agent: Agent) -> None:
        """Handle a 401: the server has rejected the current token."""
        self._act(agent, agent.session.step(TokenEvent.REJECTED))

    def start_with(self, agent: Agent, issued_ns: int) -> None:
        """The agent had a token before the run began."""
        session = agent.session
        session.state = int(TokenState.VALID)
        session.serial = 1
        session.issued_ns = issued_ns
        session.expires_ns = issued_ns + self._auth.ttl_ns
        self._plan_renewal(agent)

    def granted(self, agent: Agent, attempt: Attempt) -> None:
        """A login was answered with a token: what waits for it goes, in stream order."""
        self._generations[agent.index] = attempt.generation
        issued_ns = attempt.expires_ns - self._auth.ttl_ns
        action = agent.session.grant(issued_ns, attempt.expires_ns)
        self._w.logged_in(agent)
        self._plan_renewal(agent)
        self._act(agent, action)

    def _plan_renewal(self, agent: Agent) -> None:
        session = agent.session
        at_ns = renewal_ns(self._auth, self._seed, agent.index, session)
        if at_ns < self._w.horizon_ns:
            order = (Kind.RENEWAL, agent.index, Stream.LOGIN, session.serial, 0, 0)
            at_ns = max(at_ns, self._w.clock.ns)
            self._w.clock.call(at_ns, order, partial(self._due, agent, session.serial, agent.incarnation))

    def _due(self, agent: Agent, serial: int, incarnation: int, _: Event) -> None:
        session = agent.session
        if session.serial != serial or agent.incarnation != incarnation:
            return
        self._act(agent, session.due(self._auth.renewal))

    def login_failed(self, agent: Agent) -> None:
        """A login attempt failed and will be repeated."""
        self._act(agent, agent.session.step(TokenEvent.FAILED))

    def login_wait_over(self, agent: Agent) -> None:
        """The wait before the next login attempt is over."""
        self._act(agent, agent.session.step(TokenEvent.WAIT_OVER))

    def refused(self, agent: Agent) -> None:
        """A login was refused for good: the agent is offline."""
        self._act(agent, agent.session.step(TokenEvent.REFUSED))

    def _act(self, agent: Agent, action: int) -> None:
        if action == TokenAction.LOGIN:
            self._login(agent)
        elif action == TokenAction.RELEASE:
            self.release(agent)
        elif action == TokenAction.GO_OFFLINE:
            agent.offline = True
            self._w.went_offline(agent, 1)
        self._w.changed(agent)

    def _login(self, agent: Agent) -> None:
        flow = agent.flow(Stream.LOGIN)
        waiting = next((x for x in flow.live if x.state == ExchangeState.BACKING_OFF), None)
        self._w.requests.go(flow, waiting or self._w.requests.begin(flow))

    def release(self, agent: Agent) -> None:
        """Let go what waits for a token, in stream order."""
        for flow in agent.flows:
            if flow is not None and flow.stream != Stream.LOGIN:
                for exchange in flow.live:
                    if exchange.state in (ExchangeState.NEW, ExchangeState.AWAITING_TOKEN):
                        self._w.requests.go(flow, exchange)
