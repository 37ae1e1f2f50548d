import gzip
import json
import sqlite3
import threading
import time
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.real.server.parts import Registered, Running, running
from wavetank.real.server import events


@pytest.fixture
def token(server: Running, agent: Registered) -> str:
    return server.token(agent)


def batch(*numbers: int, epoch: str = "e", data: object = "x") -> dict[str, object]:
    return {"epoch": epoch, "events": [{"sequence": n, "data": data} for n in numbers]}


def test_stateful_events_are_stored_once(server: Running, agent: Registered, token: str) -> None:
    first = server.send("/stateful", batch(5, 2**63 - 1, 0), token)
    assert (first.status, first.json) == (200, {"stored": 3, "duplicates": 0})
    again = server.send("/stateful", batch(0, 1, 5), token)
    assert (again.status, again.json) == (200, {"stored": 1, "duplicates": 2})
    other_epoch = server.send("/stateful", batch(0, epoch="f"), token)
    assert other_epoch.json == {"stored": 1, "duplicates": 0}
    assert [event["sequence"] for event in server.events(agent)] == [5, 2**63 - 1, 0, 1, 0]


def test_first_contents_stay_and_the_second_are_counted(
    server: Running, agent: Registered, token: str
) -> None:
    before = server.metric("wavetank_events_conflicting_total")
    server.send("/stateful", batch(1, data="first"), token)
    got = server.send("/stateful", batch(1, data="second"), token)
    assert (got.status, got.json) == (200, {"stored": 0, "duplicates": 1})
    assert [event["data"] for event in server.events(agent)] == ["first"]
    assert server.metric("wavetank_events_conflicting_total") == before + 1


def test_agents_do_not_share_their_numbers(server: Running, agent: Registered, token: str) -> None:
    other = server.register()
    server.send("/stateful", batch(1), token)
    assert server.send("/stateful", batch(1), server.token(other)).json["stored"] == 1
    assert len(server.events(agent)) == len(server.events(other)) == 1


def test_large_batch_with_repeats(server: Running, agent: Registered, token: str) -> None:
    assert server.send("/stateful", batch(*range(5_000)), token).json["stored"] == 5_000
    got = server.send("/stateful", batch(*range(2_500, 7_500)), token)
    assert got.json == {"stored": 2_500, "duplicates": 2_500}
    assert server.metric("wavetank_events_conflicting_total") >= 0


def test_stateless_events_are_stored(server: Running, agent: Registered, token: str) -> None:
    values = ["text", {"a": [1, None]}, 3.5, "\ud800", "\0"]
    got = server.send("/stateless", {"events": [{"data": value} for value in values]}, token)
    assert (got.status, got.json) == (202, {"accepted": 5})
    server.eventually(lambda: len(server.events(agent)) == 5)
    assert [event["data"] for event in server.events(agent)] == values


def strict(text: bytes | str) -> Any:
    """As a parser that keeps every digit and takes nothing that is not JSON."""

    def no(word: str) -> object:
        raise ValueError(word)

    return json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=no)


NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
TEXTS = st.recursive(
    NUMBERS | st.text(max_size=5).map(json.dumps),
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda some: f"[{' , '.join(some)}]")
        | st.dictionaries(st.text(max_size=3).map(json.dumps), inner, max_size=3).map(
            lambda some: f"{{{','.join(f'{name}: {value}' for name, value in some.items())}}}"
        )
    ),
    max_leaves=6,
)


@given(st.lists(TEXTS, min_size=1, max_size=20), st.booleans())
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(["1e999"], False)
@example(["0.1000000000000000055511151231257827", "12345678901234567890.5", "-0", "1E400"], True)
def test_what_is_listed_is_what_was_sent(
    server: Running, agent: Registered, token: str, texts: list[str], lines: bool
) -> None:
    epoch = str(uuid.uuid4())
    events = [f'{{"sequence": {n}, "data":{text} }}' for n, text in enumerate(texts)]
    if lines:
        body, kind = "\n".join([f'{{"epoch": "{epoch}"}}', *events]), "application/x-ndjson"
    else:
        body, kind = f'{{"events": [{",".join(events)}], "epoch": "{epoch}"}}', "application/json"
    got = server.send("/stateful", body.encode(), token, Content_Type=kind)
    finite = not any("Infinity" in json.dumps(json.loads(text)) for text in texts)
    assert got.status == 200 or (got.status == 422 and not finite), got
    page = server.manage("GET", f"/events?agent={agent.uuid}&limit=10000").body
    listed = [event["data"] for event in strict(page)["events"] if event["epoch"] == epoch]
    assert listed == ([strict(text) for text in texts] if got.status == 200 else [])


