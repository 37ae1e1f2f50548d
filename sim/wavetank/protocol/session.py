"""The agent's memory of its token, and of each request under way: two state machines that are stepped.

Nothing here knows a clock: instants are passed in. Which wait follows a failure is a policy; the
waiting itself belongs to the code that drives these machines.
"""

from wavetank.policy.choices import names_all
from wavetank.policy.codes import Renewal, Stream
from wavetank.protocol.outbox import Range
from wavetank.protocol.tables import (
    EXCHANGE,
    TOKEN,
    ExchangeAction,
    ExchangeEvent,
    ExchangeState,
    TokenEvent,
    TokenState,
)

names_all(__name__, Renewal, "ON_EXPIRY ON_REJECTION BEFORE_EXPIRY")
names_all(__name__, TokenState, "NONE LOGGING_IN LOGIN_WAIT VALID RENEWING RENEW_WAIT DENIED")
names_all(__name__, ExchangeState, "NEW AWAITING_TOKEN IN_FLIGHT BACKING_OFF SETTLED")

_HOLDS_TOKEN = (TokenState.VALID, TokenState.RENEWING, TokenState.RENEW_WAIT)
_GO = (ExchangeState.NEW, ExchangeState.AWAITING_TOKEN, ExchangeState.BACKING_OFF)


class Session:
    """The token of one agent.

    `serial` counts the tokens had so far; `expires_ns` is what the agent reads in the current one
    (`trust_expiry` False: it does not look, and waits to be rejected).
    """

    __slots__ = ("expires_ns", "issued_ns", "serial", "state", "trust_expiry")

    def __init__(self, trust_expiry: bool) -> None:
        self.trust_expiry = trust_expiry
        self.state = int(TokenState.NONE)
        self.serial = 0
        self.issued_ns = 0
        self.expires_ns = 0

    def step(self, event: TokenEvent) -> int:
        """Take one event; returns the `TokenAction` to carry out."""
        self.state, action = TOKEN[self.state][event]
        return action

    def grant(self, issued_ns: int, expires_ns: int) -> int:
        """A login was answered with a token."""
        self.serial += 1
        self.issued_ns = issued_ns
        self.expires_ns = expires_ns
        return self.step(TokenEvent.GRANTED)

    def need(self, now_ns: int) -> int:
        """A request needs a token that is not there, or no longer; returns the `TokenAction`."""
        return self.step(need_event(self, now_ns))

    def due(self, renewal: int) -> int:
        """The instant for which the `Renewal` law planned the next token has come."""
        return self.step(due_event(renewal))

    def usable(self, now_ns: int) -> bool:
        """Whether a request may carry the current token; notices its expiry."""
        return usable(self, now_ns)


def usable(session: Session, now_ns: int) -> bool:
    """Whether a request may carry the session's token."""
    if session.state not in _HOLDS_TOKEN:
        return False
    return not session.trust_expiry or now_ns < session.expires_ns


def need_event(session: Session, now_ns: int) -> TokenEvent:
    """Return the event when a request needs a token: the token has expired, or there is none."""
    if session.state in _HOLDS_TOKEN and not usable(session, now_ns):
        return TokenEvent.EXPIRED
    return TokenEvent.NEEDED


def due_event(renewal: int) -> TokenEvent:
    """Return the event at the instant planned by the `Renewal` law."""
    return TokenEvent.EXPIRED if renewal == Renewal.ON_EXPIRY else TokenEvent.DUE


class Exchange:
    """One request of a stream until it is settled: its events, its attempts, the token it last used.

    `attempt` numbers the attempts from 0 (-1: not sent yet); `tried` counts those that the retry law
    counts; `received` whether the server has taken its events, `dropped` whether the agent gave them up.
    """

    __slots__ = (
        "attempt",
        "body_bytes",
        "dropped",
        "events",
        "ranges",
        "received",
        "request",
        "serial",
        "state",
        "tried",
        "wait_ns",
    )

    def __init__(self, request: int, ranges: tuple[Range, ...], events: int, body_bytes: int) -> None:
        self.request = request
        self.ranges = ranges
        self.events = events
        self.body_bytes = body_bytes
        self.state = int(ExchangeState.NEW)
        self.attempt = -1
        self.tried = 0
        self.serial = 0
        self.wait_ns = 0
        self.received = False
        self.dropped = False

    def step(self, event: ExchangeEvent) -> int:
        """Take one event; returns the `ExchangeAction` to carry out."""
        self.state, action = EXCHANGE[self.state][event]
        if action == ExchangeAction.SEND:
            self.attempt += 1
            self.tried += 1
        return action

    def may_go(self) -> bool:
        """Whether the request waits for something and could be sent."""
        return self.state in _GO

    def forget_attempt(self) -> None:
        """The agent restarted: what was under way is as if it had to be sent for the first time."""
        self.state = int(ExchangeState.NEW)
        self.tried = 0


def is_final(stream: int, status: int) -> bool:
    """Whether an answer says that repeating is useless: credentials that are not accepted."""
    return stream == Stream.LOGIN and status in (401, 403)


def failure_event(status: int, final: bool, exchange: Exchange, attempts: int) -> ExchangeEvent:
    """Return the event of a failed attempt: `status` as in HTTP, 0 for none (time-out, reset, refused).

    `final` says that repeating is useless (413: the same body would be refused again).
    """
    if final or status == 413:
        return ExchangeEvent.REFUSED
    if attempts and exchange.tried >= attempts:
        return ExchangeEvent.EXHAUSTED
    return ExchangeEvent.FAILED


def rejection_event(
    exchange: Exchange, session: Session, attempts: int, resume: bool, now_ns: int
) -> tuple[ExchangeEvent, bool]:
    """Return the event of a 401 to a request with a server-given token, and whether it voids the token.

    A token older than a usable current one is simply replaced; otherwise the request either goes on
    when the login is answered (`resume`) or waits its own backoff.
    """
    current = exchange.serial == session.serial
    if attempts and exchange.tried >= attempts:
        return ExchangeEvent.EXHAUSTED, current
    if not current and usable(session, now_ns):
        return ExchangeEvent.STALE, False
    return (ExchangeEvent.REJECTED if resume else ExchangeEvent.FAILED), current


__all__ = [
    "Exchange",
    "Session",
    "due_event",
    "failure_event",
    "is_final",
    "need_event",
    "rejection_event",
    "usable",
]
