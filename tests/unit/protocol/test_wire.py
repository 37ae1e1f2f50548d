import json
from urllib.parse import parse_qs

import pytest

from wavetank.protocol import wire
from wavetank.protocol.answers import COMMANDS_AT_ONCE, all_taken
from wavetank.protocol.identity import Credentials
from wavetank.units import SECOND

DATE = "Mon, 23 Nov 2026 12:00:00 GMT"


def test_login_is_a_client_credentials_grant() -> None:
    request = wire.login("some-uuid", "a key", "host")
    assert (request.method, request.path) == ("POST", "/login")
    assert request.headers["Authorization"] == "Basic c29tZS11dWlkOmEra2V5"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.body.decode()) == {"grant_type": ["client_credentials"], "host": ["host"]}


@pytest.mark.parametrize(
    "text", ["", "plain", 'quote " and \\', "\n\x00\u2028", "ü\N{SNOWMAN}\N{PILE OF POO}"]
)
def test_events_arrive_as_they_were(text: str) -> None:
    rows = [(0, wire.event_data(text)), (2**63 - 1, wire.event_data("b"))]
    assert json.loads(wire.stateful("t", "epoch", rows).body) == {
        "epoch": "epoch",
        "events": [{"sequence": 0, "data": text}, {"sequence": 2**63 - 1, "data": "b"}],
    }
    assert json.loads(wire.stateless("t", rows).body) == {"events": [{"data": text}, {"data": "b"}]}


@pytest.mark.parametrize("text", ["", "x" * 1000, "\N{PILE OF POO}" * 100])
def test_size_is_never_told_too_small(text: str) -> None:
    data = wire.event_data(text)
    single, two = (len(wire.stateful("t", "e", [(2**63 - 1, data)] * n).body) for n in (1, 2))
    assert two - single <= wire.size_of(data)


def test_command_is_confirmed_under_its_own_name() -> None:
    request = wire.confirm("t", "a/b?c", {"x": 1})
    assert request.path == "/commands/a%2Fb%3Fc"
    assert json.loads(request.body) == {"result": {"x": 1}}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"retry-after": "7"}, 7),
        ({"retry-after": " 7 "}, 7),
        ({"retry-after": "999999999999"}, 86_400),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "1.5"}, 0),
        ({"retry-after": "soon"}, 0),
        ({"retry-after": "²"}, 0),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:30 GMT", "date": "Mon, 23 Nov 2026 12:00:00 GMT"}, 30),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:00 GMT", "date": "Mon, 23 Nov 2026 12:00:30 GMT"}, 0),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:30 GMT"}, 0),
        ({"retry-after": "Monday, 23-Nov-26 12:00:30 GMT", "date": "Mon Nov 23 12:00:00 2026"}, 30),
        ({"retry-after": "Mon, 23 Nov 99999999999 12:00:30 GMT", "date": DATE}, 0),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:30 +99999999999999999999", "date": DATE}, 0),
        ({"retry-after": DATE, "date": "Mon, 23 Nov 2026 12:00:30 -99999999999999999999"}, 0),
        ({"retry-after": "Mon, 99 Nov 2026 12:00:30 GMT", "date": DATE}, 0),
        ({"retry-after": "Mon, 23 Nov 0000 12:00:30 GMT", "date": DATE}, 0),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT", "date": DATE}, 86_400),
    ],
)
def test_retry_after_is_read(headers: dict[str, str], seconds: int) -> None:
    assert wire.retry_after_ns(headers) == seconds * SECOND


