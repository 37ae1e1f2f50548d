import pytest

from wavetank.protocol.session import Exchange, Session, failure_event, rejection_event
from wavetank.protocol.tables import (
    ExchangeAction,
    ExchangeEvent,
    ExchangeState,
    TokenAction,
    TokenEvent,
    TokenState,
)


def logged_in(issued_ns: int = 0, expires_ns: int = 100, trust_expiry: bool = True) -> Session:
    session = Session(trust_expiry)
    assert session.step(TokenEvent.NEEDED) == TokenAction.LOGIN
    assert session.grant(issued_ns, expires_ns) == TokenAction.RELEASE
    return session


def sent(serial: int = 1, times: int = 1) -> Exchange:
    exchange = Exchange(0, (), 0, 0)
    exchange.serial = serial
    for _ in range(times):
        assert exchange.step(ExchangeEvent.READY) == ExchangeAction.SEND
        exchange.step(ExchangeEvent.REJECTED)
    exchange.state = int(ExchangeState.IN_FLIGHT)
    return exchange


def test_token_lives_until_its_expiry() -> None:
    session = logged_in(10, 100)
    assert (session.serial, session.issued_ns) == (1, 10)
    assert session.usable(99)
    assert not session.usable(100)


def test_without_trust_in_expiry_only_a_rejection_ends_it() -> None:
    session = logged_in(trust_expiry=False)
    assert session.usable(10**18)
    session.step(TokenEvent.REJECTED)
    assert not session.usable(0)


def test_token_is_used_while_the_next_is_asked_for() -> None:
    session = logged_in()
    assert session.step(TokenEvent.DUE) == TokenAction.LOGIN
    assert session.usable(99), "while a login is under way"
    assert session.step(TokenEvent.FAILED) == TokenAction.WAIT
    assert session.usable(99), "while it waits for the next"
    assert session.step(TokenEvent.WAIT_OVER) == TokenAction.LOGIN
    assert session.grant(90, 200) == TokenAction.RELEASE
    assert session.usable(199)
    assert session.serial == 2


def test_no_token_no_use() -> None:
    session = Session(True)
    assert not session.usable(-1)
    session.step(TokenEvent.NEEDED)
    assert not session.usable(-1)
    session.step(TokenEvent.REFUSED)
    assert session.state == TokenState.DENIED
    assert not session.usable(-1)


def test_attempts_are_numbered_from_zero() -> None:
    exchange = Exchange(7, ((3, 5),), 2, 200)
    assert (exchange.attempt, exchange.tried) == (-1, 0)
    assert exchange.step(ExchangeEvent.READY) == ExchangeAction.SEND
    assert (exchange.attempt, exchange.tried) == (0, 1)
    assert not exchange.may_go()
    assert exchange.step(ExchangeEvent.FAILED) == ExchangeAction.WAIT
    assert exchange.may_go()
    assert exchange.step(ExchangeEvent.READY) == ExchangeAction.SEND
    assert (exchange.attempt, exchange.tried) == (1, 2)


def test_restarted_agent_begins_to_count_anew() -> None:
    exchange = sent(times=3)
    exchange.forget_attempt()
    assert exchange.may_go()
    assert (exchange.tried, exchange.attempt) == (0, 2), "the number of an attempt is never used again"


def test_attempts_are_exhausted() -> None:
    for times, attempts, event in (
        (1, 0, ExchangeEvent.FAILED),
        (9, 0, ExchangeEvent.FAILED),
        (1, 2, ExchangeEvent.FAILED),
        (2, 2, ExchangeEvent.EXHAUSTED),
        (3, 2, ExchangeEvent.EXHAUSTED),
    ):
        assert failure_event(503, False, sent(times=times), attempts) == event


@pytest.mark.parametrize(("status", "final"), [(413, False), (401, True)])
def test_what_is_useless_to_repeat_is_not_repeated(status: int, final: bool) -> None:
    assert failure_event(status, final, sent(), 5) == ExchangeEvent.REFUSED


@pytest.mark.parametrize("resume", [True, False])
def test_rejections_count_as_attempts(resume: bool) -> None:
    session = logged_in()
    going_on = ExchangeEvent.REJECTED if resume else ExchangeEvent.FAILED
    assert rejection_event(sent(times=2), session, 3, resume, 0) == (going_on, True)
    assert rejection_event(sent(times=3), session, 3, resume, 0) == (ExchangeEvent.EXHAUSTED, True)
    assert rejection_event(sent(times=3), session, 0, resume, 0) == (going_on, True)


def test_rejection_of_a_former_token_is_answered_with_the_current_one() -> None:
    session = logged_in()
    session.step(TokenEvent.DUE)
    session.grant(50, 200)
    assert rejection_event(sent(serial=1), session, 0, True, 199) == (ExchangeEvent.STALE, False)
    assert rejection_event(sent(serial=1), session, 0, True, 200) == (ExchangeEvent.REJECTED, False)
    assert rejection_event(sent(serial=2), session, 0, True, 199) == (ExchangeEvent.REJECTED, True)
