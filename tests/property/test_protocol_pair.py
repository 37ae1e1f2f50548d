"""Agent and server of the protocol against an adversary who loses, delays and repeats what lies between."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.property.protocol_pair import AGENT, Agent, Server, Settings
from wavetank.policy.codes import Stream
from wavetank.protocol.tables import ExchangeState, TokenState

ROUNDS = 200
"""More than any backlog of these small runs needs once nobody interferes."""

which = st.integers(0, 9)
agent_settings = st.builds(
    Settings,
    stream=st.sampled_from((Stream.STATELESS, Stream.STATEFUL)),
    attempts=st.sampled_from((0, 1, 3)),
    max_in_flight=st.sampled_from((0, 1, 2)),
    batch=st.sampled_from((1, 3)),
    capacity=st.sampled_from((0, 5)),
    drop_oldest=st.booleans(),
    resume=st.booleans(),
    trust_expiry=st.booleans(),
)


class Adversary(RuleBasedStateMachine):
    """Messages lie in `agent.out` and `server.out` until a rule takes them: in any order, twice, or never."""

    @initialize(how=agent_settings)
    def begin(self, how: Settings) -> None:
        self.agent, self.server = Agent(how), Server()
        self.now = 0
        self.banned = False

    # ---- what the world does --------------------------------------------------------------------

    @rule(events=st.integers(1, 6))
    def create_and_flush(self, events: int) -> None:
        self.agent.create(events)
        self.agent.flush(self.now)

    @rule()
    def flush(self) -> None:
        self.agent.flush(self.now)

    @rule(past=st.sampled_from((1, 5, 30)))
    def time_passes(self, past: int) -> None:
        self.now += past

    @rule()
    def waits_are_over(self) -> None:
        self.agent.wake(self.now)

    @rule()
    def renewal_is_due(self) -> None:
        self.agent.renew(self.now)

    @precondition(lambda self: self.agent.out)
    @rule(at=which, twice=st.booleans())
    def request_arrives(self, at: int, twice: bool) -> None:
        messages = self.agent.out
        at %= len(messages)
        self.server.take(messages[at] if twice else messages.pop(at), self.now)

    @precondition(lambda self: self.server.out)
    @rule(at=which, twice=st.booleans())
    def answer_arrives(self, at: int, twice: bool) -> None:
        messages = self.server.out
        at %= len(messages)
        self.agent.hear(messages[at] if twice else messages.pop(at), self.now)

    # ---- what goes wrong ------------------------------------------------------------------------

    @precondition(lambda self: self.agent.out)
    @rule(at=which)
    def request_is_lost(self, at: int) -> None:
        self.agent.out.pop(at % len(self.agent.out))

    @precondition(lambda self: self.server.out)
    @rule(at=which)
    def answer_is_lost(self, at: int) -> None:
        self.server.out.pop(at % len(self.server.out))

    @precondition(lambda self: self.agent.under_way)
    @rule(at=which)
    def deadline_comes(self, at: int) -> None:
        keys = list(self.agent.under_way)
        self.agent.give_up_waiting(keys[at % len(keys)], self.now)

    @rule()
    def key_is_rotated(self) -> None:
        self.server.authority.rotate()

    @rule()
    def server_restarts(self) -> None:
        self.server.restart()

    @precondition(lambda self: not self.banned)
    @rule(chance=st.integers(0, 9))
    def credentials_become_invalid(self, chance: int) -> None:
        if not chance:
            self.banned = True
            self.server.authority.invalid.add(AGENT)

    # ---- what must hold whatever happens --------------------------------------------------------

    @invariant()
    def no_event_is_lost(self) -> None:
        agent = self.agent
        over = agent.delivered + agent.dropped
        assert len(over) == len(set(over)), "delivered or dropped twice"
        assert len(over) + agent.outbox.held == agent.created
        assert set(agent.delivered) <= self.server.ledger, "acknowledged, and the server does not have it"

    @invariant()
    def one_login_at_most(self) -> None:
        logins = [key for key in self.agent.under_way if key[0] == Stream.LOGIN]
        assert len(logins) <= 1
        under_way = self.agent.session.state in (TokenState.LOGGING_IN, TokenState.RENEWING)
        assert bool(logins) == under_way

    @invariant()
    def what_is_in_flight_is_waited_for(self) -> None:
        flying = {x.request for x in self.agent.live if x.state == ExchangeState.IN_FLIGHT}
        assert flying == {key[1] for key in self.agent.under_way if key[0] != Stream.LOGIN}

    def teardown(self) -> None:
        """The adversary rests: everything is delivered in the end, unless the agent was turned away."""
        if not hasattr(self, "agent"):
            return
        agent, server = self.agent, self.server
        for _ in range(ROUNDS):
            for key in tuple(agent.under_way):
                if not any(ask[:3] == key for ask in agent.out):
                    agent.give_up_waiting(key, self.now)
            for ask in [agent.out.pop(0) for _ in tuple(agent.out)]:
                server.take(ask, self.now)
            for told in [server.out.pop(0) for _ in tuple(server.out)]:
                agent.hear(told, self.now)
            agent.wake(self.now)
            agent.flush(self.now)
            self.no_event_is_lost()
        if agent.session.state != TokenState.DENIED:
            assert not agent.live
            assert not agent.outbox.held
        assert self.banned or agent.session.state != TokenState.DENIED


def test_nothing_is_lost_between_agent_and_server() -> None:
    run_state_machine_as_test(Adversary, settings=settings(max_examples=150, stateful_step_count=40))
