import sys
from types import SimpleNamespace
from typing import Any

import pytest

from tests.unit.studies.cases import STORM, resolved
from wavetank.studies import notebook
from wavetank.studies.notebook import Shown, cell, in_notebook
from wavetank.studies.simulate import Task, simulate


class Screen:
    """The output that a notebook shows below a cell."""

    def __init__(self) -> None:
        self.drawn: list[dict[str, str]] = []

    def display(self, bundle: dict[str, str], **_: Any) -> "Screen":
        self.drawn.append(bundle)
        return self

    update = display


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """This process is the kernel of a notebook."""
    screen = Screen()
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "IPython.display", screen)
    monkeypatch.setattr(notebook, "PATIENCE_S", 0.0)
    monkeypatch.setattr(notebook, "REDRAW_S", 0.0)
    monkeypatch.delenv(notebook.SWITCH, raising=False)
    return screen


def test_runs_show_their_progress_and_leave_nothing(screen: Screen) -> None:
    tasks = [Task("reference", resolved(STORM)._replace(seed=seed), title=f"run {seed}") for seed in (1, 2)]
    simulate(tasks, 1)
    assert screen.drawn[0]["text/plain"].startswith("run 1: ")
    assert "run 2: 0%" in screen.drawn[0]["text/html"]
    assert screen.drawn[-2]["text/plain"] == "run 1: 100%\nrun 2: 100%"
    assert screen.drawn[-1] == {"text/plain": "", "text/html": ""}


def test_someone_else_who_watches_is_enough(screen: Screen) -> None:
    simulate([Task("reference", resolved(STORM))], 1, lambda shares: None)
    assert screen.drawn == []


def test_what_is_soon_over_shows_nothing(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "PATIENCE_S", 60.0)
    with cell() as show:
        show([Shown("run", 0.5)])
    assert screen.drawn == []


def test_many_runs_share_a_row(screen: Screen) -> None:
    with cell() as show:
        show([Shown("run", float(index % 2)) for index in range(40)])
    assert screen.drawn[0]["text/plain"] == "20 of 40 runs: 50%"


def test_titles_are_text(screen: Screen) -> None:
    with cell() as show:
        show([Shown("a < b", 0.0)])
    assert "a &lt; b" in screen.drawn[0]["text/html"]


@pytest.mark.usefixtures("screen")
def test_environment_turns_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert in_notebook()
    monkeypatch.setenv(notebook.SWITCH, "0")
    assert not in_notebook()


def test_elsewhere_there_is_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert not in_notebook()
    shell = SimpleNamespace(get_ipython=lambda: None)
    monkeypatch.setitem(sys.modules, "IPython", shell)
    assert not in_notebook()
