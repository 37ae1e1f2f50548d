"""The tables under any sequence of events."""

from hypothesis import given
from hypothesis import strategies as st

from wavetank.protocol.session import Exchange, Session
from wavetank.protocol.tables import (
    TOKEN_ROWS,
    ExchangeAction,
    ExchangeEvent,
    ExchangeState,
    TokenAction,
    TokenEvent,
    TokenState,
)

ENDS_LOGIN = (TokenEvent.GRANTED, TokenEvent.FAILED, TokenEvent.REFUSED)
UNDER_WAY = (TokenState.LOGGING_IN, TokenState.RENEWING)


@given(st.lists(st.integers(0, 63), max_size=60))
def test_login_is_single_flight(choices: list[int]) -> None:
    """Whatever happens, in any order: never two logins under way, and never none where one is taken to be."""
    session = Session(trust_expiry=True)
    logins = 0
    for choice in choices:
        event = some_event(session.state, choice)
        if event in ENDS_LOGIN and not logins:
            continue  # nobody answers a login that was not sent
        logins -= event in ENDS_LOGIN
        logins += session.step(event) == TokenAction.LOGIN
        assert logins in (0, 1)
        assert logins == (session.state in UNDER_WAY)


def some_event(state: int, choice: int) -> TokenEvent:
    """Any event, and half of the time one that does something in this state."""
    listed = [event for before, event, _, _ in TOKEN_ROWS if before == state]
    return TokenEvent(listed[choice % len(listed)] if choice >= 32 and listed else choice % len(TokenEvent))


@given(st.lists(st.sampled_from(TokenEvent), max_size=60))
def test_refused_agent_never_logs_in_again(events: list[TokenEvent]) -> None:
    session = Session(trust_expiry=True)
    denied = False
    for event in events:
        action = session.step(event)
        assert not (denied and action != TokenAction.NOTHING)
        denied = denied or action == TokenAction.GO_OFFLINE
        assert denied == (session.state == TokenState.DENIED)


@given(st.lists(st.sampled_from(ExchangeEvent), max_size=60))
def test_request_is_settled_once(events: list[ExchangeEvent]) -> None:
    """Acknowledged or given up exactly once, and nothing is sent after that."""
    exchange = Exchange(0, ((0, 1),), 1, 1)
    ends = sent = 0
    for event in events:
        action = exchange.step(event)
        assert not (ends and action != ExchangeAction.NOTHING)
        ends += action in (ExchangeAction.ACKNOWLEDGE, ExchangeAction.GIVE_UP)
        sent += action == ExchangeAction.SEND
        assert ends == (exchange.state == ExchangeState.SETTLED)
        assert (exchange.attempt, exchange.tried) == (sent - 1, sent)
