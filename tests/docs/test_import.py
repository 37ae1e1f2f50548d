"""docs/import.md, executed: its commands work, and what it says comes out does."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.unit.imports.logs import a_log

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
OUTPUTS = re.findall(r"<!-- output: wavetank (.*?) -->\n\n((?:    .*\n|\n)+)", PAGE)
(PYTHON,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def run(words: list[str], folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), (words, done.stdout)
    return done.stdout


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The files that the page reads."""
    a_log(tmp_path, 10_000)
    (tmp_path / "odd.log").write_text("".join(f"[{1.7e9 + i:.0f}] 10.0.0.1 0.25 34 512\n" for i in range(50)))
    (tmp_path / "measured.csv").write_text("who,took\n" + "".join(f"a,{i % 7 + 1}\n" for i in range(50)))
    return tmp_path


@pytest.mark.parametrize(("command", "output"), OUTPUTS, ids=lambda text: text[:30])
def test_output_is_what_comes_out(command: str, output: str, files: Path) -> None:
    assert run(["-m", "wavetank", *shlex.split(command)], files).split() == dedent(output).split()


def test_tour_works(files: Path) -> None:
    tour = PAGE.partition("plays it:\n\n")[2].partition("\n\n")[0]
    for command in tour.splitlines():
        name, *words = shlex.split(command)
        assert name == "wavetank"
        assert run(["-m", "wavetank", *words], files)


@pytest.mark.parametrize("command", re.findall(r"^    wavetank (import .*)$", PAGE, re.MULTILINE))
def test_every_import_works(command: str, files: Path) -> None:
    assert "Scenario written to" in run(["-m", "wavetank", *shlex.split(command)], files)


def test_python_works(files: Path) -> None:
    (files / "tour.py").write_text(PYTHON)
    assert "exponential" in run(["tour.py"], files)
    assert (files / "site.toml").is_file()
