"""The source archive as others get it: built, installed in a clean venv, and tested from its own files.

    python -m tests.packaging.installed [PYTEST WORDS...]

Needs the package index, or pip's cache of it. Exit status: that of the tests.
"""

import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXTRAS = "fast,live,report"
TOOLS = ("hypothesis", "pytest", "pytest-xdist", "trustme")
SHARE = (
    *("tests/unit/test_api.py", "tests/unit/test_units.py", "tests/unit/policy/test_balancing.py"),
    *(
        "tests/unit/scenario/test_catalogue.py",
        "tests/unit/results/test_metrics.py",
        "tests/unit/cli/test_main.py",
    ),
    *("tests/unit/real/transports", "tests/unit/face/test_plot.py", "tests/verify/test_golden.py"),
    *("tests/agree/test_harness.py", "tests/docs/test_readme.py", "tests/docs/test_promises.py"),
)
"""Tests of every layer and of every extra, and those that read the README and the docs."""

QUIET = ("-qq", "--disable-pip-version-check")
MOST_S = 900
"""A build or an installation that takes longer hangs."""

FOREIGN = ("PYTHON", "WAVETANK", "MAKE")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}


def run(*words: str | Path, cwd: Path) -> None:
    """Run a command. Raises CalledProcessError and TimeoutExpired."""
    subprocess.run(words, cwd=cwd, env=ENVIRONMENT, check=True, timeout=MOST_S)


def archive_of(folder: Path) -> Path:
    """Build the source archive of this checkout into a folder."""
    build = (sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", folder)
    run(*build, ROOT, cwd=folder)
    (archive,) = folder.glob("*.tar.gz")
    return archive


def unpacked(archive: Path, folder: Path) -> Path:
    """Unpack an archive and return the folder in it."""
    with tarfile.open(archive) as members:
        members.extractall(folder, filter="data")
    (inside,) = folder.iterdir()
    return inside


def main(words: Sequence[str]) -> int:
    """Build, install, test; say how long each took."""
    with tempfile.TemporaryDirectory(prefix="wavetank-installed-") as name:
        folder, began = Path(name), time.monotonic()
        (folder / "built").mkdir()
        archive = archive_of(folder / "built")
        print(f"{archive.name}: {archive.stat().st_size:,} bytes", flush=True)
        run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
        python = folder / "venv" / "bin" / "python"
        # Python compiles what the tests import; of all that is installed this is a small part.
        pip = (sys.executable, "-m", "pip", "--python", python, "install", "--no-compile", *QUIET)
        (folder / "unpacked").mkdir()
        inside = unpacked(archive, folder / "unpacked")
        wanted = (f"wavetank[{EXTRAS}] @ {archive.as_uri()}", *TOOLS)
        run(*pip, "-c", inside / "constraints.txt", *wanted, cwd=folder)
        print(f"installed after {time.monotonic() - began:.0f} s", flush=True)
        where = "import wavetank, sys; sys.exit('site-packages' not in wavetank.__file__)"
        run(python, "-c", where, cwd=inside)
        command = [str(python), "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", *SHARE, *words]
        done = subprocess.run(command, cwd=inside, env=ENVIRONMENT, check=False, timeout=MOST_S)
        print(f"tested after {time.monotonic() - began:.0f} s", flush=True)
        return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
