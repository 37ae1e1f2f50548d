import pytest

from wavetank.protocol.commands import builtin
from wavetank.protocol.wire import Command


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        ({"command": "ping"}, "pong"),
        ({"command": "echo", "arguments": ["a", 1]}, ["a", 1]),
        ({"command": "echo", "text": "a"}, {"text": "a"}),
    ],
)
def test_echo_and_ping(fields: dict[str, object], result: object) -> None:
    assert builtin(Command("1", fields)) == result


@pytest.mark.parametrize("name", ["sh", "", None, "Echo", ["ping"]])
def test_nothing_else(name: object) -> None:
    outcome = builtin(Command("1", {"command": name, "arguments": ["touch x"]}))
    assert isinstance(outcome, dict)
    assert list(outcome) == ["error"]
