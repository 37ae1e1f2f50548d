import json
from pathlib import Path

import pytest

from tests.unit.engines.live.cases import FEW
from wavetank.cli.main import answer
from wavetank.cli.options import BadOption
from wavetank.cli.real import first_line, target_of

HERE = "https://127.0.0.1:27000"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of a server that is ready on this machine."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("WAVETANK_PASSWORD", raising=False)
    folder = tmp_path / "wavetank" / "server"
    folder.mkdir(parents=True)
    ready = {"pid": 1, "host": "127.0.0.1", "agent_port": 27000, "management_port": 777}
    (folder / "ready").write_text(json.dumps(ready))
    (folder / "ca.pem").write_text("the certificate")
    (folder / "first-password").write_text("first\n")
    return folder


def test_server_on_this_machine_says_all_there_is_to_know(folder: Path) -> None:
    target = target_of("live", HERE, False, None, None, None)
    assert target == (HERE, "https://127.0.0.1:777", "the certificate", "admin", "first")


def test_another_server_is_told_by_options(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("word\nmore\n")
    (tmp_path / "ca").write_text("theirs")
    far = "https://fleet.example.org:443"
    target = target_of("live", far, True, None, tmp_path / "ca", tmp_path / "secret")
    assert target == (far, "https://fleet.example.org:55000", "theirs", "admin", "word")
    other = target_of("live", "https://127.0.0.1:1", False, "https://127.0.0.1:2", None, tmp_path / "secret")
    assert other == ("https://127.0.0.1:1", "https://127.0.0.1:2", "", "admin", "word")


def test_password_of_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAVETANK_PASSWORD", "of the environment")
    target = target_of("live", HERE, False, None, None, None)
    assert target is not None
    assert target.password == "of the environment"


@pytest.mark.parametrize(
    ("engine", "server", "management", "said"),
    [
        ("live", "https://fleet.example.org:443", None, "fleet.example.org is another machine"),
        ("live", "https://127.0.0.1.example.org:443", None, "is another machine"),
        ("live", HERE, "https://fleet.example.org:443", "--i-own-this-server"),
        ("live", "http://127.0.0.1:1", None, "write https://HOST:PORT"),
        ("live", "127.0.0.1:1", None, "write https://HOST:PORT"),
        ("live", "https://me:word@127.0.0.1:1", None, "write https://HOST:PORT"),
        ("live", "https://127.0.0.1:1", None, "give --password-file"),
        ("reference", HERE, None, "add --engine live"),
        (None, HERE, None, "add --engine live"),
        ("live", None, "https://127.0.0.1:2", "go with --server"),
    ],
)
def test_what_makes_no_sense_is_said(
    folder: Path, engine: str | None, server: str | None, management: str | None, said: str
) -> None:
    with pytest.raises(BadOption, match=said):
        target_of(engine, server, False, management, None, None)


def test_without_a_server_one_is_started() -> None:
    assert target_of("live", None, False, None, None, None) is None


def test_empty_file_is_no_password(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")
    with pytest.raises(BadOption, match="is empty"):
        first_line(tmp_path / "empty", "--password-file")


def test_refusals_of_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = tmp_path / "few.toml"
    scenario.write_text(FEW)
    live = ["run", str(scenario), "--engine", "live"]
    assert answer([*live, "--set", "server.nodes=2"]) == 2
    assert "engine live cannot honour server.nodes" in capsys.readouterr().err
    assert answer([*live, "--server", "https://192.0.2.1:1"]) == 2
    assert "192.0.2.1 is another machine" in capsys.readouterr().err
    assert answer([*live, "--set", "fleet.agents=1_000_000"]) == 3
    assert "open files" in capsys.readouterr().err
