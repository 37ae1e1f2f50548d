"""How much of the modules without a unit test of their own the suites named for them cover.

    make covered [ARGS="FOLDER..."]

Reads tests/unit/elsewhere.toml. For each folder its suites run once under coverage; of each Python module at
least 95 % of the lines must have run. Kernels are left out, as compiled code counts no lines: each of them
has a mutant. Exit status 1 where a module is covered less.
"""

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "sim" / "wavetank"
LIST = ROOT / "tests" / "unit" / "elsewhere.toml"
LEAST = 95.0
"""Percent of lines: what is left are mostly messages about a broken installation."""
KERNELS = ("engines/compiled/model", "engines/compiled/fast", "engines/compiled/containers")
"""Folders whose code is compiled."""


def settings(folder: Path) -> str:
    """The settings of coverage: our package alone, and the processes that tests start."""
    data = f"[run]\nsource = {PACKAGE}\nparallel = true\nconcurrency = multiprocessing,thread\n"
    excluded = "[report]\nexclude_also =\n    if TYPE_CHECKING:\n    assert_never\n"
    return f"{data}data_file = {folder / 'data'}\npatch = subprocess\n{excluded}"


def measured(suites: Sequence[str]) -> dict[str, float]:
    """Percent of the lines of each module that some suites run, by its path below the package."""
    with tempfile.TemporaryDirectory(prefix="covered-") as name:
        folder = Path(name)
        config = folder / "rc"
        config.write_text(settings(folder), encoding="utf-8")
        own = os.environ | {"COVERAGE_PROCESS_START": str(config), "COVERAGE_RCFILE": str(config)}
        coverage = [sys.executable, "-m", "coverage"]
        tests = [suite for suite in suites if (ROOT / suite).is_dir() or suite.endswith(".py")]
        ran = subprocess.run([*coverage, "run", "-m", "pytest", "-q", *tests], cwd=ROOT, env=own, check=False)
        if ran.returncode:
            raise SystemExit(f"the suites fail: {' '.join(tests)}")
        subprocess.run([*coverage, "combine", "-q"], cwd=ROOT, env=own, check=True)
        subprocess.run([*coverage, "json", "-q", "-o", folder / "out"], cwd=ROOT, env=own, check=True)
        files = json.loads((folder / "out").read_text(encoding="utf-8"))["files"]
    below = {(ROOT / path).resolve().relative_to(PACKAGE).as_posix(): entry for path, entry in files.items()}
    return {path: entry["summary"]["percent_covered"] for path, entry in below.items()}


def complaints(asked: Sequence[str]) -> Iterator[str]:
    """Measure folder after folder, and yield what is covered too little."""
    for folder, entry in tomllib.loads(LIST.read_text(encoding="utf-8")).items():
        if folder in KERNELS or (asked and folder not in asked):
            continue
        shares = measured(entry["suites"])
        for module in entry["modules"]:
            path = f"{folder}/{module}.py".removeprefix("./")
            share = shares.get(path, 0.0)
            print(f"{share:6.1f} %  {path}", flush=True)
            if share < LEAST:
                yield f"{path}: {share:.1f} % of its lines run in {', '.join(entry['suites'])}"


def main(words: Sequence[str]) -> int:
    """Print the share of each module; returns the exit status."""
    lacking = list(complaints(words))
    for said in lacking:
        print(said)
    return int(bool(lacking))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