def test_names_that_come_twice_are_refused(server: Running, token: str) -> None:
    for body in (
        b'{"epoch": "e", "epoch": "f", "events": []}',
        b'{"epoch": "e", "events": [], "events": []}',
        b'{"epoch": "e", "events": [{"sequence": 1, "data": 1, "data": 2}]}',
    ):
        assert server.send("/stateful", body, token).status == 422


def test_so_many_events_and_no_more(server: Running, agent: Registered, token: str) -> None:
    most = server.settings.limits.events
    event = b'{"sequence":0,"data":1}'
    for count, status in ((most, 200), (most + 1, 413)):
        body = b'{"epoch":"many","events":[%b]}' % b",".join([event] * count)
        assert server.send("/stateful", body, token).status == status
        body = b'{"epoch":"many"}\n' + b"\n".join([event] * count)
        assert server.send("/stateful", body, token, Content_Type="application/x-ndjson").status == status


def test_lines_hold_one_event_each(server: Running, token: str) -> None:
    for lines in (
        b'{"data":\n1}',
        b'{"data":1} {"data":2}',
        b'{"data":1}{"data":2}',
        b'[\n{"data":1}]',
        b"1\n2",
    ):
        status = server.send("/stateless", lines, token, Content_Type="application/x-ndjson").status
        assert status in (400, 422), lines


def test_large_events_are_stored_as_they_are(server: Running, agent: Registered, token: str) -> None:
    """Larger than a window of the parser, beside small ones."""
    values = ["x" * 200_000, [[n] for n in range(20_000)], {"a": "\u00e9" * 20_000}, 1]
    body = json.dumps(
        {"epoch": "large", "events": [{"sequence": n, "data": v} for n, v in enumerate(values)]}
    )
    assert server.send("/stateful", body.encode(), token).status == 200
    assert [event["data"] for event in server.events(agent)] == values


def test_ndjson(server: Running, agent: Registered, token: str) -> None:
    lines = b'{"epoch": "e"}\n{"sequence": 1, "data": 1}\n\n{"sequence": 2, "data": 2}\n'
    assert server.send("/stateful", lines, token, Content_Type="application/x-ndjson").json["stored"] == 2
    kind = "application/x-ndjson; charset=utf-8"
    assert server.send("/stateless", b'{"data": 1}\n{"data": 2}', token, Content_Type=kind).json == {
        "accepted": 2
    }
    assert server.send("/stateful", b"", token, Content_Type="application/x-ndjson").status == 422


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("GZIP", lambda body: gzip.compress(body[:20]) + gzip.compress(body[20:])),
        ("zstd", zstandard.compress),
        ("zstd", lambda body: zstandard.compress(body[:20]) + zstandard.compress(body[20:])),
        ("identity", bytes),
    ],
)
def test_compressed(server: Running, token: str, coding: str, pack) -> None:  # type: ignore[no-untyped-def]
    body = pack(json.dumps(batch(*range(1_000), epoch=coding)).encode())
    assert server.send("/stateful", body, token, Content_Encoding=coding).status == 200


BROKEN = [
    (b"", 400),
    (b"{", 400),
    (b"\xff", 400),
    (b'{"events": [NaN]}', 400),
    (b"[" * 100_000, 400),
    (b'{"epoch": "e", "events": [{"sequence": 0, "data": ' + b"[" * 62 + b"]" * 62 + b"}]}", 400),
    (b"[]", 422),
    (b"{}", 422),
    (b'{"events": [], "epoch": ""}', 422),
    (b'{"events": [], "epoch": 1.5}', 422),
    (b'{"events": [], "epoch": 7}', 422),
    (b'{"events": [], "epoch": 7.0}', 422),
    (b'{"events": {}, "epoch": "e"}', 422),
    (b'{"events": [], "epoch": "e", "more": 1}', 422),
    (b'{"events": [1], "epoch": "e"}', 422),
    (b'{"events": [{"data": 1}], "epoch": "e"}', 422),
    (b'{"events": [{"sequence": 1}], "epoch": "e"}', 422),
    (b'{"events": [{"sequence": 1, "data": 1, "more": 1}], "epoch": "e"}', 422),
    *(
        (b'{"events": [{"sequence": %b, "data": 1}], "epoch": "e"}' % number, 422)
        for number in (b"-1", b"9223372036854775808", b"1.0", b"true", b'"1"', b"null", b"1e3")
    ),
    (b'{"events": [{"sequence": ' + b"9" * 5_000 + b', "data": 1}], "epoch": "e"}', 400),
]


