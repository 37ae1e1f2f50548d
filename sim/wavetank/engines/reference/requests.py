"""The agents' requests: sent, repeated, acknowledged, given up. Drives the EXCHANGE table.

An attempt ends once: answered, lost, timed out, or open when the run ends. What follows is the EXCHANGE
table's decision, never this module's. Rules: docs/model.md#request-timeout, #nth-wait, #exhausted and
#abandoned-work.
"""

from functools import partial
from typing import Protocol

from simpy.events import Event

from wavetank.engines.reference import exchange as exchanges
from wavetank.engines.reference.exchange import OK, Reply, attempt_process
from wavetank.engines.reference.parts import Agent, AgentStream, Attempt, Connection, without
from wavetank.engines.reference.signals import Signals
from wavetank.engines.reference.timers import Deadlines
from wavetank.engines.reference.tokens import Tokens
from wavetank.policy.choices import names_all
from wavetank.policy.codes import AuthScheme, Cause, OnRejection, Strategy, Stream
from wavetank.protocol.order import Kind, Message
from wavetank.protocol.session import Exchange, failure_event, is_final, rejection_event
from wavetank.protocol.tables import ExchangeAction, ExchangeEvent, ExchangeState
from wavetank.protocol.waits import back_off, patience_of
from wavetank.results.requests import OPEN_NS, Outcome, RequestLog
from wavetank.results.tally import Tally

names_all(__name__, OnRejection, "RESUME BACKOFF")
names_all(__name__, Strategy, "PER_REQUEST KEEP_ALIVE")
names_all(__name__, ExchangeAction, "NOTHING SEND ASK ACKNOWLEDGE RENEW WAIT GIVE_UP")


class Context(exchanges.Context, Protocol):
    """The parts of the run that requests use."""

    tokens: Tokens
    signals: Signals | None
    agents: list[Agent]

    def changed(self, agent: Agent) -> None:
        """Something happened to an agent that its state, or a need of it, may come from."""
        ...

    def agent_closes(self, connection: Connection, key: tuple[int, int, int, int], message: Message) -> None:
        """The agent sends a FIN or a RESET."""
        ...

    def commands_arrived(self, agent: Agent, commands: int) -> None:
        """Commands have reached their agent."""
        ...

    def acknowledged(self, flow: AgentStream, exchange: Exchange, attempt: Attempt) -> None:
        """A request did what it was for."""
        ...

    def gave_up(self, flow: AgentStream, exchange: Exchange, event: ExchangeEvent) -> None:
        """A request will not be repeated."""
        ...


