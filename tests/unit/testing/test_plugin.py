import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.unit.studies.cases import STORM

THREE_LINES = """\
from wavetank.testing import assert_recovers
def test_storm() -> None:
    assert_recovers("storm.toml", within="30s", probability=0.9, sets=["fleet.agents=4"], engine="reference")
"""


def pytest_says(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run pytest as a user does: in a folder of its own, with the plugin."""
    (folder / "storm.toml").write_text(STORM)
    paths = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "wavetank.testing.plugin", *words]
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_three_lines_in_a_repository_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "test_fleet.py").write_text(THREE_LINES)
    done = pytest_says(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_failure_reaches_junit_with_figure_and_command(tmp_path: Path) -> None:
    (tmp_path / "test_fleet.py").write_text(THREE_LINES.replace("30s", "1ms"))
    done = pytest_says(tmp_path, "--junit-xml=out.xml")
    assert done.returncode == 1
    (failure,) = ElementTree.parse(tmp_path / "out.xml").getroot().iter("failure")
    assert "with probability 0.9: fails" in failure.attrib["message"]
    assert "wavetank run storm.toml --set fleet.agents=4 --seed 1" in (failure.text or "")


@pytest.mark.parametrize(
    ("marker", "words", "runs"),
    [("", ("--wavetank-seeds", "2"), 2), ("seeds=3", (), 3), ("seeds=3", ("--wavetank-seeds", "2"), 2)],
)
def test_runs_are_bounded(marker: str, words: tuple[str, ...], runs: int, tmp_path: Path) -> None:
    decorated = THREE_LINES.replace("def test", f"import pytest\n@pytest.mark.wavetank({marker})\ndef test")
    (tmp_path / "test_fleet.py").write_text(decorated)
    done = pytest_says(tmp_path, "--strict-markers", *words)
    assert done.returncode == 1
    assert f"undecided. It did in {runs} of {runs} runs" in done.stdout


def test_number_that_is_none_is_refused(tmp_path: Path) -> None:
    assert pytest_says(tmp_path, "--wavetank-seeds", "0").returncode == 4


def test_loading_the_plugin_loads_nothing_heavy() -> None:
    """Pytest loads it at each start, also where no test uses it."""
    code = "import sys, pytest; before = set(sys.modules); import wavetank.testing.plugin; "
    code += "print(*(set(sys.modules) - before))"
    paths = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, "-c", code]
    env = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "wavetank" in loaded
    assert loaded & {"numpy", "pandas", "pydantic", "simpy", "pyarrow"} == set()
