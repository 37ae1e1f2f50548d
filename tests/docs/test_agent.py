"""The agent's docs, executed: README's client delivers, and the tests that docs/agent.md names are there."""

import re
import subprocess
import sys
from pathlib import Path

from tests.unit.real.agent.running import registered
from tests.unit.real.agent.wire_server import Handler, serving

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "agent.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
(CLIENT,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
AGENT = ROOT / "sim" / "wavetank" / "real" / "agent"


def test_client_is_short() -> None:
    assert len(CLIENT.splitlines()) <= 25
    assert max(map(len, CLIENT.splitlines())) <= 110


def test_client_is_the_protocol_and_the_standard_library() -> None:
    modules = set(re.findall(r"^(?:import|from) ([\w., ]+?)(?: import|$)", CLIENT, re.MULTILINE))
    names = {name.strip() for module in modules for name in module.split(",")}
    ours = {name for name in names if name.startswith("wavetank")}
    assert ours == {
        "wavetank",
        "wavetank.policy.codes",
        "wavetank.protocol.client",
        "wavetank.protocol.in_memory",
    }
    assert {name.partition(".")[0] for name in names - ours} <= sys.stdlib_module_names
    assert "http.client" in names


def test_agent_is_thin_around_the_protocol() -> None:
    """The whole runnable agent, its durable outbox included, with HTTP alone and without followed files."""
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in AGENT.glob("*.py"))
    assert 300 < lines < 700


def test_client_delivers_whatever_happens(tmp_path: Path) -> None:
    """Its token is taken away, it is told to wait, and its connection is cut: then all is there, once."""
    troubles = ["rejected", "busy", "cut"]

    def troubled(handler: Handler) -> bool:
        if handler.path != "/stateful" or not troubles:
            return False
        trouble = troubles.pop(0)
        if trouble == "rejected":
            server.tokens.clear()
            return False
        if trouble == "busy":
            handler.say(503, {}, Retry_After="1")
        else:
            handler.hang_up()
        return True

    with serving() as server:
        folder = registered(server, tmp_path / "agent")
        server.script = troubled
        (tmp_path / "client.py").write_text(CLIENT)
        done = subprocess.run(
            [sys.executable, "client.py", str(folder)],
            cwd=tmp_path, input="a\nb\n\nc\n", text=True, capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert server.data() == ["a", "b", "", "c"]
        assert (troubles, server.asked("/login")) == ([], 2)
