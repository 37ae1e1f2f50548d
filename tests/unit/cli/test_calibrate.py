from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Ask
from wavetank.cli import calibrate
from wavetank.engines.live.target import Target
from wavetank.validation.calibration import measuring
from wavetank.validation.calibration.own_server import Running
from wavetank.validation.calibration.readings import MachineTooBusy


def test_a_busy_machine_is_exit_status_3_and_nothing_is_written(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise MachineTooBusy("login", 0.5)

    running = Running(Target("", "", "", "", ""), 0, tmp_path)
    monkeypatch.setattr(measuring, "calibrate", busy)
    monkeypatch.setattr(calibrate, "_running", lambda *_: nullcontext(running))
    said = ask("calibrate", "--out", tmp_path / "card.toml")
    assert (said.status, said.out) == (3, "")
    assert "the machine is too busy to measure login" in said.err
    assert not (tmp_path / "card.toml").exists()


def test_bad_options(ask: Ask, tmp_path: Path) -> None:
    said = ask("calibrate", "--out", tmp_path / "card.txt")
    assert (said.status, "no .toml file" in said.err) == (2, True)
    said = ask("calibrate", "--server-pid", "7")
    assert (said.status, "goes with --server" in said.err) == (2, True)
