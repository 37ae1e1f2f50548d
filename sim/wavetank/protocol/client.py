"""A runnable agent without its I/O: what to send now, when to look again, what an answer means.

Whoever drives it sends the attempts that `step` gives, tells how each ended (`answered`, `lost`,
`timed_out`), and looks again at `next_ns`. Instants are passed in, from a clock that never steps.
"""

from collections.abc import Callable, Mapping
from functools import partial
from heapq import heappop, heappush
from typing import NamedTuple

from wavetank.policy.choices import names_all
from wavetank.policy.codes import AgeFrom, Channel, DropCause, OnRejection, Renewal, Stream
from wavetank.policy.rate_map import NEVER
from wavetank.protocol import wire
from wavetank.protocol.agent_stream import AgentStream, Events
from wavetank.protocol.session import Exchange, Session, failure_event, is_final, rejection_event
from wavetank.protocol.tables import (
    ExchangeAction,
    ExchangeEvent,
    ExchangeState,
    TokenAction,
    TokenEvent,
    TokenState,
)
from wavetank.protocol.waits import back_off, patience_of, renewal_ns
from wavetank.scenario.resolved import Resolved
from wavetank.units import SECOND as SECOND_NS

OFFLINE_PAUSE_NS = 60 * SECOND_NS
SOONEST_RENEWAL_NS = SECOND_NS
names_all(__name__, OnRejection, "RESUME BACKOFF")
names_all(__name__, TokenAction, "NOTHING LOGIN WAIT RELEASE GO_OFFLINE")
names_all(__name__, ExchangeAction, "NOTHING SEND ASK ACKNOWLEDGE RENEW WAIT GIVE_UP")
names_all(__name__, AgeFrom, "FIRST_EVENT FLUSH RESUME")
names_all(__name__, Channel, "NONE POLL LONG_POLL PIGGYBACK")
names_all(__name__, ExchangeState, "NEW AWAITING_TOKEN IN_FLIGHT BACKING_OFF SETTLED")
names_all(__name__, Stream, "REGISTER LOGIN STATELESS STATEFUL COMMANDS HEARTBEAT")

_GONE = (404, 409, 410)
"""The answer to the confirmation of a command that the server does not have any more."""

CONFIRMATIONS_MOST = 8
"""Confirmations under way at once. Each may need a connection; 8 hide a round trip of 50 ms behind a server's
6 ms for each."""


class Identity(NamedTuple):
    """Who the agent is: UUID and key as registered, its host, and the epoch of its outbox."""

    uuid: str
    key: str
    host: str
    epoch: str


class Attempt(NamedTuple):
    """One sending of a request; `deadline_ns` is when the agent waits no longer (NEVER: it does)."""

    flow: AgentStream
    exchange: Exchange
    number: int
    started_ns: int
    deadline_ns: int
    token: str

    @property
    def late(self) -> bool:
        """Whether nothing more can come of it: another attempt has taken its place."""
        return self.exchange.state != ExchangeState.IN_FLIGHT or self.exchange.attempt != self.number


