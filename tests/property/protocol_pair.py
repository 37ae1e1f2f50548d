"""An agent and a server made of the protocol's parts, joined by two plain lists; no I/O, and no clock but a
number that is passed in.
"""

from typing import NamedTuple

from wavetank.policy.codes import AuthScheme, Cause, Stream
from wavetank.protocol.outbox import Outbox, Range
from wavetank.protocol.server import Authority, CommandBoard
from wavetank.protocol.session import Exchange, Session, failure_event, rejection_event
from wavetank.protocol.tables import (
    ExchangeAction,
    ExchangeEvent,
    ExchangeState,
    TokenAction,
    TokenEvent,
    TokenState,
)

AGENT = 0
TTL = 40
OK, UNAUTHORISED, TOO_LARGE = 200, 401, 413


class Ask(NamedTuple):
    """A request on its way: whose attempt it is, the token it shows, the events it carries."""

    stream: int
    request: int
    attempt: int
    generation: int
    expires: int
    ranges: tuple[Range, ...]


class Told(NamedTuple):
    """The answer to `ask`; a login's has a token."""

    ask: Ask
    status: int
    cause: int
    generation: int = 0
    expires: int = 0


class Settings(NamedTuple):
    """The settings of the agent."""

    stream: int
    attempts: int
    max_in_flight: int
    batch: int
    capacity: int
    drop_oldest: bool
    resume: bool
    trust_expiry: bool


