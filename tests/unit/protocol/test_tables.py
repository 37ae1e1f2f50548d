from enum import IntEnum

import pytest

from wavetank.protocol import tables
from wavetank.protocol.tables import (
    EXCHANGE,
    EXCHANGE_ROWS,
    TOKEN,
    TOKEN_ROWS,
    ExchangeAction,
    ExchangeEvent,
    ExchangeState,
    Row,
    TokenAction,
    TokenEvent,
    TokenState,
)

MACHINES = [
    pytest.param(TOKEN_ROWS, TOKEN, TokenState, TokenEvent, id="token"),
    pytest.param(EXCHANGE_ROWS, EXCHANGE, ExchangeState, ExchangeEvent, id="exchange"),
]
each_machine = pytest.mark.parametrize(("rows", "table", "states", "events"), MACHINES)


def reachable(rows: tuple[Row, ...], start: IntEnum) -> set[IntEnum]:
    reached, fresh = {start}, [start]
    while fresh:
        state = fresh.pop()
        for before, _, after, _ in rows:
            if before == state and after not in reached:
                reached.add(after)
                fresh.append(after)
    return reached


@each_machine
def test_every_state_is_reached_from_the_start(
    rows: tuple[Row, ...], table: tables.Table, states: type[IntEnum], events: type[IntEnum]
) -> None:
    assert reachable(rows, states(0)) == set(states)


@each_machine
def test_table_holds_the_rows_and_nothing_else(
    rows: tuple[Row, ...], table: tables.Table, states: type[IntEnum], events: type[IntEnum]
) -> None:
    listed = {(state, event): (after, action) for state, event, after, action in rows}
    for state in states:
        for event in events:
            assert table[state][event] == listed.get((state, event), (state, 0))


@each_machine
def test_every_event_does_something_somewhere(
    rows: tuple[Row, ...], table: tables.Table, states: type[IntEnum], events: type[IntEnum]
) -> None:
    assert {event for _, event, _, _ in rows} == set(events)


def test_every_action_is_asked_for() -> None:
    assert {action for *_, action in TOKEN_ROWS} == set(TokenAction)
    assert {action for *_, action in EXCHANGE_ROWS} == set(ExchangeAction) - {ExchangeAction.NOTHING}


def test_refusal_at_login_is_final() -> None:
    for state in (TokenState.LOGGING_IN, TokenState.RENEWING):
        assert TOKEN[state][TokenEvent.REFUSED] == (TokenState.DENIED, TokenAction.GO_OFFLINE)
    for event in TokenEvent:
        assert TOKEN[TokenState.DENIED][event] == (TokenState.DENIED, TokenAction.NOTHING)


def test_settled_request_stays_settled() -> None:
    for event in ExchangeEvent:
        after = EXCHANGE[ExchangeState.SETTLED][event]
        assert after == (ExchangeState.SETTLED, ExchangeAction.NOTHING)


def test_request_is_settled_by_acknowledgement_or_giving_up_only() -> None:
    ends = {action for _, _, after, action in EXCHANGE_ROWS if after == ExchangeState.SETTLED}
    assert ends == {ExchangeAction.ACKNOWLEDGE, ExchangeAction.GIVE_UP}
    for *_, after, action in EXCHANGE_ROWS:
        assert (action in ends) == (after == ExchangeState.SETTLED)
        assert (action == ExchangeAction.SEND) == (after == ExchangeState.IN_FLIGHT)


def test_pair_listed_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="listed twice"):
        tables.build((*TOKEN_ROWS, TOKEN_ROWS[0]), TokenState, TokenEvent)
