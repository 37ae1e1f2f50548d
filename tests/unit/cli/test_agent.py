from pathlib import Path

import pytest

from tests.unit.cli.conftest import Ask
from wavetank.protocol.identity import Credentials


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of an agent that says it is registered."""
    credentials = Credentials("uuid", "key", "name", "https://127.0.0.1:1", "", True)
    (tmp_path / "credentials.json").write_text(credentials.to_json())
    return tmp_path


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--agent", "5"), "--agent: native-agent has agents 0 to 0"),
        (("--follow", "x", "--generate"), "--follow and --generate"),
        (("--set", "auth.scheme=none"), "auth.scheme"),
        (("--set", "heartbeat.period=10s"), "heartbeat.period"),
        (("--scenario", "nowhere"), "nowhere"),
        (
            ("--generate", "--set", "fleet.class.agent.stateful={process='closed',think='1s'}"),
            "waits for answers",
        ),
        (("--server", "http://127.0.0.1:27000"), "https://HOST:PORT"),
        (("--outbox-events", "0"), "--outbox-events"),
        (("--transport", "pigeon"), "--transport"),
        (
            ("--transport", "websocket", "--set", "commands={channel='poll',period='5s'}"),
            "--transport: websocket needs a scenario with commands.channel = long-poll",
        ),
        (("--websocket",), "--websocket: it is called --transport websocket now"),
    ],
)
def test_what_cannot_be_run_is_one_message(
    ask: Ask, folder: Path, words: tuple[str, ...], message: str
) -> None:
    said = ask("agent", "run", "--data", folder, *words)
    assert (said.status, said.out) == (2, "")
    assert message in said.err
    assert [line for line in said.err.splitlines() if line.startswith("wavetank: ")] == [
        said.err.splitlines()[-1]
    ]


def test_agent_that_never_got_an_answer_registers_first(ask: Ask, folder: Path) -> None:
    credentials = Credentials("uuid", "key", "name", "https://127.0.0.1:1", "", False)
    (folder / "credentials.json").write_text(credentials.to_json())
    said = ask("agent", "run", "--data", folder)
    assert said.status == 2
    assert "first: wavetank agent register" in said.err


@pytest.mark.parametrize("option", ["--ca", "--password-file"])
def test_file_that_is_not_there_is_one_message(ask: Ask, tmp_path: Path, option: str) -> None:
    said = ask("agent", "register", "--data", tmp_path / "a", option, tmp_path / "nowhere")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(f"wavetank: {option}: ")
    assert not (tmp_path / "a").exists()


def test_server_that_is_not_ready_is_one_message(ask: Ask, tmp_path: Path) -> None:
    said = ask("agent", "register", "--data", tmp_path / "a", "--server-data", tmp_path)
    assert said.status == 2
    assert "no server is ready there" in said.err


def test_status_of_an_agent_that_does_not_run(ask: Ask, folder: Path) -> None:
    said = ask("agent", "status", "--data", folder, "--json")
    assert said.status == 1
    assert (said.json["running"], said.json["uuid"]) == (False, "uuid")
    assert "key" not in said.json
