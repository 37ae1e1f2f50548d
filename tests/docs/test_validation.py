"""docs/validation.md: it is fresh, every error beyond its aim has a cause, and its own table is valid."""

import re
from pathlib import Path

import pytest

from tests.docs.generate import VALIDATION_PAGE, validation
from wavetank.validation.foreign import predict
from wavetank.validation.measurements import load_measurements
from wavetank.validation.tiers.sealed import seal


def test_the_page_is_fresh_and_every_miss_has_a_cause() -> None:
    text = VALIDATION_PAGE.read_text(encoding="utf-8")
    assert text == validation()
    assert "no cause is known" not in text
    assert "NOT REPRODUCED" not in text


def test_its_program_checks_a_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program = re.findall(r"```python\n(.*?)```", VALIDATION_PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
    monkeypatch.chdir(tmp_path)
    folder = seal(Path("out/cost"), "card", {"a": 1}).folder
    exec(program, {})
    (folder / "predictions.json").write_text("{}")
    exec(program, {})
    assert capsys.readouterr().out == "True\nFalse\n"


def test_its_example_is_a_table(tmp_path: Path) -> None:
    example = re.findall(r"```toml\n(.*?)```", VALIDATION_PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
    (tmp_path / "mine.toml").write_text(example)
    assert predict(load_measurements(tmp_path / "mine.toml"), "reference").holds
