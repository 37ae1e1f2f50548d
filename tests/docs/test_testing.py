"""The examples of docs/testing.md: the test of three lines, the message of a failure, the numbers of runs."""

import re
from pathlib import Path

import pytest

from tests.unit.studies.cases import STORM
from wavetank.studies.sequential import Claim, runs_to_hold
from wavetank.testing import assert_recovers

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")

BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture(autouse=True)
def _in_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "storm.toml").write_text(STORM)
    monkeypatch.chdir(tmp_path)


def test_three_lines_hold() -> None:
    code, _ = BLOCKS
    assert len([line for line in code.splitlines() if line]) == 3
    names: dict[str, object] = {}
    exec(code, names)
    test = names["test_fleet_recovers"]
    assert callable(test)
    test()


def test_figures_of_a_check_are_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    exec(BLOCKS[1], {})
    assert "retry.login.backoff" in capsys.readouterr().out


def test_message_is_the_one_shown() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_recovers("storm.toml", within="1ms", probability=0.9)
    shown = [
        line.strip() for line in PAGE.splitlines() if line.startswith(("    AssertionError", "    See it"))
    ]
    assert f"AssertionError: {caught.value}".splitlines() == shown


def test_numbers_of_runs() -> None:
    first, second = re.findall(r"needs (\d+) runs for a probability of 90 %, and (\d+) for 95 %", PAGE)[0]
    assert (int(first), int(second)) == (runs_to_hold(Claim(0.90)), runs_to_hold(Claim(0.95)))
