import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Ask
from tests.unit.imports.logs import a_log


def test_says_what_it_found_and_writes_a_scenario(ask: Ask, tmp_path: Path) -> None:
    said = ask("import", a_log(tmp_path), "--out", tmp_path / "site")
    text = " ".join(said.out.split())
    assert (said.status, said.err) == (0, "")
    assert "2,000 arrivals from 2023-11-14 22:13" in text
    assert "Durations: exponential (mean" in text
    assert said.out.endswith(f"Scenario written to {tmp_path / 'site.toml'}\n")
    assert ask("check", tmp_path / "site.toml").status == 0


def test_name_is_that_of_the_file(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = a_log(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert ask("import", path).status == 0
    assert (tmp_path / "access.toml").is_file()


def test_standard_input(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(a_log(tmp_path).read_bytes())))
    assert ask("import", "-", "--out", tmp_path / "piped").status == 0
    assert (tmp_path / "piped.toml").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [(["absent.log"], "absent.log: cannot be read"), ([], "no file is named"), (["x", "--as", "y"], "--as")],
)
def test_mistakes_are_one_message(
    words: list[str], message: str, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = ask("import", *words)
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert message in said.err
    assert list(tmp_path.iterdir()) == []