@pytest.mark.parametrize(("body", "status"), BROKEN)
def test_broken_bodies(server: Running, agent: Registered, token: str, body: bytes, status: int) -> None:
    assert server.send("/stateful", body, token).status == status
    assert server.events(agent) == []


def test_nesting_up_to_the_limit(server: Running, token: str) -> None:
    body = b'{"epoch": "e", "events": [{"sequence": 0, "data": ' + b"[" * 61 + b"]" * 61 + b"}]}"
    assert server.send("/stateful", body, token).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": ""}, 415),
        ({"Content_Type": "application/json; charset=latin-1"}, 415),
        ({"Content_Encoding": "br"}, 415),
        ({"Content_Encoding": "gzip, gzip"}, 415),
        ({"Content_Encoding": "gzip"}, 400),
        ({"Content_Encoding": "zstd"}, 400),
    ],
)
def test_types_and_codings(server: Running, token: str, headers: dict[str, str], status: int) -> None:
    assert server.send("/stateful", batch(1), token, **headers).status == status


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_truncated(server: Running, token: str, coding: str) -> None:
    plain = json.dumps(batch(*range(100))).encode()
    body = gzip.compress(plain) if coding == "gzip" else zstandard.compress(plain)
    assert server.send("/stateful", body[:-9], token, Content_Encoding=coding).status == 400


def test_another_agents_name_is_refused(server: Running, agent: Registered, token: str) -> None:
    other = server.register()
    named = {"events": [], "agent": other.uuid}
    assert server.send("/stateless", named, token).status == 403
    assert server.send("/stateless", {"events": [{"data": 1, "uuid": other.uuid}]}, token).status == 403
    assert server.send("/stateless", {"events": []}, token, X_Agent_ID=other.uuid).status == 403
    assert server.send(f"/stateless?agent={other.uuid}", {"events": []}, token).status == 403
    own = {"events": [{"data": 1, "uuid": agent.uuid}], "agent": agent.uuid}
    assert server.send("/stateless", own, token, X_Agent_ID=agent.uuid).status == 202
    assert server.events(other) == []


# ---- commands -------------------------------------------------------------------------------


def queue(server: Running, agent: Registered, **fields: object) -> int:
    got = server.manage("POST", f"/agents/{agent.uuid}/commands", fields)
    assert got.status == 201
    number = got.json["id"]
    assert isinstance(number, int)
    return number


def test_command_is_given_until_it_is_confirmed(server: Running, agent: Registered, token: str) -> None:
    number = queue(server, agent, command="echo", arguments=["ü", 1])
    expected = {"commands": [{"id": number, "command": "echo", "arguments": ["ü", 1]}]}
    assert server.poll(token).json == expected
    assert server.poll(token).json == expected
    assert server.send(f"/commands/{number}", {"result": "ü"}, token).status == 204
    assert server.send(f"/commands/{number}", {}, token).status == 204
    assert server.poll(token, 0).json == {"commands": []}


def test_confirmation_without_a_body(server: Running, agent: Registered, token: str) -> None:
    number = queue(server, agent, command="ping")
    got = server.ask("POST", f"/commands/{number}", None, {"Authorization": f"Bearer {token}"})
    assert got.status == 204
    assert server.poll(token, 0).json == {"commands": []}


def test_held_poll_is_answered_when_a_command_comes(server: Running, agent: Registered, token: str) -> None:
    got = []
    poll = threading.Thread(target=lambda: got.append(server.poll(token).json))
    poll.start()
    server.eventually(lambda: server.metric("wavetank_polls_held") == 1)
    number = queue(server, agent, command="ping")
    poll.join(10)
    assert got == [{"commands": [{"id": number, "command": "ping"}]}]


def test_newer_poll_ends_the_older(server: Running, token: str) -> None:
    got = []
    older = threading.Thread(target=lambda: got.append(server.poll(token).json))
    older.start()
    server.eventually(lambda: server.metric("wavetank_polls_held") == 1)
    assert server.poll(token, 0).json == {"commands": []}
    older.join(10)
    assert got == [{"commands": []}]


