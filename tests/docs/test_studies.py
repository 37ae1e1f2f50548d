"""docs/studies.md, executed: its commands say what the page says, its Python runs, no shard is missing."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from wavetank.studies.sweeping import folder

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "studies.md").read_text(encoding="utf-8")
OUTPUTS = re.findall(r"<!-- output: wavetank (.*?) -->\n\n((?:    .*\n|\n)+)", PAGE)
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def run(words: list[str], folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), (words, done.stdout)
    return done.stdout


@pytest.mark.parametrize(("command", "output"), OUTPUTS, ids=[each.split()[0] for each, _ in OUTPUTS])
def test_the_command_says_what_the_page_says(command: str, output: str, tmp_path: Path) -> None:
    assert f"    wavetank {command}\n" in PAGE
    assert run(["-m", "wavetank", *shlex.split(command)], tmp_path).split() == dedent(output).split()
    if not command.startswith("sweep"):
        return
    files = {path.name for path in (tmp_path / "storm").iterdir()}
    listed = re.findall(r"^\| ((?:`[\w.]+`(?:, )?)+) \|", PAGE, re.MULTILINE)
    assert files == {name for line in listed for name in re.findall(r"`([\w.]+)`", line)}


@pytest.mark.parametrize("program", PYTHON, ids=["sweep", "size", "decide"])
def test_its_python_runs(program: str, tmp_path: Path) -> None:
    run(["-W", "error", "-c", program], tmp_path)


def test_arrays_and_indexed_jobs_do_every_shard() -> None:
    first, last = re.findall(r"--array=(\d+)-(\d+)", PAGE)[0]
    assert (first, f"$SLURM_ARRAY_TASK_ID/{last}" in PAGE) == ("1", True)
    completions = re.findall(r"completions: (\d+)", PAGE)[0]
    assert f"$((JOB_COMPLETION_INDEX + 1))/{completions}" in PAGE
    for index in range(1, int(last) + 1):
        assert folder.part_of(f"{index}/{last}") == (index, int(last))
