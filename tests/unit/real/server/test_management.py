import base64
import re
import secrets
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.unit.real.server.parts import Registered, Running, running
from wavetank.real.private import write_private


def body(agent: Registered) -> dict[str, str]:
    return {"uuid": agent.uuid, "key": agent.key, "name": "n"}


def documented(server: Running, schema: str, field: str) -> dict[str, Any]:
    properties: dict[str, Any] = server.ask("GET", "/openapi.json").json["components"]["schemas"][schema][
        "properties"
    ]
    return dict(properties[field])


@pytest.mark.parametrize(
    "key",
    ["k" * 8, "k" * 7, "k" * 1024, "k" * 1025, "\u00e9" * 8, "\U0001f600" * 8, "pass phrase", "tab\tulator"]
    + [f"{odd}keykeykey" for odd in "\0\x7f\x85\u00a0\u00ad\u2028\u202e\ud800\ufeff\uffff\n"],
)
def test_keys_are_what_is_documented(server: Running, key: str) -> None:
    """The pattern and the lengths of the OpenAPI document say what is taken."""
    said = documented(server, "Registration", "key")
    fits = said["minLength"] <= len(key) <= said["maxLength"] and re.search(said["pattern"], key) is not None
    # Half a surrogate pair is no text, and most readers of patterns cannot name it.
    fits = fits and not key.endswith("\n") and not key.startswith("\ud800")
    status = server.manage("POST", "/agents", body(Registered(str(uuid.uuid4()), key))).status
    assert status == (201 if fits else 422)


def test_epochs_are_texts(server: Running) -> None:
    assert documented(server, "Stateful", "epoch")["type"] == "string"


@pytest.mark.parametrize("path", ["/health", "/metrics", "/agents", "/events"])
def test_parameters_that_come_twice_are_refused_everywhere(server: Running, path: str) -> None:
    assert server.manage("GET", f"{path}?limit=1&limit=1").status == 400
    if path != "/events":
        assert server.manage("GET", f"{path}?other=1").status == 200


def test_registration_is_once_per_uuid(server: Running, agent: Registered) -> None:
    assert server.manage("POST", "/agents", body(agent)).status == 200
    assert server.manage("POST", "/agents", body(Registered(agent.uuid.upper(), agent.key))).status == 200
    other = Registered(agent.uuid, secrets.token_hex(32))
    assert server.manage("POST", "/agents", body(other)).status == 409
    assert server.login(other).status == 401


@pytest.mark.parametrize("length", [8, 64])
def test_race_of_two_keys_has_one_winner(server: Running, length: int) -> None:
    for _ in range(5):
        name = str(uuid.uuid4())
        rivals = [Registered(name, secrets.token_hex(length)[:length]) for _ in range(4)]
        statuses: dict[str, int] = {}

        def ask(rival: Registered, statuses: dict[str, int] = statuses) -> None:
            statuses[rival.key] = server.manage("POST", "/agents", body(rival)).status

        threads = [threading.Thread(target=ask, args=(rival,)) for rival in rivals]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses.values()) == [201, 409, 409, 409]
        winner = next(rival for rival in rivals if statuses[rival.key] == 201)
        assert server.login(winner).status == 200


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"uuid": "no", "key": "k" * 32},
        {"uuid": str(uuid.uuid4()), "key": "short"},
        {"uuid": str(uuid.uuid4()), "key": 5},
        {"uuid": str(uuid.uuid4()), "key": "k" * 32, "name": "\ud800"},
        {"uuid": str(uuid.uuid4()), "key": "k" * 32, "more": 1},
        [],
    ],
)
def test_wrong_fields(server: Running, value: object) -> None:
    assert server.manage("POST", "/agents", value).status == 422


def test_management_needs_a_user(server: Running, agent: Registered) -> None:
    port = server.management_port
    paths = (
        ("POST", "/agents"),
        ("GET", "/agents"),
        ("DELETE", f"/agents/{agent.uuid}"),
        ("POST", f"/agents/{agent.uuid}/commands"),
        ("POST", "/commands"),
        ("GET", "/events"),
        ("PUT", "/password"),
        ("POST", "/signing-keys"),
    )
    token = server.token(agent)
    for method, path in paths:
        for headers in ({}, {"Authorization": f"Bearer {token}"}, {"Authorization": "Basic !"}):
            got = server.ask(method, path, None, headers, port)
            assert (got.status, got.headers["WWW-Authenticate"][:5]) == (401, "Basic"), path


