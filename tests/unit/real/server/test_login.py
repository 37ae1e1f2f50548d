import base64
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import jwt
import pytest

from tests.unit.real.server.parts import Registered, Reply, Running, running
from wavetank.real.server.records import MOST_HOSTS

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GRANT = "grant_type=client_credentials"


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def is_error(got: Reply, status: int, error: str) -> bool:
    return got.status == status and got.json["error"] == error and got.headers["Cache-Control"] == "no-store"


def test_token_names_the_agent(server: Running, agent: Registered) -> None:
    got = server.login(agent)
    assert got.status == 200
    assert got.headers["Cache-Control"] == "no-store"
    assert got.json["token_type"] == "Bearer"
    assert got.json["expires_in"] == 900
    claims = jwt.decode(got.json["access_token"], options={"verify_signature": False})
    assert claims["sub"] == agent.uuid
    assert claims["exp"] == claims["iat"] + 900
    assert (claims["iss"], claims["aud"]) == ("wavetank", "wavetank agents")


def test_credentials_in_the_header(server: Running, agent: Registered) -> None:
    assert server.ask("POST", "/login", GRANT, FORM | basic(agent.uuid, agent.key)).status == 200


def test_wrong_key_and_unknown_agent_are_told_alike(server: Running, agent: Registered) -> None:
    other = Registered("00000000-0000-7000-8000-000000000000", agent.key)
    wrong, unknown = server.login(Registered(agent.uuid, "x" * 64)), server.login(other)
    assert is_error(wrong, 401, "invalid_client")
    assert is_error(unknown, 401, "invalid_client")
    assert wrong.body == unknown.body
    assert wrong.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", "invalid_client"),
        ("grant_type=password&client_id=U&client_secret=K", "unsupported_grant_type"),
        ("client_id=U&client_secret=K", "invalid_request"),
        ("grant_type=client_credentials&grant_type=x&client_id=U&client_secret=K", "invalid_request"),
        ("grant_type=client_credentials&client_id=U&client_secret=", "invalid_client"),
        ("no form at all", "invalid_request"),
        ("grant_type=client_credentials&client_id=%ff&client_secret=K", "invalid_request"),
    ],
)
def test_errors_of_oauth(server: Running, body: str, error: str) -> None:
    got = server.ask("POST", "/login", body, FORM)
    assert is_error(got, 401 if error == "invalid_client" else 400, error)


def test_credentials_in_the_query_are_never_taken(server: Running, agent: Registered) -> None:
    query = urlencode({"client_id": agent.uuid, "client_secret": agent.key})
    assert is_error(server.ask("POST", f"/login?{query}", GRANT, FORM), 400, "invalid_request")


def test_credentials_twice(server: Running, agent: Registered) -> None:
    body = f"{GRANT}&client_id={agent.uuid}&client_secret={agent.key}"
    got = server.ask("POST", "/login", body, FORM | basic(agent.uuid, agent.key))
    assert is_error(got, 400, "invalid_request")


def test_login_takes_a_form(server: Running) -> None:
    got = server.ask("POST", "/login", "{}", {"Content-Type": "application/json"})
    assert is_error(got, 415, "invalid_request")


def test_two_hosts_with_one_uuid_both_work_and_are_counted_once(server: Running, agent: Registered) -> None:
    before = server.metric("wavetank_agent_clones_total")
    for host in ("a", "b", "a", "b"):
        assert server.login(agent, host=host).status == 200
    assert server.metric("wavetank_agent_clones_total") == before + 1


def test_hosts_of_an_agent_are_bounded(server: Running, agent: Registered) -> None:
    before, known = server.metric("wavetank_agent_clones_total"), len(server.server.service.fleet.hosts)
    for number in range(MOST_HOSTS + 6):
        assert server.login(agent, host=f"host {number}").status == 200
    assert server.metric("wavetank_agent_clones_total") == before + MOST_HOSTS - 1
    assert len(server.server.service.fleet.hosts) == known + MOST_HOSTS


def test_failed_logins_are_limited(server: Running, agent: Registered) -> None:
    bad = Registered(agent.uuid, "x" * 64)
    assert [server.login(bad).status for _ in range(10)] == [401] * 10
    limited = server.login(bad)
    assert limited.status == 429
    assert 0 < int(limited.headers["Retry-After"]) <= 60
    # Neither may the right key be guessed meanwhile, nor does it touch anybody else.
    assert server.login(agent).status == 429
    assert server.login(server.register()).status == 200


def test_successes_do_not_count(server: Running, agent: Registered) -> None:
    assert {server.login(agent).status for _ in range(25)} == {200}


def test_successes_at_once_do_not_count_either(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A fleet is registered by many at once, all with the right password, which takes time to verify."""
    with (
        running(tmp_path_factory.mktemp("many") / "data") as server,
        ThreadPoolExecutor(20) as pool,
    ):
        agents = list(pool.map(lambda _: server.register(), range(40)))
        bad = [Registered(agents[0].uuid, "x" * 64)] * 40
        statuses = list(pool.map(lambda token: server.login(token).status, bad))
        assert sorted(statuses) == [401] * 10 + [429] * 30


def test_passwords_are_limited_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("limit") / "data") as server:
        statuses = [server.manage("GET", "/agents", password="wrong").status for _ in range(11)]
        assert statuses == [401] * 10 + [429]
        assert server.manage("GET", "/agents").status == 429


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "HS256", "EdDSA"])
def test_every_algorithm(algorithm: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("algorithm") / "data", algorithm=algorithm) as server:
        token = server.token(server.register())
        assert jwt.get_unverified_header(token)["alg"] == algorithm
        assert server.send("/stateless", {"events": []}, token).status == 202