class Client:
    """One agent. `commands` are those that have come; the driver takes them while the agent `obeys`."""

    def __init__(
        self, resolved: Resolved, who: Identity, events: Mapping[Stream, Events], index: int | None = None
    ) -> None:
        """`events` are the streams it has; `index` keys its random numbers (default: by its UUID)."""
        self.who = who
        self.session = Session(resolved.auth.renewal != Renewal.ON_REJECTION)
        self.commands: list[wire.Command] = []
        self.offline = False
        self.logins = 0
        self._resolved = resolved
        self._index = hash_of(who.uuid) if index is None else index
        self.patience = patience_of(resolved.retry, resolved.commands)
        self._token_text = ""
        self._wakes: list[tuple[int, int, Callable[[int], None]]] = []
        self._woken = 0
        self._out: list[Attempt] = []
        self._results: dict[Exchange, tuple[str, object]] = {}
        self.flows = {
            stream: AgentStream(stream, resolved.retry[stream]) for stream in (Stream.LOGIN, Stream.COMMANDS)
        }
        for stream, kept in events.items():
            batching = resolved.batching[stream - Stream.STATELESS]
            self.flows[stream] = AgentStream(stream, resolved.retry[stream], batching, kept)
        self._polls = resolved.commands.channel in (Channel.POLL, Channel.LONG_POLL)
        self.confirming = AgentStream(Stream.COMMANDS, resolved.retry[Stream.COMMANDS])
        self.confirming.requests = 1 << 40  # draws of their own

    # ---- driven from outside ----------------------------------------------------------------

    def begin(self, now_ns: int) -> None:
        """Begin cold: no token, ages count from now."""
        for flow in self.flows.values():
            flow.since_ns = now_ns
        self._token(self.session.need(now_ns), now_ns)

    def begin_with(self, token: str, issued_ns: int, expires_ns: int) -> None:
        """Begin with a token from before."""
        self._token_text = token
        self.session.state = int(TokenState.LOGGING_IN)
        self.session.grant(issued_ns, expires_ns)
        self._plan_renewal(issued_ns)

    def step(self, now_ns: int) -> list[Attempt]:
        """Do what is due; returns the attempts to send."""
        while self._wakes and self._wakes[0][0] <= now_ns:
            heappop(self._wakes)[2](now_ns)
        for flow in self.flows.values():
            while self._due_ns(flow) <= now_ns:
                exchange = flow.begin()
                flow.unsent = None if flow.batching is None else exchange
                self._go(flow, exchange, now_ns)
        out, self._out = self._out, []
        return out

    def next_ns(self) -> int:
        """The instant at which `step` has something to do if nothing arrives before it; or NEVER."""
        wake = 0 if self._out else self._wakes[0][0] if self._wakes else NEVER
        return min(wake, *(self._due_ns(flow) for flow in self.flows.values()))

    def request(self, attempt: Attempt) -> wire.Request:
        """An attempt in HTTP's shape."""
        flow, exchange, who = attempt.flow, attempt.exchange, self.who
        if flow.stream == Stream.LOGIN:
            return wire.login(who.uuid, who.key, who.host)
        if flow.stream == Stream.STATELESS:
            return wire.stateless(attempt.token, flow.rows(exchange))
        if flow.stream == Stream.STATEFUL:
            return wire.stateful(attempt.token, who.epoch, flow.rows(exchange))
        if exchange in self._results:
            return wire.confirm(attempt.token, *self._results[exchange])
        return wire.poll(attempt.token, 0 if self._resolved.commands.channel == Channel.POLL else None)

    @property
    def obeys(self) -> bool:
        """Whether the next of `commands` may be carried out: once there is room for its confirmation."""
        return bool(self.commands) and len(self.confirming.live) < CONFIRMATIONS_MOST

    def confirm(self, command: str, result: object, now_ns: int) -> None:
        """A command was carried out: tell the server until it has heard."""
        exchange = self.confirming.begin()
        self._results[exchange] = (command, result)
        self._go(self.confirming, exchange, now_ns)

    # ---- how an attempt ended ---------------------------------------------------------------

    def answered(
        self, attempt: Attempt, status: int, headers: wire.Headers, body: bytes, now_ns: int
    ) -> None:
        """An answer has arrived in full."""
        if attempt.late:
            return
        flow, exchange, stream = attempt.flow, attempt.exchange, attempt.flow.stream
        ok = 200 <= status < 300
        # All is read before anything changes: what could not be read would leave half a change behind.
        token = wire.token_of(body) if ok and stream == Stream.LOGIN else None
        poll = stream == Stream.COMMANDS and exchange not in self._results
        commands = wire.commands_of(body) if ok and poll else []
        if ok and stream == Stream.LOGIN:
            if token is not None:
                exchange.step(ExchangeEvent.ACKNOWLEDGED)
                self._granted(attempt, token, now_ns)
                return
            status, ok = 0, False
        if ok:
            self._act(flow, exchange, ExchangeEvent.ACKNOWLEDGED, 0, now_ns)
            self.commands += commands
            self._results.pop(exchange, None)
            return
        retry = flow.retry
        if status == 401 and stream != Stream.LOGIN:
            resume = self._resolved.auth.on_rejection == OnRejection.RESUME
            event, void = rejection_event(exchange, self.session, retry.attempts, resume, now_ns)
            if void:
                self._token(self.session.step(TokenEvent.REJECTED), now_ns)
        else:
            final = is_final(stream, status) or (exchange in self._results and status in _GONE)
            event = failure_event(status, final, exchange, retry.attempts)
        self._act(flow, exchange, event, wire.retry_after_ns(headers), now_ns, status)

    def lost(self, attempt: Attempt, now_ns: int) -> None:
        """The attempt ended without an answer: refused, reset, cut."""
        if not attempt.late:
            event = failure_event(0, False, attempt.exchange, attempt.flow.retry.attempts)
            self._act(attempt.flow, attempt.exchange, event, 0, now_ns)

    def timed_out(self, attempt: Attempt, now_ns: int, asked: bool = True) -> None:
        """The deadline has come; a poll held long enough is as good as an empty answer.

        `asked`: the request was sent, on a connection that was ready. A poll that never was is a failure.
        """
        poll = attempt.flow.stream == Stream.COMMANDS and attempt.exchange not in self._results
        if asked and poll and self.patience.hold_is_shorter and not attempt.late:
            self._act(attempt.flow, attempt.exchange, ExchangeEvent.ACKNOWLEDGED, 0, now_ns)
        else:
            self.lost(attempt, now_ns)

    # ---- requests ---------------------------------------------------------------------------

    def _due_ns(self, flow: AgentStream) -> int:
        if flow.stream != Stream.COMMANDS:
            return flow.due_ns()
        busy = flow.live or self.confirming.live or self.commands
        return flow.pause_end_ns if self._polls and not busy else NEVER

    def _go(self, flow: AgentStream, exchange: Exchange, now_ns: int) -> None:
        if not exchange.may_go():
            return
        ready = flow.stream == Stream.LOGIN or self.session.usable(now_ns)
        action = exchange.step(ExchangeEvent.READY if ready else ExchangeEvent.BLOCKED)
        if action == ExchangeAction.SEND:
            self._send(flow, exchange, now_ns)
        elif action == ExchangeAction.ASK:
            self._token(self.session.need(now_ns), now_ns)

    def _send(self, flow: AgentStream, exchange: Exchange, now_ns: int) -> None:
        if flow.unsent is exchange and not flow.fill(exchange, now_ns):
            exchange.state = int(ExchangeState.SETTLED)
            flow.live.remove(exchange)
            return
        exchange.serial = self.session.serial
        patience_ns = self.patience.ns[flow.stream]
        deadline_ns = now_ns + patience_ns if patience_ns else NEVER
        self._out.append(Attempt(flow, exchange, exchange.attempt, now_ns, deadline_ns, self._token_text))

    def _act(
        self,
        flow: AgentStream,
        exchange: Exchange,
        event: ExchangeEvent,
        retry_after_ns: int,
        now_ns: int,
        status: int = 0,
    ) -> None:
        action = exchange.step(event)
        if action == ExchangeAction.SEND:
            self._send(flow, exchange, now_ns)
        elif action == ExchangeAction.RENEW:
            self._token(self.session.need(now_ns), now_ns)
        elif action == ExchangeAction.WAIT:
            seed = self._resolved.seed
            wait_ns = back_off(flow.retry, seed, self._index, flow.stream, exchange, retry_after_ns)
            self._wake(now_ns + wait_ns, partial(self._wait_over, flow, exchange, exchange.attempt))
            if flow.stream == Stream.LOGIN:
                self._token(self.session.step(TokenEvent.FAILED), now_ns)
        elif action in (ExchangeAction.ACKNOWLEDGE, ExchangeAction.GIVE_UP):
            flow.live.remove(exchange)
            if action == ExchangeAction.ACKNOWLEDGE:
                self._acknowledged(flow, exchange)
            else:
                self._gave_up(flow, exchange, event, status, now_ns)
            self._pause(flow, now_ns)

    def _wait_over(self, flow: AgentStream, exchange: Exchange, attempt: int, now_ns: int) -> None:
        if exchange.state != ExchangeState.BACKING_OFF or exchange.attempt != attempt:
            return
        if flow.stream == Stream.LOGIN:
            self._token(self.session.step(TokenEvent.WAIT_OVER), now_ns)
        else:
            self._go(flow, exchange, now_ns)

    def _acknowledged(self, flow: AgentStream, exchange: Exchange) -> None:
        if flow.events is not None:
            flow.events.outbox.release(exchange.events)
            flow.events.delivered(exchange.ranges)
            flow.most_events *= 2
            if flow.most_events > wire.BODY_MOST_BYTES:
                flow.most_events = 0

    def _gave_up(
        self, flow: AgentStream, exchange: Exchange, event: ExchangeEvent, status: int, now_ns: int
    ) -> None:
        self._results.pop(exchange, None)
        if flow.stream == Stream.LOGIN:
            self._token(self.session.step(TokenEvent.REFUSED), now_ns)
        if flow.events is None:
            return
        if status == 413 and exchange.events > 1:
            flow.most_events = exchange.events // 2
            flow.events.outbox.give_back(exchange.ranges)
        elif flow.stream == Stream.STATEFUL and event == ExchangeEvent.EXHAUSTED:
            flow.events.outbox.give_back(exchange.ranges)
        else:
            cause = DropCause.ATTEMPTS if event == ExchangeEvent.EXHAUSTED else DropCause.BODY
            flow.events.outbox.release(exchange.events)
            flow.events.dropped(exchange.ranges, cause)

    def _pause(self, flow: AgentStream, now_ns: int) -> None:
        plan, batching = self._resolved.commands, flow.batching
        if batching is not None:
            flow.pause_end_ns = now_ns + batching.pause_after_ns
            if batching.age_from == AgeFrom.RESUME:
                flow.since_ns = flow.pause_end_ns
        elif flow.stream == Stream.COMMANDS:
            pause_ns = plan.period_ns if plan.channel == Channel.POLL else plan.pause_after_ns
            self.flows[Stream.COMMANDS].pause_end_ns = now_ns + pause_ns

    # ---- the token --------------------------------------------------------------------------

    def _granted(self, attempt: Attempt, token: wire.Token, now_ns: int) -> None:
        """The life is counted from the asking: at the server it has begun no earlier."""
        session, issued_ns = self.session, attempt.started_ns
        attempt.flow.live.remove(attempt.exchange)
        self.logins += 1
        self._token_text = token.text
        life_ns = token.life_ns or self._resolved.auth.ttl_ns
        action = session.grant(issued_ns, issued_ns + life_ns if life_ns else NEVER)
        self._plan_renewal(min(session.expires_ns, issued_ns + SOONEST_RENEWAL_NS))
        self._token(action, now_ns)

    def _plan_renewal(self, soonest_ns: int) -> None:
        due_ns = renewal_ns(self._resolved.auth, self._resolved.seed, self._index, self.session)
        if due_ns < NEVER:
            self._wake(max(due_ns, soonest_ns), partial(self._renew, self.session.serial))

    def _renew(self, serial: int, now_ns: int) -> None:
        if self.session.serial == serial:
            self._token(self.session.due(self._resolved.auth.renewal), now_ns)

    def _token(self, action: int, now_ns: int) -> None:
        if action == TokenAction.LOGIN:
            flow = self.flows[Stream.LOGIN]
            waiting = next((held for held in flow.live if held.state == ExchangeState.BACKING_OFF), None)
            self._go(flow, waiting or flow.begin(), now_ns)
        elif action == TokenAction.RELEASE:
            for flow in (*self.flows.values(), self.confirming):
                for exchange in tuple(flow.live):
                    if exchange.state in (ExchangeState.NEW, ExchangeState.AWAITING_TOKEN):
                        self._go(flow, exchange, now_ns)
        elif action == TokenAction.GO_OFFLINE:
            self.offline = True
            self._wake(now_ns + OFFLINE_PAUSE_NS, self._restart)

    def _restart(self, now_ns: int) -> None:
        """A refusal is final for this session; begin another, as if the agent had been restarted."""
        self.offline = False
        self.session.state = int(TokenState.NONE)
        self._token(self.session.need(now_ns), now_ns)

    def _wake(self, at_ns: int, then: Callable[[int], None]) -> None:
        self._woken += 1
        heappush(self._wakes, (at_ns, self._woken, then))


def hash_of(uuid: str) -> int:
    """Some 40 bits of a UUID: agents that share a scenario draw different random numbers."""
    value = 0
    for letter in uuid.encode():
        value = (value * 1099511627776003 ^ letter) & 0xFFFFFFFFFF
    return value


__all__ = ["Attempt", "Client", "Identity"]
