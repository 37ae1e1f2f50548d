"""The README, executed: what it tells to type works, and what it says comes out does."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text below a heading."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def blocks(title: str) -> list[str]:
    """The indented blocks of a section, without their indentation."""
    matches = re.findall(r"(?:^    .*\n|^\n)+", section(title), re.MULTILINE)
    return [dedent(block).strip("\n") for block in matches if block.strip()]


SHELL, SITE, PYTHON = blocks("First steps")
COMMANDS = [command for line in SHELL.splitlines() if (command := line.partition("#")[0].strip())]


def wavetank(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """`wavetank ...`, in a folder."""
    command = [sys.executable, "-m", "wavetank", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)


def test_every_command_of_the_tour_works(tmp_path: Path) -> None:
    """One after the other, in one folder, in which nothing but `out` comes to be."""
    for command in COMMANDS[1:]:
        name, *words = shlex.split(command)
        done = wavetank(words, tmp_path)
        # `run` repeats there what `check` says of the real timers of Wazuh 6.0
        warned = [line for line in done.stderr.splitlines() if not line.startswith("wavetank: warning: ")]
        assert (name, done.returncode, warned) == ("wavetank", 0, []), command
        assert done.stdout, command
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / "tour" / "report.html").is_file()
    assert list((tmp_path / "out" / "uml").glob("*.svg"))


def test_a_million_agents_take_the_fast_path(tmp_path: Path) -> None:
    (command,) = blocks("Simulate a million agents")
    done = wavetank(shlex.split(command.replace("\\\n", " "))[1:], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Path: the fast path" in done.stdout
    assert int(re.findall(r"connections open, peak +([\d,]+)", done.stdout)[0].replace(",", "")) > 1_000_000


def test_tour_begins_with_the_environment() -> None:
    assert COMMANDS[0] == "source .venv/bin/activate"
    assert len(COMMANDS) > 5


def test_the_scenario_is_as_told(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE, encoding="utf-8")
    done = wavetank(["run", "site.toml"], tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "event_latency_p99" in done.stdout
    calm = wavetank(["run", "site.toml", "--set", "slo.event_latency_p99=10min"], tmp_path)
    assert calm.returncode == 0, calm.stdout + calm.stderr


def test_the_python_works(tmp_path: Path) -> None:
    (tmp_path / "tour.py").write_text(PYTHON, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "tour.py"], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Difference(mean=" in done.stdout


@pytest.mark.parametrize("target", re.findall(r"^    make (\w+)", README, re.MULTILINE))
def test_every_target_is_there(target: str) -> None:
    assert f"\n{target}: " in (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)]+)\)", README))
def test_every_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.long
def test_the_demo_says_what_the_readme_shows() -> None:
    """Every line shown is a line of the demo's output, spaces aside."""
    done = subprocess.run(
        ["make", "demo"], cwd=ROOT, capture_output=True, text=True, timeout=1_800, check=True
    )
    said = {" ".join(line.split()) for line in done.stdout.splitlines()}
    lines = "\n".join(blocks("The demo: a restart and its remedy")).splitlines()
    shown = [" ".join(line.split()) for line in lines]
    assert shown
    assert [line for line in shown if line and line not in said] == []
    assert done.stdout.splitlines()[-1] == "Report written to out/demo/report.html"