def test_revoked_agents_are_refused_everywhere_and_for_good(server: Running, agent: Registered) -> None:
    token = server.token(agent)
    held: list[int] = []
    poll = threading.Thread(target=lambda: held.append(server.poll(token).status))
    poll.start()
    server.eventually(lambda: server.metric("wavetank_polls_held") == 1)
    assert server.manage("DELETE", f"/agents/{agent.uuid}").status == 204
    poll.join(2)
    assert held == [401]
    assert server.send("/stateless", {"events": []}, token).status == 401
    assert server.send("/stateful", {"epoch": "e", "events": []}, token).status == 401
    assert server.poll(token).status == 401
    assert server.login(agent).status == 401
    assert server.manage("POST", "/agents", body(agent)).status == 409
    assert server.manage("POST", f"/agents/{agent.uuid}/commands", {"command": "ping"}).status == 409
    assert agent.uuid not in [agent["uuid"] for agent in server.manage("GET", "/agents").json["agents"]]


def test_revocation_of_nobody(server: Running) -> None:
    assert server.manage("DELETE", f"/agents/{uuid.uuid4()}").status == 404


def test_events_in_pages(server: Running, agent: Registered) -> None:
    token = server.token(agent)
    events = [{"sequence": n, "data": {"n": n}} for n in range(25)]
    assert server.send("/stateful", {"epoch": "e", "events": events}, token).status == 200
    listed, after = [], 0
    while after is not None:
        page = server.manage("GET", f"/events?agent={agent.uuid}&after={after}&limit=10").json
        listed += page["events"]
        after = page["next"]
    assert [event["data"]["n"] for event in listed] == list(range(25))
    assert {(event["agent"], event["epoch"], event["stream"]) for event in listed} == {
        (agent.uuid, "e", "stateful")
    }
    assert server.manage("GET", "/events?limit=1").json["events"]
    for query in ("limit=-1", "limit=x", "after=99999999999999999999", "what=1", "limit=1&limit=2"):
        assert server.manage("GET", f"/events?{query}").status in (400, 422), query


def test_page_is_bounded_in_bytes(server: Running, agent: Registered) -> None:
    token = server.token(agent)
    for n in range(7):
        event = {"sequence": n, "data": "x" * 900_000}
        assert server.send("/stateful", {"epoch": "e", "events": [event]}, token).status == 200
    page = server.manage("GET", f"/events?agent={agent.uuid}&limit=100").json
    assert [event["sequence"] for event in page["events"]] == [0, 1, 2, 3, 4]
    rest = server.manage("GET", f"/events?agent={agent.uuid}&limit=2&after={page['next']}").json
    assert [event["sequence"] for event in rest["events"]] == [5, 6]
    assert rest["next"] is None


def test_password_change_forgets_the_first_and_survives_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        agent = server.register()
        assert server.manage("PUT", "/password", {"password": "a longer one"}).status == 204
        assert not (tmp_path / "first-password").exists()
        assert server.manage("GET", "/agents").status == 401
        assert server.manage("GET", "/agents", password="a longer one").status == 200
    with running(tmp_path) as server:
        assert server.manage("GET", "/agents", password="a longer one").status == 200
        assert not (tmp_path / "first-password").exists()
        assert server.login(agent).status == 200


def test_first_password_that_is_none_any_more_is_removed(tmp_path: Path) -> None:
    """As a server leaves it that is killed between the change and the removal."""
    with running(tmp_path) as server:
        first = server.password
        assert server.manage("PUT", "/password", {"password": "a new password"}).status == 204
    write_private(tmp_path / "first-password", f"{first}\n")
    with running(tmp_path) as server:
        assert not (tmp_path / "first-password").exists()
        assert server.manage("GET", "/agents", password="a new password").status == 200


def test_rotation_keeps_or_voids_what_was_given(server: Running, agent: Registered) -> None:
    old = server.token(agent)
    assert server.manage("POST", "/signing-keys", {}).status == 201
    new = server.token(agent)
    assert [server.send("/stateless", {"events": []}, token).status for token in (old, new)] == [202, 202]
    assert server.manage("POST", "/signing-keys", {"void": True}).status == 201
    assert [server.send("/stateless", {"events": []}, token).status for token in (old, new)] == [401, 401]
    assert server.send("/stateless", {"events": []}, server.token(agent)).status == 202


@pytest.mark.parametrize(
    "body", ['{"command":"a","command":"b"}', '{"command":"a","more":[{"x":1,"\\u0078":2}]}']
)
def test_command_that_two_readers_take_for_two_is_refused(server: Running, body: str) -> None:
    agent = server.register()
    said = base64.b64encode(f"admin:{server.password}".encode()).decode()
    headers = {"Authorization": f"Basic {said}", "Content-Type": "application/json"}
    path = f"/agents/{agent.uuid}/commands"
    got = server.ask("POST", path, body, headers, server.management_port)
    assert got.status == 422, got.body
    assert "comes twice" in got.json["error_description"]
    once = '{"command":"a","more":[{"x":1},{"x":2}]}'
    assert server.ask("POST", path, once, headers, server.management_port).status == 201
