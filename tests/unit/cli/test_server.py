from pathlib import Path

import pytest

from tests.unit.real.server.parts import Running, running
from wavetank.cli.main import answer
from wavetank.cli.real import folder_of
from wavetank.real.server.settings import Settings, as_modelled
from wavetank.scenario import load


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--ttl", "0s"], "--ttl: 0s is no time at all"),
        (["--ttl", "1.5s"], "whole number of seconds"),
        (["--hold", "5"], "has no unit"),
        (["--body-limit", "1m"], "1m"),
        (["--agent-port", "70000"], "65535"),
        (["--algorithm", "none"], "none"),
        (["--scenario", "no-such-scenario"], "no-such-scenario"),
        (["command"], "Command"),
        (["command", "ping"], "say which agent"),
        (["command", "--all", "ping"], "no server is ready"),
        (["password"], "no server is ready"),
        (["rotate-key"], "no server is ready"),
    ],
)
def test_bad_input_is_one_message(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = [] if words[0] == "command" and len(words) < 3 else ["--data", str(tmp_path / "data")]
    assert answer(["server", *words, *data]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert message.lower() in said.err.lower()
    assert said.err.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_operator_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path / "data")]
    with running(tmp_path / "data") as server:
        agent = server.register()
        assert answer(["server", "command", agent.uuid, "echo", "a", "b", *data]) == 0
        assert answer(["server", "command", "--all", "ping", "--json", *data]) == 0
        assert capsys.readouterr().out == 'Queued as 1.\n{"queued": 1, "skipped": 0}\n'
        commands = server.poll(server.token(agent)).json["commands"]
        assert commands == [
            {"id": 1, "command": "echo", "arguments": ["a", "b"]},
            {"id": 2, "command": "ping", "arguments": []},
        ]
        assert answer(["server", "rotate-key", "--void", *data]) == 0
        assert answer(["server", "command", "nobody", "ping", *data]) == 2
        assert "no agent has this UUID" in capsys.readouterr().err
        _change_password(server, tmp_path, data)


def _change_password(server: Running, folder: Path, data: list[str]) -> None:
    old, new = folder / "old", folder / "new"
    old.write_text(server.password + "\n")
    new.write_text("another password\n")
    files = ["--password-file", str(old), "--new-password-file", str(new)]
    assert answer(["server", "password", *files, *data]) == 0
    assert server.manage("GET", "/agents", password="another password").status == 200
    assert answer(["server", "command", "--all", "ping", "--password-file", str(old), *data]) == 2
    assert answer(["server", "command", "--all", "ping", "--password-file", str(new), *data]) == 0


def test_password_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(tmp_path) as server:
        monkeypatch.setenv("WAVETANK_PASSWORD", "wrong")
        assert answer(["server", "rotate-key", "--data", str(tmp_path)]) == 2
        monkeypatch.setenv("WAVETANK_PASSWORD", server.password)
        assert answer(["server", "rotate-key", "--data", str(tmp_path)]) == 0


def test_default_folder_is_in_the_users_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert folder_of(None, "server") == Path("/data/wavetank/server")
    assert folder_of(Path("x"), "server") == Path("x")


def test_settings_of_a_scenario() -> None:
    plain = Settings(data=Path("x"))
    changes = ("auth.ttl=2min", "server.idle_timeout=5s", "server.limits.body=64KiB")
    changed = as_modelled(plain, load("quickstart", changes).resolve())
    assert (changed.ttl_s, changed.limits.idle_s, changed.limits.body_bytes) == (120, 5.0, 65_536)
    poll = load("quickstart", ("commands.channel=long-poll", "commands.hold=60s", "commands.server_hold=9s"))
    assert as_modelled(plain, poll.resolve()).hold_s == 9.0


def test_scenario_that_says_nothing_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "bare.toml").write_text('name = "bare"\n')
    plain = Settings(data=Path("x"))
    assert as_modelled(plain, load(str(tmp_path / "bare.toml")).resolve()) == plain
