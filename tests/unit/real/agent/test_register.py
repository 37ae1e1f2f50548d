import json
import os
import pty
import re
import select
import sys
from pathlib import Path

import pytest

from tests.unit.real.agent.running import COMMAND, agent
from tests.unit.real.agent.wire_server import Handler, WireServer
from wavetank.real.credentials import NoCredentials, load

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@pytest.fixture
def words(server: WireServer, tmp_path: Path) -> list[str | Path]:
    """How to register with the server."""
    ca = tmp_path / "their-ca.pem"
    ca.write_text(server.pem)
    return [
        "register",
        "--data",
        tmp_path / "a",
        "--management",
        server.url,
        "--server",
        server.url,
        "--ca",
        ca,
    ]


def test_it_chooses_an_identity_and_keeps_it_to_itself(
    server: WireServer, words: list[str | Path], tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text("secret\n")
    done = agent(*words, "--password-file", password, "--name", "web-1")
    assert (done.returncode, done.stderr) == (0, "")
    loaded = load(tmp_path / "a")
    assert UUID7.fullmatch(loaded.uuid)
    assert loaded.uuid in done.stdout
    assert loaded.key not in done.stdout
    assert server.agents == {loaded.uuid: loaded.key}
    assert (loaded.name, loaded.server, loaded.registered) == ("web-1", server.url, True)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "a" / "credentials.json").stat().st_mode & 0o777 == 0o600


def test_password_comes_from_the_environment(server: WireServer, words: list[str | Path]) -> None:
    assert agent(*words, WAVETANK_PASSWORD="secret").returncode == 0
    assert len(server.agents) == 1


def test_password_is_asked_for_on_a_terminal_and_not_shown(
    server: WireServer, words: list[str | Path]
) -> None:
    child, terminal = pty.fork()
    if child == 0:
        os.environ.pop("WAVETANK_PASSWORD", None)
        os.execv(sys.executable, [*COMMAND, *map(str, words)])
    said = b""
    while b"assword" not in said:
        assert select.select([terminal], [], [], 30)[0]
        said += os.read(terminal, 1000)
    os.write(terminal, b"secret\n")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    said += os.read(terminal, 1000)
    os.close(terminal)
    assert b"secret" not in said
    assert len(server.agents) == 1


def test_without_a_password_it_says_how_to_give_one(words: list[str | Path]) -> None:
    done = agent(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--password-file" in done.stderr
    assert "$WAVETANK_PASSWORD" in done.stderr


def test_twice_is_once(server: WireServer, words: list[str | Path], tmp_path: Path) -> None:
    """The first answer is lost: the second command asks with the same key."""
    lost: list[int] = []

    def loses(handler: Handler) -> bool:
        if handler.path == "/agents" and not lost:
            asked = json.loads(handler.body)
            server.agents[asked["uuid"]] = asked["key"]
            lost.append(1)
            handler.hang_up()
            return True
        return False

    server.script = loses
    first = agent(*words, WAVETANK_PASSWORD="secret")
    assert first.returncode == 3
    assert not load(tmp_path / "a").registered
    second = agent(*words, WAVETANK_PASSWORD="secret")
    assert (second.returncode, len(server.agents)) == (0, 1)
    assert load(tmp_path / "a").registered


def test_wrong_password_is_one_message(words: list[str | Path], server: WireServer) -> None:
    done = agent(*words, WAVETANK_PASSWORD="wrong")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "user name or password are wrong" in done.stderr
    assert "wrong\n" in done.stderr
    assert server.agents == {}


def test_uuid_with_another_key_is_one_message(words: list[str | Path], server: WireServer) -> None:
    server.script = lambda handler: handler.say(409, {})
    done = agent(*words, WAVETANK_PASSWORD="secret")
    assert done.returncode == 2
    assert "another key" in done.stderr


def test_server_that_is_not_trusted_is_not_told_the_password(
    server: WireServer, words: list[str | Path], tmp_path: Path
) -> None:
    done = agent(*words[:-2], WAVETANK_PASSWORD="secret", XDG_DATA_HOME=str(tmp_path))
    assert done.returncode == 3
    assert "not trusted" in done.stderr
    assert server.seen == []


def test_server_that_is_not_there_is_one_message(words: list[str | Path], server: WireServer) -> None:
    words[4] = "https://127.0.0.1:1"
    done = agent(*words, WAVETANK_PASSWORD="secret")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert "is the server running" in done.stderr


def test_addresses_are_read_from_a_servers_folder(
    server: WireServer, words: list[str | Path], tmp_path: Path
) -> None:
    beside = tmp_path / "wavetank" / "server"
    beside.mkdir(parents=True)
    (beside / "ca.pem").write_text(server.pem)
    port = server.server_address[1]
    ready = {"host": "127.0.0.1", "management_port": port, "agent_port": port, "pid": 1}
    (beside / "ready").write_text(json.dumps(ready))
    (beside / "first-password").write_text("secret\n")
    done = agent("register", "--data", tmp_path / "a", XDG_DATA_HOME=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert load(tmp_path / "a").server == server.url


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"uuid": 7}', "\0"])
def test_broken_credentials_are_one_message(tmp_path: Path, text: str) -> None:
    (tmp_path / "credentials.json").write_text(text)
    with pytest.raises(NoCredentials, match="cannot be read as credentials"):
        load(tmp_path)


def test_without_credentials_it_says_what_comes_first(tmp_path: Path) -> None:
    for command in ("run", "status"):
        done = agent(command, "--data", tmp_path / "nowhere")
        assert (done.returncode, done.stdout) == (2, "")
        assert "first: wavetank agent register" in done.stderr
    assert list(tmp_path.iterdir()) == []
