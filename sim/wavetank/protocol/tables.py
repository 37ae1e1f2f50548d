"""The agent's two state machines as int tables: state x event -> (next state, action).

TOKEN is one per agent: how a token is obtained, renewed and lost. EXCHANGE is one per request: from
its first sending until it is settled. Engines, the real agent and the diagrams all read these tables.
A pair that is not listed stays where it is and does nothing: an answer may always come too late.

The rules:

* renewal is single-flight: at most one login is under way, for all requests that wait for a token;
* a token is used until it expires, also while the next one is being asked for;
* a refusal at login is final: the agent is offline;
* a request that needs a token waits for it in AWAITING_TOKEN and goes when the login is answered;
* a request is over (SETTLED) when it is acknowledged or given up, and only then.
"""

from enum import IntEnum


class TokenState(IntEnum):
    """The state of an agent's token."""

    NONE = 0
    LOGGING_IN = 1
    LOGIN_WAIT = 2
    VALID = 3
    RENEWING = 4
    RENEW_WAIT = 5
    DENIED = 6


class TokenEvent(IntEnum):
    """An event in the life of a token."""

    NEEDED = 0
    DUE = 1
    EXPIRED = 2
    REJECTED = 3
    GRANTED = 4
    FAILED = 5
    REFUSED = 6
    WAIT_OVER = 7


class TokenAction(IntEnum):
    """The action that the driver must take for a token."""

    NOTHING = 0
    LOGIN = 1
    WAIT = 2
    RELEASE = 3
    GO_OFFLINE = 4


class ExchangeState(IntEnum):
    """Where one request is."""

    NEW = 0
    AWAITING_TOKEN = 1
    IN_FLIGHT = 2
    BACKING_OFF = 3
    SETTLED = 4


class ExchangeEvent(IntEnum):
    """An event in the life of a request. READY and BLOCKED: it may go now, with or without a usable token."""

    READY = 0
    BLOCKED = 1
    ACKNOWLEDGED = 2
    STALE = 3
    REJECTED = 4
    FAILED = 5
    EXHAUSTED = 6
    REFUSED = 7


class ExchangeAction(IntEnum):
    """The action that the driver must take for a request."""

    NOTHING = 0
    SEND = 1
    ASK = 2
    ACKNOWLEDGE = 3
    RENEW = 4
    WAIT = 5
    GIVE_UP = 6


Row = tuple[IntEnum, IntEnum, IntEnum, IntEnum]

_T, _TE, _TA = TokenState, TokenEvent, TokenAction
TOKEN_ROWS: tuple[Row, ...] = (
    (_T.NONE, _TE.NEEDED, _T.LOGGING_IN, _TA.LOGIN),
    (_T.LOGGING_IN, _TE.GRANTED, _T.VALID, _TA.RELEASE),
    (_T.LOGGING_IN, _TE.FAILED, _T.LOGIN_WAIT, _TA.WAIT),
    (_T.LOGGING_IN, _TE.REFUSED, _T.DENIED, _TA.GO_OFFLINE),
    (_T.LOGIN_WAIT, _TE.WAIT_OVER, _T.LOGGING_IN, _TA.LOGIN),
    (_T.VALID, _TE.DUE, _T.RENEWING, _TA.LOGIN),
    (_T.VALID, _TE.EXPIRED, _T.LOGGING_IN, _TA.LOGIN),
    (_T.VALID, _TE.REJECTED, _T.LOGGING_IN, _TA.LOGIN),
    (_T.RENEWING, _TE.GRANTED, _T.VALID, _TA.RELEASE),
    (_T.RENEWING, _TE.FAILED, _T.RENEW_WAIT, _TA.WAIT),
    (_T.RENEWING, _TE.REFUSED, _T.DENIED, _TA.GO_OFFLINE),
    (_T.RENEWING, _TE.EXPIRED, _T.LOGGING_IN, _TA.NOTHING),
    (_T.RENEWING, _TE.REJECTED, _T.LOGGING_IN, _TA.NOTHING),
    (_T.RENEW_WAIT, _TE.WAIT_OVER, _T.RENEWING, _TA.LOGIN),
    (_T.RENEW_WAIT, _TE.EXPIRED, _T.LOGIN_WAIT, _TA.NOTHING),
    (_T.RENEW_WAIT, _TE.REJECTED, _T.LOGIN_WAIT, _TA.NOTHING),
)

_X, _XE, _XA = ExchangeState, ExchangeEvent, ExchangeAction
EXCHANGE_ROWS: tuple[Row, ...] = (
    (_X.NEW, _XE.READY, _X.IN_FLIGHT, _XA.SEND),
    (_X.NEW, _XE.BLOCKED, _X.AWAITING_TOKEN, _XA.ASK),
    (_X.AWAITING_TOKEN, _XE.READY, _X.IN_FLIGHT, _XA.SEND),
    (_X.IN_FLIGHT, _XE.ACKNOWLEDGED, _X.SETTLED, _XA.ACKNOWLEDGE),
    (_X.IN_FLIGHT, _XE.STALE, _X.IN_FLIGHT, _XA.SEND),
    (_X.IN_FLIGHT, _XE.REJECTED, _X.AWAITING_TOKEN, _XA.RENEW),
    (_X.IN_FLIGHT, _XE.FAILED, _X.BACKING_OFF, _XA.WAIT),
    (_X.IN_FLIGHT, _XE.EXHAUSTED, _X.SETTLED, _XA.GIVE_UP),
    (_X.IN_FLIGHT, _XE.REFUSED, _X.SETTLED, _XA.GIVE_UP),
    (_X.BACKING_OFF, _XE.READY, _X.IN_FLIGHT, _XA.SEND),
    (_X.BACKING_OFF, _XE.BLOCKED, _X.AWAITING_TOKEN, _XA.ASK),
)

Table = tuple[tuple[tuple[int, int], ...], ...]


def build(rows: tuple[Row, ...], states: type[IntEnum], events: type[IntEnum]) -> Table:
    """The dense table `table[state][event] == (next state, action)` of the listed rows."""
    listed = {(state, event): (int(after), int(action)) for state, event, after, action in rows}
    if len(listed) != len(rows):
        raise ValueError("a state and event pair is listed twice")
    return tuple(tuple(listed.get((state, event), (int(state), 0)) for event in events) for state in states)


TOKEN = build(TOKEN_ROWS, TokenState, TokenEvent)
EXCHANGE = build(EXCHANGE_ROWS, ExchangeState, ExchangeEvent)
