"""SIGKILL while things are made for the first time: the next start works, and nothing is left lying about."""

import json
import signal
from pathlib import Path

import pytest

from tests.chaos.world import Program, Server, wait_for

# Files come in this order: the authority's key and certificate, the server's, the signing key, the password,
# ready. The database comes before the password.
LONG = pytest.mark.long
MOMENTS = (
    pytest.param("file", 1, marks=LONG),
    ("file", 2),
    pytest.param("file", 3, marks=LONG),
    ("database", 1),
    pytest.param("file", 5, marks=LONG),
)


@pytest.mark.parametrize(("point", "count"), MOMENTS)
def test_server_killed_in_its_first_start(tmp_path: Path, point: str, count: int) -> None:
    server = Server(tmp_path)
    try:
        server.start(point, count)
        wait_for(lambda: server.stopped, f"it comes to {point} {count}")
        server.kill()
        (server.folder / f".signing.pem.{server.pid}").write_text("half of a key")
        server.start()
        server.await_ready()
        assert server.ask("GET", "/agents") == {"agents": []}
        assert server.end(signal.SIGTERM) == 0
        assert not [path.name for path in server.folder.iterdir() if path.name.startswith(".")]
    finally:
        server.close()


@pytest.mark.parametrize("count", [1, pytest.param(2, marks=LONG)])
def test_agent_killed_while_it_registers(tmp_path: Path, count: int) -> None:
    """Before it asks, and when it has written that it is registered: the same command ends it."""
    server = Server(tmp_path)
    folder = tmp_path / "agent"
    words = ("agent", "register", "--data", str(folder), "--server-data", str(server.folder))
    agent = Program("agent", folder, tmp_path / "agent.log", words)
    try:
        server.start()
        server.await_ready()
        agent.spawn("file", count)
        wait_for(lambda: agent.stopped, f"it comes to file {count}")
        agent.kill()
        before = json.loads((folder / "credentials.json").read_text())
        agent.spawn()
        assert agent.wait() == 0
        after = json.loads((folder / "credentials.json").read_text())
        assert (after["uuid"], after["key"], after["registered"]) == (before["uuid"], before["key"], True)
        assert [agent["uuid"] for agent in server.ask("GET", "/agents")["agents"]] == [after["uuid"]]
    finally:
        agent.close()
        server.close()
