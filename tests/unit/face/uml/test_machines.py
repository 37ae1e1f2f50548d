import re
from collections.abc import Sequence
from enum import IntEnum

import pytest

from wavetank.face.uml.machines import exchange_machine, machine, token_machine, word
from wavetank.face.uml.page import Drawing
from wavetank.protocol.tables import (
    EXCHANGE_ROWS,
    TOKEN_ROWS,
    ExchangeState,
    Row,
    TokenState,
    build,
)

ARROW = re.compile(r"(\S+) --> (\S+)(?: : (.*))?")


class Lamp(IntEnum):
    OFF = 0
    ON = 1
    BROKEN_NOW = 2


class Touch(IntEnum):
    PRESSED = 0
    STRUCK = 1


class Deed(IntEnum):
    NOTHING = 0
    CLICK = 1


LAMP = (
    (Lamp.OFF, Touch.PRESSED, Lamp.ON, Deed.CLICK),
    (Lamp.ON, Touch.PRESSED, Lamp.ON, Deed.CLICK),
    (Lamp.OFF, Touch.STRUCK, Lamp.BROKEN_NOW, Deed.NOTHING),
    (Lamp.ON, Touch.STRUCK, Lamp.BROKEN_NOW, Deed.NOTHING),
)


def transitions(drawing: Drawing) -> set[tuple[str, str, str]]:
    """(from, to, text) of every arrow, one for each line of its text."""
    drawn = set()
    for line in drawing.source.splitlines():
        if match := ARROW.fullmatch(line):
            drawn |= {(match[1], match[2], text) for text in (match[3] or "").split(r"\n")}
    return drawn


def expected(rows: Sequence[Row], first: IntEnum, ends: Sequence[IntEnum]) -> set[tuple[str, str, str]]:
    """The same from the rows as they are listed, not from the table made of them."""
    drawn = {("[*]", first.name, "")} | {(end.name, "[*]", "") for end in ends}
    for state, event, after, action in rows:
        drawn.add((state.name, after.name, word(event) + (f" / {word(action)}" if action else "")))
    return drawn


def test_a_small_machine_in_full() -> None:
    drawing = machine("lamp", "A lamp", build(LAMP, Lamp, Touch), Lamp, Touch, Deed)
    assert transitions(drawing) == {
        ("[*]", "OFF", ""),
        ("OFF", "ON", "pressed / click"),
        ("ON", "ON", "pressed / click"),
        ("OFF", "BROKEN_NOW", "struck"),
        ("ON", "BROKEN_NOW", "struck"),
        ("BROKEN_NOW", "[*]", ""),
    }
    assert {"off", "on", "broken now", "A lamp"} <= set(drawing.labels)


@pytest.mark.parametrize(
    ("drawing", "rows", "first", "ends"),
    [
        (token_machine(), TOKEN_ROWS, TokenState.NONE, [TokenState.DENIED]),
        (exchange_machine(), EXCHANGE_ROWS, ExchangeState.NEW, [ExchangeState.SETTLED]),
    ],
    ids=["token", "exchange"],
)
def test_every_listed_transition_is_drawn_and_no_other(
    drawing: Drawing, rows: Sequence[Row], first: IntEnum, ends: list[IntEnum]
) -> None:
    assert transitions(drawing) == expected(rows, first, ends)
    assert {word(state) for state in type(first)} <= set(drawing.labels)


def test_no_concurrent_regions() -> None:
    """Smetana drops the second one in silence."""
    for drawing in (token_machine(), exchange_machine()):
        assert not [line for line in drawing.source.splitlines() if line.strip() in ("--", "||")]
