"""The GitHub Action and the pre-commit hook: what they say is done, by their own commands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.studies.cases import QUEUE


def of_action(root: Path, step: str) -> str:
    """The shell command of a step."""
    _, _, rest = (root / "action.yml").read_text().partition(f"- name: {step}\n")
    command: str = re.findall(r"run: '(.*)'", rest)[0]
    return command


def run(command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(path for path in sys.path if path)
    env = {**os.environ, "PYTHONPATH": paths, "PYTHON": sys.executable, **variables}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "good.toml").write_text(QUEUE)
    (tmp_path / "scenarios" / "bad.toml").write_text(QUEUE.replace("agents = 20", "agents = 150"))
    return tmp_path


@pytest.mark.parametrize(("names", "status"), [("good", 0), ("good bad", 1)])
def test_action_checks_and_annotates(root: Path, folder: Path, names: str, status: int) -> None:
    files = " ".join(f"scenarios/{name}.toml" for name in names.split())
    done = run(of_action(root, "Check"), folder, SCENARIOS=files, FORMAT="github")
    assert done.returncode == status, done.stderr
    assert ("::error file=scenarios/bad.toml,line=" in done.stdout) == (status == 1)


def test_action_gives_its_steps_the_variables_they_use(root: Path) -> None:
    text = (root / "action.yml").read_text()
    for step in re.split(r"- name: ", text)[1:]:
        used = set(re.findall(r"\$([A-Z]+)", re.findall(r"run: '(.*)'", step)[0]))
        assert used == set(re.findall(r"^        ([A-Z]+): ", step, flags=re.MULTILINE))
    inputs = set(re.findall(r"^  (\w+):\n    description", text, flags=re.MULTILINE))
    assert set(re.findall(r"inputs\.(\w+)", text)) == inputs
    assert (root / "constraints.txt").is_file()


def test_hook_checks_all_files_that_it_is_given(root: Path, folder: Path) -> None:
    text = (root / ".pre-commit-hooks.yaml").read_text()
    entry, files = (
        re.findall(rf"^  {key}: (.*)$", text, flags=re.MULTILINE)[0] for key in ("entry", "files")
    )
    given = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.toml"))]
    assert all(re.search(files, name) for name in given)
    assert not re.search(files, "pyproject.toml")
    # as pre-commit calls it: the entry's words, then the names of the files
    words = entry.replace("wavetank", f"{sys.executable} -m wavetank", 1)
    done = run(f"{words} {' '.join(given)}", folder)
    assert done.returncode == 1, done.stderr
    assert "No problems found." in done.stdout
    assert "1 problem found." in done.stdout
