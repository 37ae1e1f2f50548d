"""One agent, and a server that does to it whatever a server should not: its events arrive all the same."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.hostile_answers import Hostile, everything
from tests.unit.real.agent.running import Running, registered, running, status
from tests.unit.real.agent.test_fanout import FILES_MOST, MEMORY_MOST_MIB, peak_mib
from tests.unit.real.agent.wire_server import Handler, WireServer, serving, wait_for

PATIENT = ("--set", "retry.*.timeout=1s", "--set", "commands.hold=500ms")
ATTACK_S = 2.0
"""Longer than the agent's patience, so that it has asked more than once."""

ASKED_MOST_PER_S = 120.0
"""Its back-off begins with 50 ms, for each of four lanes."""

KINDS = everything()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WireServer, Running]]:
    base = tmp_path_factory.mktemp("hostile")
    with serving() as server, running(registered(server, base / "agent"), *PATIENT) as agent:
        yield server, agent
        assert agent.kill(15) == 0
        assert status(base / "agent")["counts"].get("faults", 0) == 0


def delivered(server: WireServer, agent: Running, text: str) -> None:
    agent.put(text)
    wait_for(lambda: text in server.data()[-50:], 20)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_events_arrive_after_it(world: tuple[WireServer, Running], kind: Hostile) -> None:
    server, agent = world
    files = f"/proc/{agent.process.pid}/fd"

    def script(handler: Handler) -> bool:
        return handler.path.startswith(kind.path) and kind.script(handler)

    # The login comes first in each attack on logins: an agent that has a token does not ask for one.
    if kind.path == "/login":
        server.tokens.clear()
    before = len(server.seen)
    server.script = script
    said = agent.put(f"during {kind.name}")
    assert said[0].startswith("accepted"), said
    time.sleep(ATTACK_S)
    asked = len(server.seen) - before
    assert asked < ASKED_MOST_PER_S * ATTACK_S, f"asked {asked} times"
    server.script = None
    delivered(server, agent, f"after {kind.name}")
    if not kind.lies:
        assert f"during {kind.name}" in server.data()
    assert len(os.listdir(files)) < FILES_MOST
    assert peak_mib(agent.process.pid) < MEMORY_MOST_MIB
    assert '"faults": 0' in Path(agent.folder, "status.json").read_text()
