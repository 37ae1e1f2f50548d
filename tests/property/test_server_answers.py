"""Whatever a client sends, it is the client's fault: never a 5xx, and the next request is answered."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.real.server.parts import Registered, Running, running
from wavetank.real.transports.server.limits import Limits

NUMBERS = st.one_of(st.integers(-2, 3), st.sampled_from([2**63 - 1, 2**63, -(2**63) - 1, 1e308, 0.5]))
TEXTS = st.one_of(st.text(max_size=6), st.sampled_from(["e", "\ud800", "\0", "x" * 300, "ping"]))
PLAIN = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
KEYS = st.sampled_from(
    ["events", "epoch", "sequence", "data", "agent", "uuid", "key", "name", "result", "void", "command", "id"]
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.one_of(KEYS, TEXTS), inner)),
    max_leaves=12,
)
EVENTS = st.fixed_dictionaries({"epoch": PLAIN, "events": st.lists(st.fixed_dictionaries({}, optional={
    "sequence": PLAIN, "data": VALUES, "agent": TEXTS})
, max_size=3)})  # fmt: skip
TOKEN = "Bearer TOKEN"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    limits = Limits(header_s=0.2, body_s=0.2, idle_s=0.2, linger_s=0.05)
    with running(tmp_path_factory.mktemp("answers") / "data", limits=limits, hold_s=0.01) as started:
        yield started


@pytest.fixture(scope="module")
def agent(server: Running) -> Registered:
    return server.register()


@pytest.fixture(scope="module")
def token(server: Running, agent: Registered) -> str:
    return server.token(agent)


@settings(max_examples=60)
@given(value=st.one_of(EVENTS, VALUES), path=st.sampled_from(["/stateful", "/stateless", "/commands/1"]))
def test_any_json_to_the_agent_api(server: Running, token: str, value: Any, path: str) -> None:
    assert server.send(path, value, token).status in (200, 202, 204, 403, 404, 422)


@settings(max_examples=40)
@given(
    value=VALUES,
    to=st.sampled_from([("POST", "/agents"), ("POST", "/commands"), ("POST", "/signing-keys")]),
    query=st.dictionaries(st.sampled_from(["agent", "after", "limit", "x"]), TEXTS, max_size=2),
)
def test_any_json_to_the_management_api(
    server: Running, value: Any, to: tuple[str, str], query: dict[str, str]
) -> None:
    said = urlencode(query, errors="surrogatepass")
    assert server.manage("GET", f"/events?{said}").status in (200, 404, 422)
    assert server.manage(*to, value if value is not None else 0).status < 500


REQUESTS = (
    b"POST /login HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 29\r\n\r\ngrant_type=client_credentials",
    b"POST /stateful HTTP/1.1\r\nHost: h\r\nAuthorization: " + TOKEN.encode() + b"\r\n"
    b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"1b\r\n{\"epoch\":\"e\",\"events\":[ ]}\n\r\n0\r\n\r\n",
    b"GET /commands HTTP/1.1\r\nHost: h\r\nAuthorization: " + TOKEN.encode() + b"\r\n"
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n\x81\x85abcd01234",
)  # fmt: skip
CHANGES = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from(["put", "cut", "set"]), st.binary(min_size=1, max_size=3)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60)
@given(request=st.sampled_from(REQUESTS), changes=CHANGES)
def test_requests_with_bytes_put_wrong(
    server: Running, token: str, request: bytes, changes: list[tuple[int, str, bytes]]
) -> None:
    sent = bytearray(request.replace(b"TOKEN", token.encode()))
    for at, how, data in changes:
        at %= len(sent) or 1
        sent[at : at + (0 if how == "put" else len(data))] = b"" if how == "cut" else data
    for line in server.raw(bytes(sent)).split(b"\r\n"):
        if line.startswith(b"HTTP/1.1 "):
            assert line.split(b" ")[1] not in (b"500", b"502", b"503", b"504"), (bytes(sent), line)


def test_after_all_this_nothing_is_broken(server: Running, agent: Registered) -> None:
    text = server.ask("GET", "/metrics", port=server.management_port).body.decode()
    assert 'cause="defect"' not in text
    assert server.send("/stateless", {"events": []}, server.token(agent)).status == 202
