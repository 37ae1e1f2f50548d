"""`.ci/run` says where its time goes, and ends as its first failing step does."""

import shutil
import subprocess
from pathlib import Path

MAKEFILE = """\
test lint installed browser openapi soak mutants bench:
\t@echo making $@
verify:
\t@{verify}
"""


def run(root: Path, folder: Path, verify: str) -> subprocess.CompletedProcess[str]:
    (folder / ".ci").mkdir()
    shutil.copy2(root / ".ci" / "run", folder / ".ci" / "run")
    (folder / "Makefile").write_text(MAKEFILE.format(verify=verify))
    return subprocess.run([folder / ".ci" / "run"], capture_output=True, text=True, timeout=60, check=False)


def steps(said: str) -> list[str]:
    """The names of the steps, in the order in which CI printed their seconds."""
    _, headed, told = said.partition("Where the time went:\n")
    assert headed
    return [line.partition(" s  ")[2] for line in told.splitlines()]


def test_every_step_has_its_seconds(root: Path, tmp_path: Path) -> None:
    done = run(root, tmp_path, "true")
    assert done.returncode == 0
    named = [step.split()[1] for step in steps(done.stdout)[:-1]]
    assert named == ["test", "browser", "lint", "installed", "openapi", "soak", "verify", "mutants", "bench"]
    assert steps(done.stdout)[-1] == "in all"


def test_step_that_fails_ends_it_and_is_listed(root: Path, tmp_path: Path) -> None:
    done = run(root, tmp_path, "exit 3")
    assert done.returncode != 0
    assert steps(done.stdout)[-2].startswith("make verify")
    assert "making mutants" not in done.stdout