class Agent:
    """One stream of events and a token. `out` holds what it sends; `under_way` the attempts it waits for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.session = Session(settings.trust_expiry)
        self.outbox = Outbox(settings.capacity, settings.drop_oldest)
        self.out: list[Ask] = []
        self.live: list[Exchange] = []
        self.login: Exchange | None = None
        self.under_way: dict[tuple[int, int, int], tuple[Ask, Exchange]] = {}
        self.generation = 0
        self.created = 0
        self.requests = 0
        self.logins = 0
        self.delivered: list[int] = []
        self.dropped: list[int] = []

    def create(self, events: int) -> None:
        """Events happen."""
        self.created += events
        self.dropped += indices(self.outbox.admit(self.created))

    def flush(self, now: int) -> None:
        """A batch is due."""
        most = self.settings.max_in_flight
        if len(self.outbox) and not (most and len(self.live) >= most):
            ranges = self.outbox.take(self.settings.batch)
            exchange = Exchange(self.requests, ranges, len(indices(ranges)), 0)
            self.requests += 1
            self.live.append(exchange)
            self.go(exchange, now)

    def go(self, exchange: Exchange, now: int) -> None:
        """Send a request that waits, or let it wait for a token."""
        if exchange.may_go():
            ready = self.session.usable(now)
            self._act(exchange, exchange.step(ExchangeEvent.READY if ready else ExchangeEvent.BLOCKED), now)

    def wake(self, now: int) -> None:
        """Every wait is over."""
        if self.session.state in (TokenState.LOGIN_WAIT, TokenState.RENEW_WAIT):
            self._token(self.session.step(TokenEvent.WAIT_OVER), now)
        for exchange in tuple(self.live):
            if exchange.state == ExchangeState.BACKING_OFF:
                self.go(exchange, now)

    def renew(self, now: int) -> None:
        """The time for renewal has come."""
        self._token(self.session.step(TokenEvent.DUE), now)

    def give_up_waiting(self, key: tuple[int, int, int], now: int) -> None:
        """An attempt's deadline has come."""
        ask, exchange = self.under_way.pop(key)
        self._failed(ask, exchange, 0, now)

    def hear(self, told: Told, now: int) -> bool:
        """An answer has arrived; False when nobody waits for it any more."""
        asked = self.under_way.pop(told.ask[:3], None)
        if asked is None:
            return False
        ask, exchange = asked
        assert ask == told.ask, "an answer to another request"
        if told.status == OK and ask.stream == Stream.LOGIN:
            self.login = None
            exchange.step(ExchangeEvent.ACKNOWLEDGED)
            self.generation = told.generation
            self._token(self.session.grant(now, told.expires), now)
        elif told.status == OK:
            self._act(exchange, exchange.step(ExchangeEvent.ACKNOWLEDGED), now)
        elif told.cause == Cause.TOKEN:
            attempts, resume = self.settings.attempts, self.settings.resume
            event, void = rejection_event(exchange, self.session, attempts, resume, now)
            if void:
                self._token(self.session.step(TokenEvent.REJECTED), now)
            self._act(exchange, exchange.step(event), now, event)
        else:
            self._failed(ask, exchange, told.status, now)
        return True

    def _failed(self, ask: Ask, exchange: Exchange, status: int, now: int) -> None:
        if ask.stream != Stream.LOGIN:
            event = failure_event(status, False, exchange, self.settings.attempts)
            self._act(exchange, exchange.step(event), now, event)
            return
        event = failure_event(status, status == UNAUTHORISED, exchange, 0)
        exchange.step(event)
        refused = event == ExchangeEvent.REFUSED
        self._token(self.session.step(TokenEvent.REFUSED if refused else TokenEvent.FAILED), now)

    def _act(
        self, exchange: Exchange, action: int, now: int, event: ExchangeEvent = ExchangeEvent.FAILED
    ) -> None:
        if action == ExchangeAction.SEND:
            exchange.serial = self.session.serial
            self._send(Stream(self.settings.stream), exchange)
        elif action in (ExchangeAction.ASK, ExchangeAction.RENEW):
            expired = self.session.state in (TokenState.VALID, TokenState.RENEWING, TokenState.RENEW_WAIT)
            self._token(self.session.step(TokenEvent.EXPIRED if expired else TokenEvent.NEEDED), now)
        elif action == ExchangeAction.ACKNOWLEDGE:
            self.live.remove(exchange)
            self.outbox.release(exchange.events)
            self.delivered += indices(exchange.ranges)
        elif action == ExchangeAction.GIVE_UP:
            self.live.remove(exchange)
            if self.settings.stream == Stream.STATEFUL and event == ExchangeEvent.EXHAUSTED:
                self.outbox.give_back(exchange.ranges)
            else:
                self.outbox.release(exchange.events)
                self.dropped += indices(exchange.ranges)

    def _token(self, action: int, now: int) -> None:
        if action == TokenAction.LOGIN:
            assert self.login is None or self.login.state == ExchangeState.BACKING_OFF, "two logins"
            if self.login is None:
                self.login = Exchange(self.logins, (), 0, 0)
                self.logins += 1
            self.login.step(ExchangeEvent.READY)
            self._send(Stream.LOGIN, self.login)
        elif action == TokenAction.RELEASE:
            for exchange in tuple(self.live):
                if exchange.state == ExchangeState.AWAITING_TOKEN:
                    self.go(exchange, now)

    def _send(self, stream: Stream, exchange: Exchange) -> None:
        token = (self.generation, self.session.expires_ns)
        ask = Ask(stream, exchange.request, exchange.attempt, *token, exchange.ranges)
        assert ask[:3] not in self.under_way, "a number of an attempt is used twice"
        self.under_way[ask[:3]] = (ask, exchange)
        self.out.append(ask)


class Server:
    """Judges requests, and keeps a ledger of the events that it has taken in."""

    def __init__(self) -> None:
        self.authority = Authority(AuthScheme.SERVER_TOKEN, TTL, ())
        self.board = CommandBoard()
        self.ledger: set[int] = set()
        self.out: list[Told] = []

    def take(self, ask: Ask, now: int) -> None:
        """A request has arrived."""
        cause = self.authority.refusal(AGENT, ask.stream, ask.generation, ask.expires, now)
        if cause:
            self.out.append(Told(ask, UNAUTHORISED, cause))
        elif ask.stream == Stream.LOGIN:
            self.out.append(Told(ask, OK, Cause.NONE, self.authority.generation, now + TTL))
        else:
            self.ledger.update(indices(ask.ranges))
            self.out.append(Told(ask, OK, Cause.NONE))

    def restart(self) -> None:
        """Lose the contents of memory. Committed events stay, and so does the signing key."""
        self.out.clear()


def indices(ranges: tuple[Range, ...]) -> list[int]:
    """The events of some ranges, one by one."""
    return [index for first, end in ranges for index in range(first, end)]
