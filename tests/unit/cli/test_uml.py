from pathlib import Path

import pytest

from tests.unit.cli.conftest import Ask

SIX = {"component", "deployment", "state-token", "state-exchange", "sequence", "timing-token"}


def test_draws_a_scenario_and_names_the_files(ask: Ask, storm: Path, tmp_path: Path) -> None:
    said = ask("uml", storm, "--out", tmp_path / "new", "--agent", "3")
    assert (said.status, said.err) == (0, "")
    assert {path.name for path in (tmp_path / "new").iterdir()} == {
        f"{name}{ending}" for name in SIX for ending in (".puml", ".svg")
    }
    for name in SIX:
        assert f"{tmp_path / 'new' / name}.svg  " in said.out
    assert "Messages of agent 3: storm" in said.out
    svg = (tmp_path / "new" / "sequence.svg").read_text(encoding="utf-8")
    assert "agent 3" in svg


def test_says_what_cannot_be_drawn(ask: Ask, queue: Path, tmp_path: Path) -> None:
    said = ask("uml", queue, "--out", tmp_path / "new", "--set", "fleet.agents=1")
    assert said.status == 0
    assert said.out.splitlines()[-1] == "timing-token is not drawn: agents get no token from the server"
    assert not (tmp_path / "new" / "timing-token.svg").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--agent", "20"), "--agent: there is no agent 20; they are 0 to 19"),
        (("--out", "queue.toml"), "queue.toml: there is something else already"),
        (("--set", "fleet.agnets=3"), "--set:1:"),
        (("--models", "nowhere"), "no readable folder"),
    ],
)
def test_bad_options_are_one_message_before_anything_is_run(
    ask: Ask, queue: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(queue.parent)
    said = ask("uml", queue, *words)
    assert (said.status, said.out) == (2, "")
    assert message in said.err
    assert said.err.count("\n") == 1
    assert [path.name for path in queue.parent.iterdir()] == ["queue.toml"]


def test_without_plantuml_nothing_is_run_and_nothing_left_behind(
    ask: Ask, queue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANTUML_JAR", "nowhere.jar")
    begun = []
    monkeypatch.setattr("wavetank.face.uml.gallery.run", lambda *_, **__: begun.append(1))
    said = ask("uml", queue, "--out", tmp_path / "new")
    assert not begun
    assert (said.status, said.out) == (2, "")
    assert "nowhere.jar" in said.err
    assert not (tmp_path / "new").exists()
