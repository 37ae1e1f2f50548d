import io
import sys
from types import SimpleNamespace

import pytest

from wavetank.cli import bar as module
from wavetank.cli.bar import bar
from wavetank.studies.simulate import Share


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def use_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Not a fixture, as pytest takes standard error back between its fixtures and a test."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    return screen


def test_silent_where_there_is_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with bar() as watch:
        assert watch is None
    assert capfd.readouterr() == ("", "")


def test_silent_for_what_is_soon_over(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = use_terminal(monkeypatch)
    with bar() as watch:
        assert watch is not None
        watch([Share("run", 0.5)])
    assert terminal.getvalue() == ""


@pytest.mark.parametrize(
    ("titles", "words"),
    [(["run"], ["run"]), (["A", "B"], ["A", "B"]), ([f"run {n}" for n in range(40)], ["20 of 40 runs"])],
)
def test_shows_every_run_or_the_whole(
    monkeypatch: pytest.MonkeyPatch, titles: list[str], words: list[str]
) -> None:
    terminal = use_terminal(monkeypatch)
    monkeypatch.setattr(module, "PATIENCE_S", 0.0)
    with bar() as watch:
        assert watch is not None
        for _ in range(2):
            watch([Share(title, float(index % 2)) for index, title in enumerate(titles)])
    for word in words:
        assert word in terminal.getvalue()


def test_shows_simulated_time_speed_and_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = use_terminal(monkeypatch)
    monkeypatch.setenv("COLUMNS", "140")
    clock = iter([0.0, 10.0, 12.0, 14.0])
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    with bar() as watch:
        assert watch is not None
        for seconds, issued in ((60, 1_000), (120, 5_000), (180, 9_000)):
            watch([Share("run", seconds / 600, seconds * 10**9, issued)])
    assert "3 min simulated, 2,000 requests/s" in terminal.getvalue()
    assert "left" in terminal.getvalue()