@pytest.mark.parametrize(
    ("body", "token"),
    [
        (b'{"access_token": "x", "expires_in": 900}', wire.Token("x", 900 * SECOND)),
        (b'{"access_token": "x"}', wire.Token("x", 0)),
        (b'{"access_token": "", "expires_in": 900}', None),
        (b'{"access_token": " ", "expires_in": 900}', None),
        (b'{"access_token": "a b", "expires_in": 900}', None),
        (b'{"access_token": "x", "expires_in": true}', None),
        (b'{"access_token": "x", "expires_in": -1}', None),
        (b'{"access_token": "x", "expires_in": NaN}', None),
        (b'{"access_token": "x\\r\\nEvil: yes", "expires_in": 900}', None),
        (b"[" * 100_000, None),
        (b'{"access_token": "' + b"x" * 20_000 + b'"}', None),
        (b'{"access_token": "x", "expires_in": ' + b"9" * 5_000 + b"}", None),
        (b'{"access_token": "x", "expires_in": 1e999}', None),
        (b"\xff", None),
    ],
)
def test_token_is_read_or_refused(body: bytes, token: wire.Token | None) -> None:
    assert wire.token_of(body) == token


def test_commands_are_read() -> None:
    body = b'{"count": 2, "commands" : [{"id": 7, "command": "ping"} , {"id": "a", "text": "\\u00fc"}]}'
    assert wire.commands_of(body) == [
        wire.Command("7", {"command": "ping"}),
        wire.Command("a", {"text": "\u00fc"}),
    ]


@pytest.mark.parametrize(
    "identifier",
    ['"\\ud800"', '"' + "x" * 257 + '"', "1" * 300, '""', "true", "null", "1.5", "[1]"],
)
def test_command_that_could_not_be_confirmed_is_left_out(identifier: str) -> None:
    body = f'{{"commands": [{{"id": {identifier}, "command": "ping"}}, {{"id": 1}}]}}'
    assert wire.commands_of(body.encode()) == [wire.Command("1", {})]


def test_only_so_many_commands_are_taken_at_once() -> None:
    body = json.dumps({"commands": [{"id": n} for n in range(50_000)]}).encode()
    assert [command.id for command in wire.commands_of(body)] == [str(n) for n in range(COMMANDS_AT_ONCE)]


@pytest.mark.parametrize(
    ("body", "all_of_them"),
    [
        (b'{"commands": []}', True),
        (b'{"commands": [{"id": 1}]}', True),
        (json.dumps({"commands": [{"id": n} for n in range(COMMANDS_AT_ONCE)]}).encode(), True),
        (json.dumps({"commands": [{"id": n} for n in range(COMMANDS_AT_ONCE + 1)]}).encode(), False),
        (b'{"commands": [{"id": 1}, nonsense', False),
        (b"nonsense", True),
    ],
)
def test_whether_commands_are_left_for_later_is_told(body: bytes, all_of_them: bool) -> None:
    assert all_taken(body) is all_of_them


@pytest.mark.parametrize(
    "result", [float("nan"), {"x": {1}}, "x" * wire.EVENT_MOST_BYTES, *[json.loads("[" * 900 + "]" * 900)]]
)
def test_result_that_cannot_be_told_is_told_as_an_error(result: object) -> None:
    body = wire.confirm("t", "1", result).body
    assert len(body) <= wire.BODY_MOST_BYTES
    parsed = json.loads(body, parse_constant=lambda text: pytest.fail(f"{text} is no JSON"))
    assert isinstance(parsed["result"], dict | list)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"commands": 3}', b'{"commands": [3, {"id": null}]}'])
def test_what_is_no_command_is_left_out(body: bytes) -> None:
    assert wire.commands_of(body) == []


def test_registration_says_who_it_is() -> None:
    request = wire.register(Credentials("u", "k", "n", "s", "", False), "admin", "secret")
    assert json.loads(request.body) == {"uuid": "u", "key": "k", "name": "n"}
    assert request.headers["Authorization"] == "Basic YWRtaW46c2VjcmV0"


def test_servers_words_are_shown_printable_and_short() -> None:
    said = wire.why_not_registered(500, b"\x1b[31mred" + b"x" * 1000)
    assert said.startswith("?[31mred")
    assert len(said) == 200
