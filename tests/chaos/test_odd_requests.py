"""Odd requests to a real server: none makes it fail, none makes another agent wait."""

import re
import secrets
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.chaos import odd_framing
from tests.chaos.odd_framing import Framed
from tests.chaos.odd_requests import Odd, everything
from tests.chaos.test_latency import MOST_TIMES_SLOWER, Other
from tests.chaos.world import Server
from tests.unit.real.server.parts import Client, drain

PATIENCE_S = 0.3
"""How long to wait for an answer to what is not over: the server's own deadline is 10 s."""

AT_ONCE = 16


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("odd"))
    try:
        server.start()
        server.await_ready()
        yield server
        assert "defect" not in server.said(), server.said()[-2_000:]
        assert "event loop" not in server.said(), server.said()[-2_000:]
    finally:
        server.close()


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    return Client(server.folder, server.agent_port, server.management_port)


def answered(client: Client, odd: Odd) -> list[int]:
    """The statuses of all answers, in order."""
    got = bytearray()
    try:
        with client.wire(client.management_port if odd.management else None) as wire:
            wire.settimeout(PATIENCE_S if odd.quiet else 20)
            wire.sendall(odd.sent)
            while piece := wire.recv(65_536):
                got += piece
    except OSError:
        assert got or odd.quiet, f"{odd.name}: hung up without an answer"
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", bytes(got))]


@pytest.mark.long
def test_none_is_answered_with_a_fault_and_nobody_waits(client: Client) -> None:
    other = Other(client)
    idle_s = max(other.ask_s() for _ in range(100))
    worst_s = 0.0
    wrong = []
    for odd in everything(client.token(client.register())):
        answer = answered(client, odd)
        worst_s = max(worst_s, *(other.ask_s() for _ in range(2)))
        if not (answer or odd.quiet) or any(status >= 500 and status != 501 for status in answer):
            wrong.append((odd.name, answer))
    other.close()
    assert wrong == []
    assert worst_s < MOST_TIMES_SLOWER * idle_s


@pytest.mark.long
def test_what_two_readers_could_take_for_two_is_refused(client: Client) -> None:
    """One answer each, and then the connection ends: what stands behind it is nobody's request."""

    def wrong(case: Framed) -> str:
        with client.wire() as wire:
            wire.settimeout(20)
            wire.sendall(case.sent)
            got = drain(wire)
        statuses = [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", got)]
        final = [status for status in statuses if status != 100]
        return "" if len(final) == 1 and set(statuses) <= set(case.right) else f"{case.name}: {statuses}"

    cases = odd_framing.everything(client.token(client.register()))
    with ThreadPoolExecutor(3 * AT_ONCE) as pool:
        assert list(filter(None, pool.map(wrong, cases))) == []


def test_one_name_registered_many_times_at_once(client: Client) -> None:
    """Whoever comes first has it; the same key is the same agent, another key is refused."""
    for _ in range(5):
        name, keys = str(uuid.uuid4()), [secrets.token_hex(32) for _ in range(4)]

        def register(number: int, name: str = name, keys: list[str] = keys) -> tuple[int, str]:
            who = {"uuid": name, "key": keys[number % len(keys)], "name": "n"}
            return client.manage("POST", "/agents", who).status, who["key"]

        with ThreadPoolExecutor(AT_ONCE) as pool:
            outcomes = list(pool.map(register, range(AT_ONCE)))
        counts = Counter(status for status, _ in outcomes)
        assert counts[201] == 1, counts
        assert {key for status, key in outcomes if status in (200, 201)} == {
            key for status, key in outcomes if status == 201
        }
        assert counts[409] == AT_ONCE * 3 // 4


def test_one_event_sent_many_times_at_once(client: Client) -> None:
    """It is stored once, whichever contents come first; the others are repeats."""
    agent = client.register()
    token = client.token(agent)

    def send(number: int) -> int:
        batch = {"epoch": "race", "events": [{"sequence": n, "data": number} for n in range(200)]}
        return int(client.send("/stateful", batch, token).json["stored"])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sum(pool.map(send, range(AT_ONCE))) == 200
    assert len(client.events(agent)) == 200


def test_one_command_confirmed_many_times_at_once(client: Client) -> None:
    agent, stranger = client.register(), client.register()
    asked = client.manage("POST", f"/agents/{agent.uuid}/commands", {"command": "echo"})
    number = asked.json["id"]
    tokens = [client.token(agent), client.token(stranger)]

    def confirm(which: int) -> int:
        return client.send(f"/commands/{number}", {"result": which}, tokens[which % 2]).status

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert list(pool.map(confirm, range(AT_ONCE))) == [204, 403] * (AT_ONCE // 2)
    began = time.monotonic()
    assert client.poll(tokens[0], 0).json == {"commands": []}
    assert time.monotonic() - began < 10
