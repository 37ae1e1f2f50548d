"""State machines, drawn from the protocol's int tables: every entry that does something."""

from collections.abc import Sequence
from enum import IntEnum

from wavetank.face.uml.page import RULE, Drawing, Page
from wavetank.protocol.tables import (
    EXCHANGE,
    TOKEN,
    ExchangeAction,
    ExchangeEvent,
    ExchangeState,
    Table,
    TokenAction,
    TokenEvent,
    TokenState,
)

_STYLE = (
    "hide empty description",
    "skinparam stateBackgroundColor #F5F5F5",
    "skinparam stateBorderColor " + RULE,
    "skinparam stateFontStyle bold",
    "skinparam stateAttributeFontSize 12",
    "skinparam stateArrowColor #595959",
)


def token_machine() -> Drawing:
    """How an agent gets its token, and its next."""
    title = "How an agent gets and keeps its token"
    return machine("state-token", title, TOKEN, TokenState, TokenEvent, TokenAction)


def exchange_machine() -> Drawing:
    """Draw the state machine of one request."""
    title = "What becomes of a request"
    return machine("state-exchange", title, EXCHANGE, ExchangeState, ExchangeEvent, ExchangeAction)


def machine(
    name: str, title: str, table: Table, states: type[IntEnum], events: type[IntEnum], actions: type[IntEnum]
) -> Drawing:
    """The diagram of `table[state][event] == (next state, action)`; the first state is where it begins.

    A transition says "event / action", the action left out where nothing is to be done. Transitions between
    the same two states share an arrow. A state that nothing leaves is an end.
    """
    page = Page(title, _STYLE)
    for state in states:
        page.add(f'state "{page.say(word(state))}" as {state.name}')
    page.add(f"[*] --> {next(iter(states)).name}")
    for state in states:
        leaving = _leaving(table[state], state, events, actions)
        for after, texts in leaving.items():
            page.add(f"{state.name} --> {states(after).name} : {page.say(*texts)}")
        if not leaving:
            page.add(f"{state.name} --> [*]")
    page.caption("event / action; what is not shown changes nothing")
    return page.drawing(name)


def word(member: IntEnum) -> str:
    """A state, event or action in words: LOGGING_IN is "logging in"."""
    return member.name.lower().replace("_", " ")


def _leaving(
    row: Sequence[tuple[int, int]], state: IntEnum, events: type[IntEnum], actions: type[IntEnum]
) -> dict[int, list[str]]:
    """Next state -> texts of the transitions to it."""
    leaving: dict[int, list[str]] = {}
    for event, (after, action) in zip(events, row, strict=True):
        if (after, action) != (state, 0):
            text = f"{word(event)} / {word(actions(action))}" if action else word(event)
            leaving.setdefault(after, []).append(text)
    return leaving