def test_command_for_a_dead_connection_is_given_again(server: Running, agent: Registered, token: str) -> None:
    with server.wire() as wire:
        wire.sendall(f"GET /commands HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        server.eventually(lambda: server.metric("wavetank_polls_held") == 1)
    server.eventually(lambda: server.metric("wavetank_polls_held") == 0)
    number = queue(server, agent, command="ping")
    assert server.poll(token).json["commands"][0]["id"] == number


def test_commands_of_others(server: Running, agent: Registered, token: str) -> None:
    other = server.register()
    number = queue(server, other, command="ping")
    assert server.poll(token, 0).json == {"commands": []}
    assert server.send(f"/commands/{number}", {}, token).status == 403
    assert server.poll(server.token(other)).json["commands"][0]["id"] == number
    assert server.send("/commands/999999", {}, token).status == 404
    for path in ("x", "01", "+1", "1%20", "%D9%A1", "1" * 19):
        assert server.send(f"/commands/{path}", {}, token).status == 404, path


def test_commands_for_an_absent_agent_are_bounded(tmp_path: Path) -> None:
    """The operator hears of it, for all agents as well; what was confirmed makes room."""
    with running(tmp_path, commands_waiting=105) as server:
        absent, present = server.register(), server.register()
        path = f"/agents/{absent.uuid}/commands"
        numbers = [server.manage("POST", path, {"command": "ping"}).json["id"] for _ in range(105)]
        full = server.manage("POST", path, {"command": "ping"})
        assert (full.status, full.headers["Retry-After"]) == (429, "60")
        assert b"105 commands wait for this agent" in full.body
        assert server.manage("POST", "/commands", {"command": "x"}).json == {"queued": 1, "skipped": 1}
        token = server.token(absent)
        assert [command["id"] for command in server.poll(token).json["commands"]] == numbers[:100]
    with running(tmp_path, commands_waiting=105) as server:
        token = server.token(absent)
        assert server.manage("POST", path, {"command": "ping"}).status == 429
        for number in numbers[:10]:
            confirmed(server, token, number)
        assert [command["id"] for command in server.poll(token).json["commands"]] == numbers[10:]
        assert server.manage("POST", path, {"command": "ping"}).status == 201
        assert [command["command"] for command in server.poll(server.token(present)).json["commands"]] == [
            "x"
        ]


def confirmed(server: Running, token: str, number: int) -> None:
    got = server.ask("POST", f"/commands/{number}", None, {"Authorization": f"Bearer {token}"})
    assert got.status == 204


def test_commands_for_all_survive_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        agents = [server.register() for _ in range(3)]
        assert server.manage("DELETE", f"/agents/{agents[2].uuid}").status == 204
        assert server.manage("POST", "/commands", {"command": "ping"}).json == {"queued": 2, "skipped": 0}
        token = server.token(agents[0])
        number = server.poll(token).json["commands"][0]["id"]
        assert server.send(f"/commands/{number}", {}, token).status == 204
    with running(tmp_path) as server:
        assert server.poll(token, 0).json == {"commands": []}
        assert len(server.poll(server.token(agents[1])).json["commands"]) == 1
        assert server.login(agents[2]).status == 401


@pytest.mark.parametrize("value", [{}, [], {"id": 1, "command": "ping"}, "ping"])
def test_what_is_no_command(server: Running, agent: Registered, value: object) -> None:
    assert server.manage("POST", f"/agents/{agent.uuid}/commands", value).status == 422


def test_held_polls_block_nobody(server: Running, token: str) -> None:
    """200 held polls; a stateless post goes through at once."""
    agents = [server.register() for _ in range(200)]
    connections = []
    for agent in agents:
        connection = server.connect()
        connection.request("GET", "/commands", None, {"Authorization": f"Bearer {server.token(agent)}"})
        connections.append(connection)
    server.eventually(lambda: server.metric("wavetank_polls_held") == 200)
    threads = threading.active_count()
    began = time.monotonic()
    for _ in range(20):
        assert server.send("/stateless", {"events": [{"data": 1}]}, token).status == 202
    # No timing is held against the machine: a held poll would last a minute.
    assert time.monotonic() - began < 30
    assert threading.active_count() <= threads
    for connection in connections:
        connection.close()
    server.eventually(lambda: server.metric("wavetank_polls_held") == 0)


def test_large_batch_is_stored_in_parts(
    server: Running, agent: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No commit holds up others for long; what came before is a repeat, and all are there."""
    counts = []
    add = events.add_stateful

    def counted(database: sqlite3.Connection, **more: Any) -> events.Stored:
        counts.append(len(more["data"]))
        return add(database, **more)

    monkeypatch.setattr(events, "add_stateful", counted)
    token = server.token(agent)
    sent = [{"sequence": number, "data": number} for number in range(10_000)]
    assert server.send("/stateful", {"epoch": "e", "events": sent[:10]}, token).json["stored"] == 10
    got = server.send("/stateful", {"epoch": "e", "events": sent}, token)
    assert got.json == {"stored": 9_990, "duplicates": 10}
    assert sum(counts[1:]) == 10_000
    assert 1_000 < max(counts) < 3_000
    assert [event["data"] for event in server.events(agent)] == list(range(10_000))