class Requests:
    """The agents' requests: sends, repeats and settles them. One object serves the whole fleet."""

    def __init__(self, w: Context, log: RequestLog | None) -> None:
        self._w = w
        self._log = log
        resolved = w.resolved
        self._retry = resolved.retry
        self._seed = resolved.seed
        self._keeps_alive = resolved.connection.strategy == Strategy.KEEP_ALIVE
        self._needs_token = resolved.auth.scheme == AuthScheme.SERVER_TOKEN
        self._resume = resolved.auth.on_rejection == OnRejection.RESUME
        self._deadlines = [
            Deadlines(w.clock, Kind.AGENT_DEADLINE, lambda attempt: attempt.over, self._deadline)
            for _ in Stream
        ]
        self.patience_ns, self._hold_is_shorter = patience_of(self._retry, resolved.commands)

    # ---- sending ----------------------------------------------------------------------------

    def begin(self, flow: AgentStream) -> Exchange:
        """A new request of a stream; whether it can go at once is seen by `go`."""
        exchange = Exchange(flow.requests, (), 0, 0)
        flow.requests += 1
        flow.in_flight += 1
        flow.live = (*flow.live, exchange)
        return exchange

    def go(self, flow: AgentStream, exchange: Exchange) -> None:
        """Send the request, or let it wait for a token."""
        if not exchange.may_go():
            return
        agent, now = flow.agent, self._w.clock.ns
        ready = not self._needs_token or flow.stream == Stream.LOGIN or agent.session.usable(now)
        action = exchange.step(ExchangeEvent.READY if ready else ExchangeEvent.BLOCKED)
        if action == ExchangeAction.SEND:
            self._send(flow, exchange)
            if exchange.attempt == 0:
                return
        elif action == ExchangeAction.ASK:
            self._w.tokens.ask(agent)
        self._w.changed(agent)

    def _send(self, flow: AgentStream, exchange: Exchange) -> None:
        w = self._w
        if exchange.attempt == 0 and flow.has_events and not w.streams.fill(flow, exchange):
            self._settle(flow, exchange)
            w.streams.arm(flow)
            return
        now, session = w.clock.ns, flow.agent.session
        exchange.serial = session.serial
        key = (flow.agent.index, flow.stream, exchange.request, exchange.attempt)
        if flow.kept:
            connection = flow.kept[-1]
            flow.kept = flow.kept[:-1]
        else:
            connection = Connection(flow.agent, flow.stream, key[2:])
        carried = w.tokens.carried(flow.agent)
        attempt = Attempt(flow, exchange, exchange.attempt, now, *carried, key, connection)
        flow.attempts = (*flow.attempts, attempt)
        w.measure.issued(flow.stream, exchange.attempt)
        if w.signals is not None:
            w.signals.needs.sent(attempt)
            if flow.stream == Stream.LOGIN and exchange.attempt == 0:
                w.signals.login_begins(flow.agent)
        patience_ns = self.patience_ns[flow.stream]
        if patience_ns:
            self._deadlines[flow.stream].set(now + patience_ns, attempt)
        connection.idle = False
        connection.attempt = attempt
        w.clock.process(attempt_process(w, attempt, connection))
        if flow.has_events:
            w.streams.arm(flow)

    def hold_from_before(self, flow: AgentStream, connection: Connection, started_ns: int) -> Attempt:
        """A long poll that began before the run: already at its node, and held."""
        exchange = self.begin(flow)
        exchange.step(ExchangeEvent.READY)
        exchange.serial = flow.agent.session.serial
        key = (flow.agent.index, flow.stream, exchange.request, 0)
        carried = self._w.tokens.carried(flow.agent)
        attempt = Attempt(flow, exchange, 0, started_ns, *carried, key, connection)
        attempt.asked = True
        connection.attempt = attempt
        flow.attempts = (*flow.attempts, attempt)
        self._w.measure.carried_in(flow.stream)
        return attempt

    def watch(self, attempt: Attempt) -> None:
        """Set the deadline of a poll that began before the run (in the order of their beginnings)."""
        if self._w.signals is not None:
            self._w.signals.needs.sent(attempt)
        patience_ns = self.patience_ns[attempt.flow.stream]
        if patience_ns:
            self._deadlines[attempt.flow.stream].set(attempt.started_ns + patience_ns, attempt)

    # ---- what comes back --------------------------------------------------------------------

    def answered(self, attempt: Attempt, reply: Reply) -> None:
        """The answer of a node has arrived at the agent."""
        if attempt.over:
            return
        w, flow, exchange = self._w, attempt.flow, attempt.exchange
        stream = flow.stream
        self._over(attempt, Outcome.OK if reply.status == OK else Outcome.REJECTED)
        self._after_answer(attempt)
        if reply.status == OK:
            w.measure.answered_ok(stream, w.clock.ns - attempt.started_ns)
            if reply.commands:
                w.commands_arrived(flow.agent, reply.commands)
            self._act(attempt, ExchangeEvent.ACKNOWLEDGED, 0)
            return
        assert attempt.connection.node is not None  # it has answered
        w.measure.rejected(attempt.connection.node.index, stream, reply.cause)
        attempts = self._retry[stream].attempts
        if reply.cause == Cause.TOKEN:
            event, void = rejection_event(exchange, flow.agent.session, attempts, self._resume, w.clock.ns)
            if void:
                w.tokens.rejected(flow.agent)
        else:
            event = failure_event(reply.status, is_final(stream, reply.status), exchange, attempts)
        self._act(attempt, event, reply.retry_after_ns)

    def lost(self, attempt: Attempt) -> None:
        """A reset or a refused connection ended the attempt."""
        if attempt.over:
            return
        self._over(attempt, Outcome.LOST)
        attempt.connection.agent_closed = True
        attempt.connection.attempt = None
        self._w.measure.lost(attempt.flow.stream)
        event = failure_event(0, False, attempt.exchange, self._retry[attempt.flow.stream].attempts)
        self._act(attempt, event, 0)

    def _deadline(self, attempt: Attempt) -> None:
        """The agent waits no longer; a poll held long enough is as good as an empty answer."""
        w, stream = self._w, attempt.flow.stream
        held = stream == Stream.COMMANDS and self._hold_is_shorter and attempt.asked
        w.measure.tally.polls_unheard += self._unheard(attempt)
        self._over(attempt, Outcome.OK if held else Outcome.TIMED_OUT)
        if held:
            w.measure.answered_ok(stream, w.clock.ns - attempt.started_ns)
            self._hang_up(attempt, Message.FIN)
            self._act(attempt, ExchangeEvent.ACKNOWLEDGED, 0)
            return
        w.measure.timed_out(stream)
        self._hang_up(attempt, Message.RESET)
        self._act(attempt, failure_event(0, False, attempt.exchange, self._retry[stream].attempts), 0)

    @staticmethod
    def _unheard(attempt: Attempt) -> bool:
        """Whether this is a poll that its node died with, and nobody has told the agent."""
        connection = attempt.connection
        return attempt.flow.stream == Stream.COMMANDS and connection.lost and not connection.reset_sent

    def _over(self, attempt: Attempt, outcome: Outcome) -> None:
        if self._w.signals is not None:
            self._w.signals.needs.ends(attempt)
        attempt.over = True
        attempt.flow.attempts = without(attempt.flow.attempts, attempt)
        if self._log is not None:
            self._log.add(attempt.key, attempt.started_ns, self._w.clock.ns, outcome)

    def _hang_up(self, attempt: Attempt, message: Message) -> None:
        connection = attempt.connection
        connection.agent_closed = True
        self._w.agent_closes(connection, attempt.key, message)

    def _after_answer(self, attempt: Attempt) -> None:
        """Close the connection, or keep it for the stream's next request."""
        connection = attempt.connection
        if not self._keeps_alive or connection.gone or connection.verdict is not None:
            self._hang_up(attempt, Message.FIN)
        else:
            self._w.idle.go_idle(attempt.flow, connection)

    # ---- what follows -----------------------------------------------------------------------

    def _act(self, attempt: Attempt, event: ExchangeEvent, retry_after_ns: int) -> None:
        flow, exchange = attempt.flow, attempt.exchange
        action = exchange.step(event)
        if action == ExchangeAction.SEND:
            self._send(flow, exchange)
        elif action == ExchangeAction.ACKNOWLEDGE:
            self._settle(flow, exchange)
            self._w.acknowledged(flow, exchange, attempt)
            if exchange.attempt == 0 and not attempt.overdue:
                return
        elif action == ExchangeAction.WAIT:
            self._wait(flow, exchange, retry_after_ns)
        elif action == ExchangeAction.RENEW:
            self._w.tokens.ask(flow.agent)
        elif action == ExchangeAction.GIVE_UP:
            self._settle(flow, exchange)
            self._w.gave_up(flow, exchange, event)
        self._w.changed(flow.agent)

    def _settle(self, flow: AgentStream, exchange: Exchange) -> None:
        exchange.state = int(ExchangeState.SETTLED)
        flow.in_flight -= 1
        flow.live = without(flow.live, exchange)

    def _wait(self, flow: AgentStream, exchange: Exchange, retry_after_ns: int) -> None:
        """Back off: the longer of the law's wait and an honoured Retry-After."""
        w, stream, agent = self._w, flow.stream, flow.agent
        wait_ns = back_off(self._retry[stream], self._seed, agent.index, stream, exchange, retry_after_ns)
        key = (Kind.WAIT_OVER, agent.index, stream, exchange.request, exchange.attempt, 1)
        w.clock.call(w.clock.ns + wait_ns, key, partial(self._wait_over, flow, exchange, agent.incarnation))
        if stream == Stream.LOGIN:
            w.tokens.login_failed(agent)

    def _wait_over(self, flow: AgentStream, exchange: Exchange, incarnation: int, _: Event) -> None:
        if flow.agent.incarnation != incarnation or exchange.state != ExchangeState.BACKING_OFF:
            return
        if flow.stream == Stream.LOGIN:
            self._w.tokens.login_wait_over(flow.agent)
        else:
            self.go(flow, exchange)

    def reset(self, connection: Connection) -> None:
        """A reset has reached the agent: the attempt on that connection is lost, or the idle one closed."""
        connection.agent_closed = True
        flow = connection.agent.flows[connection.stream]
        if connection.idle:
            self._w.idle.forget(flow, connection)
        elif connection.attempt is not None:
            self.lost(connection.attempt)

    def forget(self, flow: AgentStream) -> None:
        """The agent restarts: attempts under way are lost to it, its requests begin again."""
        for attempt in flow.attempts:
            self._over(attempt, Outcome.LOST)
            self._w.measure.lost(flow.stream)
            attempt.connection.agent_closed = True
        flow.kept = ()
        if not flow.has_events:
            flow.live = ()
        elif flow.unsent is not None:
            flow.live, flow.unsent = without(flow.live, flow.unsent), None
        flow.in_flight = len(flow.live)
        for exchange in flow.live:
            exchange.forget_attempt()

    # ---- the end ----------------------------------------------------------------------------

    def close(self, tally: Tally) -> None:
        """Count the open polls that will never be heard; hand the log over, with the attempts that are open.

        Later attempts are not in the log.
        """
        for agent in self._w.agents:
            polls = agent.flows[Stream.COMMANDS]
            for attempt in polls.attempts if polls is not None else ():
                tally.polls_unheard += self._unheard(attempt)
        if self._log is None:
            return
        for agent in self._w.agents:
            for flow in agent.flows:
                for attempt in flow.attempts if flow is not None else ():
                    self._log.add(attempt.key, attempt.started_ns, OPEN_NS, Outcome.OPEN)
        tally.requests = self._log.table()
        self._log = None
